"""Parallel-sentence retrieval: a sentence in A → its translation among all sentences in B, from raw encoder states.

A measure of cross-lingual quality in general, so that harm would show. Texts are lines (Tatoeba) aligned by number, or
CoNLL-U treebanks (such as PUD) aligned by `parallel_id` or, where files lack it, `sent_id`. Vectors are mean or `<s>`
states of a layer, centred per language.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from pipeline.errors import ConfigError, InputError
from xlmk_model.evaluation.encoder import Encoder, open_encoder
from xlmk_model.evaluation.files import input_error, numbered_lines
from xlmk_model.evaluation.pooling import Pooling, layer_vectors
from xlmk_model.evaluation.ranking import RankScores, centred, macro, rank_scores, ranks_of


@dataclass(frozen=True, kw_only=True)
class ParallelReport:
    """Scores by `A->B` pair and their mean; `sentences` are common to all languages."""

    sentences: int
    pooling: str
    layer: int
    pairs: dict[str, RankScores]
    macro: RankScores

    def to_json(self) -> dict[str, Any]:
        """Plain dictionaries."""
        return asdict(self)


def read_sentences(path: Path, key: str = "sent_id") -> dict[str, str]:
    """Key → sentence: `sent_id` (or another comment) and `text` of a CoNLL-U file, else line number and line.

    Plain or gzip'd. A treebank's sentences without that comment are left out if it is not `sent_id`.

    Raises InputError with the line, e.g. for an empty line in a file of lines (its partner could not be found).
    """
    lines = list(numbered_lines(path))
    if not any(text.startswith(("# text =", "# sent_id =")) for _, text in lines[:200]):
        empty = next((line for line, text in lines if not text.strip()), None)
        if empty is not None:
            raise input_error(path, empty, "is empty; lines of parallel files belong together by number")
        return {str(line): text.strip() for line, text in lines}
    return {comments[key]: comments["text"] for comments in _comments(path, lines) if key in comments}


def _comments(path: Path, lines: Sequence[tuple[int, str]]) -> Iterator[dict[str, str]]:
    """The `# name = value` comments of each sentence of a treebank that has a text; they may come in any order."""
    block: dict[str, str] = {}
    for line, text in [*lines, (len(lines) + 1, "")]:
        if text.startswith("#"):
            name, equals, value = text[1:].partition("=")
            if equals:
                block[name.strip()] = value.strip()
        elif not text.strip() and block:
            if "text" in block and "sent_id" not in block:
                raise input_error(path, line, "a sentence with a text and no sent_id ends here")
            if "text" in block:
                yield block
            block = {}


def aligned(texts: Mapping[str, Mapping[str, str]]) -> tuple[list[str], dict[str, list[str]]]:
    """(keys that all languages have, in the first one's order; their sentences by language).

    >>> aligned({"de": {"1": "a", "2": "b"}, "en": {"2": "B", "3": "C"}})
    (['2'], {'de': ['b'], 'en': ['B']})
    """
    first = next(iter(texts.values()))
    keys = [key for key in first if all(key in other for other in texts.values())]
    return keys, {lang: [own[key] for key in keys] for lang, own in texts.items()}


def sentence_vectors(encoder: Encoder, texts: Sequence[str], *, pooling: Pooling, layer: int) -> Tensor:
    """Vectors [N, H] of sentences: states of `layer` (0 = embeddings, -1 = last), long ones cut to what fits."""
    rows = [[encoder.bos, *ids[: encoder.max_tokens - 2], encoder.eos] for ids in encoder.pieces(list(texts))]
    if not rows:
        return torch.empty(0, encoder.hidden)
    layers = layer_vectors(encoder, rows, [pooling])[pooling]  # [K, N, H]
    if not -len(layers) <= layer < len(layers):
        raise ConfigError(f"layer = {layer}: the model has layers 0 to {len(layers) - 1}", next_step="--layer -1")
    return layers[layer]


def _text_numbers(texts: Sequence[str]) -> Tensor:
    numbers: dict[str, int] = {}
    return torch.tensor([numbers.setdefault(text, len(numbers)) for text in texts])


def evaluate_parallel(
    model: Path,
    files: Mapping[str, Path],
    *,
    pooling: Pooling = "mean",
    layer: int = -1,
    max_sentences: int = 2000,
    device: str = "cpu",
) -> ParallelReport:
    """Scores all ordered pairs of the languages of `files`; the first `max_sentences` common sentences are used.

    Candidates that are the very same text as the right one do not count against it; nor are there queries whose
    translation is the same text. Raises InputError if files have no sentence in common.
    """
    if len(files) < 2:
        raise ConfigError("texts in at least two languages are needed", next_step="--text de=FILE --text en=FILE")
    texts = {lang: read_sentences(path, "parallel_id") for lang, path in files.items()}
    if not all(texts.values()):
        texts = {lang: read_sentences(path) for lang, path in files.items()}
    counts = {lang: len(own) for lang, own in texts.items()}
    if len(set(counts.values())) > 1 and all(
        set(own) == {str(n) for n in range(1, len(own) + 1)} for own in texts.values()
    ):
        raise InputError(f"files of lines must be equally long: {counts}")
    keys, sentences = aligned(texts)
    if not keys:
        raise InputError(f"no sentence is in all of {', '.join(str(path) for path in files.values())}")
    sentences = {lang: own[:max_sentences] for lang, own in sentences.items()}
    encoder = open_encoder(model)
    encoder.body.to(device).eval()
    vectors = {
        lang: centred(sentence_vectors(encoder, own, pooling=pooling, layer=layer)) for lang, own in sentences.items()
    }
    pairs = {}
    for one, query in vectors.items():
        for other, candidates in vectors.items():
            if one == other:
                continue
            asked = [n for n, (a, b) in enumerate(zip(sentences[one], sentences[other], strict=True)) if a != b]
            gold = torch.tensor(asked, dtype=torch.int64)
            ranks = ranks_of(query[gold], candidates, gold, _text_numbers(sentences[other])) if asked else []
            pairs[f"{one}->{other}"] = rank_scores(ranks)
    return ParallelReport(
        sentences=min(len(keys), max_sentences), pooling=pooling, layer=layer, pairs=pairs, macro=macro(pairs.values())
    )
