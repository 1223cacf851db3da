"""The search for names against one regular expression of all names, which is slow and says what is meant."""

import re

from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.parse.wikitext.name_search import NameSearch, without_spaces


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


@settings(max_examples=400, deadline=None)
@given(st.sets(NAMES.filter(lambda name: without_spaces(name) <= (len(name) > 1)), min_size=1, max_size=8), TEXTS)
@example({"Rome"}, "Rome")
@example({"(Rome", "Rome e"}, "e (Rome e")
@example({"東京", "東京都", "Rome東京"}, "大東京都Rome東京")
def test_equals_one_expression_of_all_names(names: set[str], text: str) -> None:
    assert list(NameSearch(names).spans(text)) == spans(names, text)
