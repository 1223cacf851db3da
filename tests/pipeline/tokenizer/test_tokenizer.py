"""Ids and offsets of a tokenizer trained here and of the released one, against transformers and SentencePiece."""

import json
import os
import unicodedata
from pathlib import Path

import numpy as np
import sentencepiece
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.tokenizer import Tokenizer, load_tokenizer
from pipeline.tokenizer.sentencepiece_model import read_model
from pipeline.tokenizer.training import train_model
from tests.pipeline.tokenizer.conftest import VOCAB_SIZE, XLMR_MODEL, sentences
from tests.pipeline.tokenizer.texts import TEXTS

LONG = bool(os.environ.get("XLMK_LONG"))


def transformers_ids(folder: Path, texts: list[str], **options: object) -> list[list[int]]:
    """What Hugging Face's AutoTokenizer gives for a folder."""
    from transformers import AutoTokenizer, XLMRobertaTokenizer

    theirs = AutoTokenizer.from_pretrained(str(folder))
    assert isinstance(theirs, XLMRobertaTokenizer)
    return [theirs(text, **options)["input_ids"] for text in texts]


def test_ids_are_those_of_transformers(trained: Path) -> None:
    ours = load_tokenizer(trained)
    assert [row.tolist() for row in ours.ids(TEXTS)] == transformers_ids(trained, TEXTS)
    assert [row.tolist() for row in ours.encode_whole(TEXTS).rows()] == transformers_ids(trained, TEXTS)


def test_special_ids_are_xlmr_s(trained: Path) -> None:
    from transformers import AutoTokenizer

    ours, theirs = load_tokenizer(trained), AutoTokenizer.from_pretrained(str(trained))
    assert ours.describe() == {
        "digest": ours.digest,
        "vocab_size": VOCAB_SIZE,
        "bos": theirs.bos_token_id,
        "pad": theirs.pad_token_id,
        "eos": theirs.eos_token_id,
        "unk": theirs.unk_token_id,
        "mask": theirs.mask_token_id,
    }
    assert (ours.vocab_size, ours.mask, len(theirs)) == (VOCAB_SIZE, VOCAB_SIZE - 1, VOCAB_SIZE)


def test_the_normaliser_is_carried_over(trained: Path) -> None:
    tokenizer = load_tokenizer(trained)
    for plain, fancy in (("fine", "ﬁne"), ("1949", "１９４９"), ("TM", "™")):
        assert tokenizer.ids([plain])[0].tolist() == tokenizer.ids([fancy])[0].tolist()


def test_pieces_are_sentencepiece_s_shifted_by_one(trained: Path) -> None:
    processor = sentencepiece.SentencePieceProcessor(model_file=str(trained / "sentencepiece.bpe.model"))
    tokenizer, model = load_tokenizer(trained), read_model(trained / "sentencepiece.bpe.model")
    assert len(model.pieces) == processor.get_piece_size() == VOCAB_SIZE - 2
    for number in range(3, VOCAB_SIZE - 2):
        assert model.pieces[number] == (processor.id_to_piece(number), processor.get_score(number))
    half_width = "ｶﾞﾊﾟ"  # tokenizers, and with it transformers, does not join these to ガパ; SentencePiece does
    for text in TEXTS:
        expected = [3 if piece == 0 else piece + 1 for piece in processor.encode(text)]
        assert (tokenizer.ids([text])[0].tolist() == [0, *expected, 2]) is (half_width not in text)


def test_a_model_file_alone_gives_the_same_tokenizer(trained: Path) -> None:
    folder = load_tokenizer(trained)
    alone = load_tokenizer(trained / "sentencepiece.bpe.model")
    assert folder.source.name == "tokenizer.json"
    assert alone.digest == folder.digest and alone.json == folder.json


def test_written_again_it_is_the_same(trained: Path, tmp_path: Path) -> None:
    load_tokenizer(trained / "sentencepiece.bpe.model").write(tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        path.name: path.read_bytes() for path in trained.iterdir()
    }
    assert set(json.loads((tmp_path / "special_tokens_map.json").read_text()).values()) == {
        *("<s>", "</s>", "<pad>", "<unk>", "<mask>")
    }


def test_special_tokens_in_a_text_are_text(trained: Path) -> None:
    text = "<s> Rome </s> <mask> <pad>"
    ids = load_tokenizer(trained).ids([text])[0].tolist()
    assert (ids[0], ids[-1]) == (0, 2) and not {0, 1, 2, VOCAB_SIZE - 1} & set(ids[1:-1]) and ids.count(3) == 4
    (theirs,) = transformers_ids(trained, [text], split_special_tokens=True)
    assert ids[1:-1] == [3 if token in (0, 1, 2, VOCAB_SIZE - 1) else token for token in theirs[1:-1]]


def test_offsets_say_where_tokens_come_from(trained: Path) -> None:
    found = load_tokenizer(trained).encode(["\x1e\u200e東京 ﷺ"])
    assert found.offsets[0].tolist() == [0, 0] and found.offsets[-1, 0] == found.offsets[-1, 1]
    assert found.offsets[1:-1].min() == 2 and found.offsets[-2].tolist() == [5, 6]


def letters(tokenizer: Tokenizer, text: str) -> str:
    """The normalised text without white space."""
    return "".join(tokenizer.backend.normalizer.normalize_str(text).split())


@settings(max_examples=2000 if LONG else 150, deadline=None)
@given(
    st.lists(st.sampled_from([*"aé 東京カｶﾞ﷽ﷺﬁ㎞™½ลกาक्षि각ß\u200b\u200e\x1e", "e\u0301", "عَ", " "]), max_size=12),
    st.data(),
)
def test_the_tokens_of_any_span_hold_its_letters(tokenizer: Tokenizer, parts: list[str], data: st.DataObject) -> None:
    text = "".join(parts)
    borders = [0, *(at for at in range(1, len(text)) if not joins_the_one_before(text, at)), len(text)]
    start, end = sorted((data.draw(st.sampled_from(borders)), data.draw(st.sampled_from(borders))))
    check_span(tokenizer, text, start, end)


def joins_the_one_before(text: str, at: int) -> bool:
    """Whether what is left from `at` on, once deleted characters are gone, belongs to the character before it.

    `tokenizers` places the letters of such a character one too far if it becomes several: the "2" of "½ﾞ", "½\x1e्".
    """
    rest = text[at:].lstrip("\u200b\u200e\x1e") or "a"
    return bool(unicodedata.combining(rest[0])) or rest[0] == "ﾞ" or unicodedata.category(rest[0]) in ("Mn", "Mc")


def check_span(tokenizer: Tokenizer, text: str, start: int, end: int) -> None:
    """The tokens that touch `text[start:end]` hold its letters, and offsets ascend."""
    found = tokenizer.encode([text])
    offsets = found.offsets
    assert (np.diff(offsets[:, 0]) >= 0).all() and (np.diff(offsets[:, 1]) >= 0).all()
    touched = np.flatnonzero((offsets[:, 0] < end) & (offsets[:, 1] > start))
    surface = letters(tokenizer, text[start:end])
    covered = found.ids[touched[0] : touched[-1] + 1] if len(touched) else found.ids[:0]
    if 3 in covered:  # <unk> has no letters to compare
        return
    assert surface in letters(tokenizer, tokenizer.decode(covered)).replace("▁", "")


def test_a_deleted_character_after_one_that_became_several(tokenizer: Tokenizer) -> None:
    text = "aaaﬁ\x1e a\u200e™\u200eﬁ"
    for start in range(len(text)):
        for end in range(start, len(text) + 1):
            check_span(tokenizer, text, start, end)


def test_the_released_vocabulary_is_used_as_it_is(shared_data: Path, tmp_path: Path) -> None:
    tokenizer = load_tokenizer(shared_data / XLMR_MODEL)
    assert (tokenizer.vocab_size, tokenizer.mask) == (250_002, 250_001)
    tokenizer.write(tmp_path)
    assert [row.tolist() for row in tokenizer.ids(TEXTS)] == transformers_ids(tmp_path, TEXTS)
    processor = sentencepiece.SentencePieceProcessor(model_file=str(shared_data / XLMR_MODEL))
    assert tokenizer.ids(["Hello world"])[0].tolist() == [0, *(p + 1 for p in processor.encode("Hello world")), 2]


def test_training_is_repeatable(trained: Path) -> None:
    again = train_model(iter(sentences()), vocab_size=VOCAB_SIZE, character_coverage=1.0)
    assert again == (trained / "sentencepiece.bpe.model").read_bytes()
