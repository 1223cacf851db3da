"""Windows lose nothing, fit, and cut where they should."""

from itertools import pairwise

import numpy as np
import numpy.typing as npt
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.examples.windows import sentence_ends, split_windows

WORDS = st.sampled_from(
    ["Rome", "is", "big.", "Is", "it?", "東京は都市。", "大きい。", "ภาษาไทย", "روما؟", "a", "x" * 30, "។"]
)


def offsets_of(text: str, size: int = 3) -> npt.NDArray[np.int32]:
    """A toy tokenizer: words of white space, cut every `size` characters."""
    rows, at = [(0, 0)], 0
    for word in text.split():
        start = text.index(word, at)
        at = start + len(word)
        rows += [(n, min(n + size, at)) for n in range(start, at, size)]
    return np.array([*rows, (at, at)], np.int32)


@st.composite
def texts(draw: st.DrawFn) -> str:
    words = draw(st.lists(WORDS, min_size=1, max_size=30))
    return "".join(word + draw(st.sampled_from(["", " ", "  ", "\n"])) for word in words)


@settings(max_examples=300, deadline=None)
@given(texts(), st.integers(4, 20), st.data())
def test_windows_joined_are_the_text_and_each_fits(text: str, limit: int, data: st.DataObject) -> None:
    offsets = offsets_of(text)
    starts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    mentions = [(a, b) for a, b in pairwise(starts) if a < b][::2]
    windows = split_windows(text, offsets, lang="en", max_tokens=limit, mentions=mentions)
    assert "".join(text[window.start : window.end] for window in windows) == text
    assert [window.first for window in windows] == [1, *(window.last for window in windows[:-1])]
    assert windows[-1].last == len(offsets) - 1
    for window in windows:
        assert window.last - window.first <= limit - 2
        assert window.last > window.first or len(windows) == 1
    for window in windows:
        if window.clean:
            own = offsets_of(text[window.start : window.end])
            assert (own[1:-1] == offsets[window.first : window.last] - window.start).all()


@settings(max_examples=300, deadline=None)
@given(texts(), st.integers(12, 20))
def test_a_mention_is_cut_only_where_it_fits_in_no_window(text: str, limit: int) -> None:
    offsets = offsets_of(text)
    words = [(match, match + 2) for match in range(0, len(text) - 2, 9)]
    windows = split_windows(text, offsets, lang="en", max_tokens=limit, mentions=words)
    inside = [any(w.start <= start and end <= w.end for w in windows) for start, end in words]
    assert all(inside)


def test_one_character_of_too_many_tokens_stays_whole() -> None:
    offsets = np.array([[0, 0], *([[0, 1]] * 9), [1, 3], [3, 3]], np.int32)
    found = split_windows("ﷺ a", offsets, lang="en", max_tokens=5)
    assert [(w.start, w.end, w.last - w.first) for w in found] == [(0, 1, 9), (1, 3, 1)]
    assert len(split_windows("ﷺ", offsets[:-2], lang="en", max_tokens=5)) == 1


def test_a_sentence_s_end_is_preferred_to_a_space_and_that_to_a_letter() -> None:
    text = "One two three. Four five six seven. Eight"
    found = split_windows(text, offsets_of(text, 40), lang="en", max_tokens=7)
    assert [text[w.start : w.end] for w in found] == ["One two three. ", "Four five six seven. Eight"]
    long = "aaaa bbbb cccc dddd"
    assert [long[w.start : w.end] for w in split_windows(long, offsets_of(long, 40), lang="en", max_tokens=5)] == [
        "aaaa bbbb cccc ",
        "dddd",
    ]
    word = "abcdefghi"
    assert [word[w.start : w.end] for w in split_windows(word, offsets_of(word), lang="en", max_tokens=4)] == [
        "abcdef",
        "ghi",
    ]


def test_sentences_of_many_scripts_end() -> None:
    for lang, text, number in (
        ("hi", "हिन्दी भाषा है। यह लिपि है।", 2),
        ("ar", "ما هذا؟ كتاب.", 2),
        ("am", "ሰላም። ደህና ነህ።", 2),
        ("zh", "你好！你好吗？", 2),
        ("en", "Version 3.14 of Dr. Kim is here! Yes", 2),
        ("de", "Er sagte: „Nein.“ Dann ging er.", 2),
        ("ltg", "Reiga ir piļsāta. Jei ir lela.", 2),
    ):
        assert len(sentence_ends(text, lang)) == number
