"""Token classification: words as pieces with the tag on the first one, long sentences as several rows."""

from collections.abc import Sequence

from torch import Tensor

from xlmk_model.evaluation.encoder import Encoder
from xlmk_model.evaluation.finetune.rows import IGNORED, Row
from xlmk_model.evaluation.ner.examples import Sentence


def tag_names(sentences: Sequence[Sentence]) -> list[str]:
    """The tags that occur, `O` first.

    >>> tag_names([Sentence(tokens=("a", "b"), tags=("B-LOC", "B-DATE"), line=1)])
    ['O', 'B-DATE', 'B-LOC']
    """
    return ["O", *sorted({tag for sentence in sentences for tag in sentence.tags} - {"O"})]


def sentence_rows(
    encoder: Encoder, sentences: Sequence[Sentence], names: Sequence[str], *, max_length: int
) -> list[Row]:
    """Rows `<s> pieces </s>`; a sentence that is too long is cut between words into several rows.

    Each word is tokenized by itself. A word without pieces has no row position and is tagged O; of one with more
    pieces than a row has room for, the rest is left out. Tags that are not in `names` are not trained on.
    """
    words = list(dict.fromkeys(token for sentence in sentences for token in sentence.tokens))
    pieces = dict(zip(words, encoder.pieces(words), strict=True))
    codes = {name: code for code, name in enumerate(names)}
    room = max_length - 2
    rows: list[Row] = []
    for number, sentence in enumerate(sentences):
        ids: list[int] = []
        marks: list[tuple[int, int, int]] = []
        for word, token in enumerate(sentence.tokens):
            own = pieces[token][:room]
            if len(ids) + len(own) > room:
                rows.append(_row(encoder, number, sentence, codes, ids, marks))
                ids, marks = [], []
            if own:
                marks.append((1 + len(ids), word, 0))
                ids += own
        rows.append(_row(encoder, number, sentence, codes, ids, marks))
    return rows


def _row(
    encoder: Encoder,
    number: int,
    sentence: Sentence,
    codes: dict[str, int],
    ids: list[int],
    marks: list[tuple[int, int, int]],
) -> Row:
    target = [IGNORED] * (len(ids) + 2)
    for position, word, _ in marks:
        target[position] = codes.get(sentence.tags[word], IGNORED)
    return Row(ids=[encoder.bos, *ids, encoder.eos], example=number, target=target, marks=marks)


def best_tags(
    sentences: Sequence[Sentence], rows: Sequence[Row], logits: Sequence[Tensor], names: Sequence[str]
) -> list[list[str]]:
    """The tag with the highest score of each word; `logits[n]` [L, tags] belong to row n."""
    found = [["O"] * len(sentence.tokens) for sentence in sentences]
    for row, scores in zip(rows, logits, strict=True):
        codes = scores.argmax(dim=1).tolist()
        for position, word, _ in row.marks:
            found[row.example][word] = names[codes[position]]
    return found
