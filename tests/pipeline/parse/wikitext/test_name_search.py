"""The search for names against one regular expression of all names, which is slow and says what is meant."""

import re
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pipeline.parse.wikitext import names_pure, scanner
from pipeline.parse.wikitext.model import ParsedPassage
from pipeline.parse.wikitext.name_search import NameSearch, without_spaces
from pipeline.parse.wikitext.scanner import PYTHON
from pipeline.records import Link


def expression(name: str) -> str:
    """A name where it stands as itself."""
    escaped = re.escape(name)
    return escaped if without_spaces(name) else rf"(?<![\w'’-]){escaped}(?![\w-])"


def spans(names: set[str], text: str) -> list[tuple[int, int]]:
    """The longest name first, from left to right."""
    longest = sorted(names, key=lambda name: (-len(name), name))
    return [found.span() for found in re.finditer("|".join(map(expression, longest)), text)]


PIECES = [
    "Rome",
    "rome",
    "Rom",
    "e",
    " ",
    " ",
    "-",
    "'",
    "’",
    "(",
    "^",
    "]",
    "1",
    "é",
    "é",
    "दिल्ली",
    "東京",
    "京都",
    "都",
    ".",
]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=16).map("".join)
NAMES = st.lists(st.sampled_from(PIECES), min_size=1, max_size=4).map("".join)


SETS = st.sets(NAMES.filter(lambda name: len(name) > 1), min_size=1, max_size=8)


@pytest.fixture(params=[one for one in (scanner.PYTHON, scanner.NATIVE) if one], ids=lambda one: one.name, autouse=True)
def each_scanner(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test of this file is run with both."""
    monkeypatch.setattr(scanner, "current", request.param)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(SETS, TEXTS)
@example({"Rome"}, "Rome")
@example({"(Rome", "Rome e"}, "e (Rome e")
@example({"東京", "東京都", "Rome東京"}, "大東京都Rome東京")
def test_equals_one_expression_of_all_names(names: set[str], text: str) -> None:
    assert NameSearch(names).spans(text) == spans(names, text)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(SETS, st.lists(st.lists(st.tuples(TEXTS, st.sampled_from(PIECES)), max_size=6), max_size=4))
@example({"New York", "York City", "City Hall"}, [[("New York", " "), ("", "City"), (" Hall", "e")]])
@example({"Rome e", "e Rome"}, [[("Rome ", "e"), (" Rome", "e")]])
def test_all_texts_at_once_equal_one_after_the_other(names: set[str], written: list[list[tuple[str, str]]]) -> None:
    """What overlaps a link does not count, but covers what follows, as if each text were searched as a whole."""
    passages = []
    for pieces in written:
        text, own = "", []
        for before, surface in pieces:
            start = len(text) + len(before)
            text += before + surface
            own.append(Link(start, start + len(surface), "T", None))
        passages.append(ParsedPassage((), "paragraph", text, tuple(own)))
    expected = [
        (index, start, end, passage.text[start:end])
        for index, passage in enumerate(passages)
        for start, end in spans(names, passage.text)
        if all(end <= link.start or start >= link.end for link in passage.links)
    ]
    assert NameSearch(names).outside(passages) == expected
    assert NameSearch(names).outside(passages, scanner.current.link_surfaces(passages)[3]) == expected


MANY = {f"Name {number} of it" for number in range(60)} | {"Rome", "des Rome's", "東京", "Éa Ro", "of it"}


def test_many_names_are_sought_in_the_same_way() -> None:
    """Many names in a long text are sought at once in Python; some have no characters that are rare there."""
    text = "Name 7 of it, Name 7 of, Name 59 of its, des Rome's; Name 41 of it 大東京 of Rome. Éa Ro, Éa Rom"
    for filling in ("", " and so on" * 500, " of it, Rome" * 500):
        assert NameSearch(MANY).spans(text + filling) == spans(MANY, text + filling)


@pytest.mark.parametrize("filling", ["", " and so on" * 500])
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(SETS, TEXTS)
@example({"Rome"}, "RomeRome Rome")
@example({"eRom e", "Ro", "RomRom"}, "eRom e Ro RomRom Rom")
def test_what_many_names_hide(filling: str, names: set[str], text: str) -> None:
    """A long text is searched in another way."""
    names |= MANY
    assert NameSearch(names).spans(text + filling) == spans(names, text + filling)


def test_only_what_is_found_is_asked_whether_it_is_a_name() -> None:
    """A span that is none covers nothing."""
    asked: list[str] = []

    def is_name(name: str) -> bool:
        asked.append(name)
        return name != "New Rome"

    assert NameSearch(["New Rome", "Rome", "Oslo"], is_name).spans("New Rome") == [(4, 8)]
    assert sorted(asked) == ["New Rome", "Rome"]


class Counted(str):
    """A text that counts how often it is searched."""

    searches = 0

    def find(self, *arguments: Any) -> int:
        """As of any text."""
        self.searches += 1
        return super().find(*arguments)


def test_a_word_made_of_many_names_is_passed_over() -> None:
    names = ["a" * size for size in range(4, 60)]
    text = Counted("a" * 50_000 + " aaaa." + "-aaaa aaaaa\n")
    found = names_pure._one_by_one(text, enumerate(names), len(names))
    assert text.searches <= 6 * len(names)  # a search at each place of each name took minutes, and a gigabyte
    passages = [ParsedPassage((), "paragraph", str(text)[:-1], ())]
    alone = PYTHON.find_names(passages, str(text), names, len(names))
    assert alone == [(50_001, 0), (50_012, 1)]
    assert set(alone) <= set(found)
