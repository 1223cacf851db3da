"""Texts put together from words that are known, against the tokenizer itself."""

import gzip
import json
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.tokenizer import Tokenizer, Tokens, load_tokenizer, words
from tests.pipeline.tokenizer.conftest import XLMR_MODEL
from tests.pipeline.tokenizer.texts import TEXTS

LONG = bool(os.environ.get("XLMK_LONG"))
WORDS = sorted({word for text in TEXTS for word in text.split(" ")})
GLUE = ["", "\u0308", "\u0e33", "\u200d", "\u0d4e", "\u0600", "\u00a0", "\u3000", "¨", "▁", "</s>", "<mask>", "\t", "½"]
"""Marks that join a space before them, a letter that joins one after it, white space that is no space, and the like."""


def check(tokenizer: Tokenizer, texts: Sequence[str]) -> None:
    """The table gives what the tokenizer gives for each text alone."""
    found = tokenizer.encode(texts)
    assert_equal(found, tokenizer.encode_whole(texts))
    assert (found.ids.dtype, found.offsets.dtype) == (np.int32, np.int32)
    for number, row in enumerate(found.rows()):
        assert row.tolist() == tokenizer.encode_whole(texts[number : number + 1]).ids.tolist()


def assert_equal(found: Tokens, expected: Tokens) -> None:
    """All three arrays agree."""
    assert found.bounds.tolist() == expected.bounds.tolist()
    assert found.ids.tolist() == expected.ids.tolist()
    assert found.offsets.tolist() == expected.offsets.tolist()


SEPARATORS = st.sampled_from([" ", " ", "  ", " \u0308", ""])


@settings(max_examples=3000 if LONG else 150, deadline=None)
@given(st.lists(st.lists(st.sampled_from(WORDS + GLUE * 3) | st.text(max_size=4), max_size=8), max_size=5), SEPARATORS)
def test_the_table_gives_what_the_tokenizer_gives(tokenizer: Tokenizer, drawn: list[list[str]], separator: str) -> None:
    check(tokenizer, [separator.join(row) for row in drawn])


def test_words_are_found_again_and_forgotten(tokenizer: Tokenizer, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def whole(texts: Sequence[str]) -> Tokens:
        asked.extend(texts)
        return tokenizer.encode_whole(texts)

    table = words.WordTable(whole, lambda word: word != "Tiber")
    for _ in range(2):
        assert_equal(table.encode(["Rome is Rome", "is"]), tokenizer.encode_whole(["Rome is Rome", "is"]))
    assert asked == ["Rome is"], "new words together, and never again"
    asked.clear()
    mixed = ["the Tiber is", "Rome", "x" * 33 + " is"]
    assert_equal(table.encode(mixed), tokenizer.encode_whole(mixed))
    assert asked == ["the", mixed[0], mixed[2]], "texts with a word that is not kept as they are"
    monkeypatch.setattr(words, "MOST", 2)
    asked.clear()
    assert_equal(table.encode(["Rome"]), tokenizer.encode_whole(["Rome"]))
    assert asked == ["Rome"], "forgotten"
    assert len(table.encode([]).ids) == 0


def test_words_that_join_what_is_beside_them_are_not_kept(tokenizer: Tokenizer) -> None:
    for text in ("a \u0308 b", "a ½ b", "\u200eRome \u200e", "a\u00a0b ! c", "東京 \u3099 a", ""):
        check(tokenizer, [text, text, f"Rome {text}"])


def test_real_texts_of_many_scripts(shared_data: Path) -> None:
    tokenizer = load_tokenizer(shared_data / XLMR_MODEL)
    files = sorted((shared_data / "eval" / "xquad").glob("*.json.gz"))
    assert len(files) == 12
    for path in files:
        articles = json.loads(gzip.decompress(path.read_bytes()))["data"]
        texts = [paragraph["context"] for article in articles for paragraph in article["paragraphs"]]
        texts = texts if LONG else texts[:15]
        assert_equal(tokenizer.encode(texts), tokenizer.encode_whole(texts))
