"""The search for many names at once: against one name after the other, and how much it compares."""

from unittest import mock

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.parse.wikitext import names_pure, names_sieve
from pipeline.parse.wikitext.model import ParsedPassage
from pipeline.parse.wikitext.names_sieve import find_many

ALPHABET = "aab é日本\U0001f600\ud800"
"""A character of each width, one beyond 16 bits, and half of one, which no text in UTF-8 has."""


@settings(max_examples=300, deadline=None)
@given(
    st.text(ALPHABET, max_size=40),
    st.lists(st.text(ALPHABET, min_size=2, max_size=6), min_size=1, max_size=8, unique=True),
    st.sampled_from([1, 10, 1000]),
)
@example("a", ["aa", "aaa"], 1)
@example("\U0001f600ab", ["ab", "\U0001f600ab"], 1)
def test_equals_one_after_the_other(text: str, names: list[str], rare: int) -> None:
    """What is not found is either not there or left to the caller."""
    with mock.patch.object(names_sieve, "_RARE", rare):
        found, rest = find_many(text, names)
    assert sorted(found) == sorted(
        (start, index)
        for index, name in enumerate(names)
        for start in range(len(text))
        if index not in rest and text.startswith(name, start)
    )


class Counted(str):
    """A text that counts how often it is compared with a name."""

    __slots__ = ("compared",)

    def __init__(self, _: str) -> None:
        self.compared = 0

    def startswith(self, *name_and_start: object) -> bool:  # type: ignore[override]
        self.compared += 1
        return super().startswith(*name_and_start)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (("abc" * 333 + "d") * 100, ["abc" * number + "d" for number in range(1, 1000)]),
        ("Aaaa " * 20_000 + "".join(map(str, range(1000))), [f"Aaaa {number} a" for number in range(1000)]),
        ("東京都" * 30_000, ["東京都" * number for number in range(1, 1000)]),
    ],
)
def test_names_alike_are_compared_less_than_everywhere(text: str, names: list[str]) -> None:
    """Each place is compared with few names or few places with each, however the text and names are made."""
    counted = Counted(text)
    found, rest = find_many(counted, names)
    assert len(found) <= counted.compared <= len(names) * len(text) // names_sieve._RARE
    assert all(text.startswith(names[index], start) for start, index in found)
    assert len(set(rest)) + len({index for _, index in found}) <= len(names)


def test_what_is_nowhere_in_the_text_is_not_compared() -> None:
    """Most names of a page are of what it links and does not name again."""
    text = Counted("Rome is the capital of Italy. " * 1000)
    assert find_many(text, [f"Oslo {number}" for number in range(1000)]) == ([], [])
    assert text.compared == 0


def passage(text: str) -> ParsedPassage:
    """A paragraph without links."""
    return ParsedPassage((), "paragraph", text, ())


def test_many_names_in_a_long_text_are_not_sought_one_by_one() -> None:
    """The two ways of `find_names`."""
    names = [f"Name {number}" for number in range(60)]
    with mock.patch.object(names_pure, "find_many", wraps=find_many) as at_once:
        assert names_pure.find_names([passage("Name 7, Name 7a")], None, names, 60) == [(0, 7)]
        assert not at_once.called
        long = "Name 7, Name 7a" + " and more" * 2000
        assert names_pure.find_names([passage(long)], None, names, 60) == [(0, 7)]
        assert at_once.called
