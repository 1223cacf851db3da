"""The native search for names finds what its twin in Python finds."""

import os
from collections.abc import Sequence
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.parse.wikitext import names_pure, names_sieve, scanner
from pipeline.parse.wikitext.model import ParsedPassage
from pipeline.parse.wikitext.scanner import PYTHON
from pipeline.records import Link

LONG = bool(os.environ.get("XLMK_LONG"))
native = pytest.mark.skipif(scanner.NATIVE is None, reason="the native scanner was not built: no C compiler")
NATIVE = scanner.NATIVE or PYTHON


def passage(text: str, links: Sequence[Link]) -> ParsedPassage:
    """A paragraph."""
    return ParsedPassage((), "paragraph", text, tuple(links))


@native
@settings(max_examples=2000 if LONG else 150, deadline=None)
@given(
    st.lists(st.sampled_from(["ab", "aBa", "Ba b", "é-", "日本", "b", " ", "-", "'", "_", "\U0001f600x"]), max_size=30),
    st.lists(st.sampled_from(["ab", "aBa", "Ba b", "é-", "aBab", "日本", "\U0001f600x", "b Ba", "bé-"]), unique=True),
)
def test_find_names(pieces: list[str], names: list[str]) -> None:
    """In two texts, one without links; every third piece of the other is one. Many names are sought in other ways."""
    text = "".join(pieces)
    links, end = [], 0
    for number, piece in enumerate(pieces):
        end += len(piece)
        if number % 3 == 2:
            links.append(Link(end - len(piece), end, f"T{number % 2}", None))
        elif number % 7 == 1:  # an empty one is none
            links.append(Link(end - 1, end - 1, "T", None))
    passages = [passage(text, links), passage(text, ())]
    *surfaces, outside = PYTHON.link_surfaces(passages)
    assert NATIVE.link_surfaces(passages) == (*surfaces, None)
    given_ = (passages, outside, names)
    for anywhere in (0, len(names) // 2, len(names)):
        found = NATIVE.find_names(*given_, anywhere)
        assert found == PYTHON.find_names(*given_, anywhere) == PYTHON.find_names(passages, None, names, anywhere)
        for rare in (1, 1000):  # looked for where their rarest characters are; one by one, as none of these are rare
            few = mock.patch.multiple(names_pure, _FEW_NAMES=-1, _LITTLE_WORK=-1, _FEW_OTHERS=-1)
            with few, mock.patch.object(names_sieve, "_RARE", rare):
                assert found == PYTHON.find_names(*given_, anywhere)


@native
def test_names_made_to_be_slow_are_left_to_python() -> None:
    """The native search counts its comparisons and gives up, which changes nothing but who answers."""
    from pipeline.parse.wikitext import _scanner

    text = "a" * 1500
    names = ["a" * number for number in range(200, 260)]
    given_ = ([passage(text, ())], None, names, 0)
    assert _scanner.find_names([passage(text, ())], names, 0) is None
    assert NATIVE.find_names(*given_) == PYTHON.find_names(*given_)


@native
def test_wrong_arguments_are_refused() -> None:
    """Nothing but a Python error, whatever is given."""
    from pipeline.parse.wikitext import _scanner

    with pytest.raises(ValueError, match="two characters"):
        _scanner.find_names([passage("abc", ())], ["a"], 0)
    for spans in ([(2, 1)], [(0, 2), (1, 3)], [(0, 4)], [(-1, 2)]):
        wrong = passage("abc", [Link(start, end, "T", None) for start, end in spans])
        with pytest.raises(ValueError, match="overlap or lie outside"):
            _scanner.find_names([wrong], ["ab"], 0)
        with pytest.raises(ValueError, match="overlap or lie outside"):
            _scanner.link_surfaces([wrong])
    for other in ("abc", (), ((), "term", b"abc", ()), ((), "term", "abc", 1), ((), "term", "abc", [(0, 1)])):
        with pytest.raises(TypeError):
            _scanner.find_names([other], ["ab"], 0)  # type: ignore[list-item]
        with pytest.raises(TypeError):
            _scanner.link_surfaces([other])  # type: ignore[list-item]
    with pytest.raises(TypeError):
        _scanner.link_surfaces([passage("abc", [Link(0, 1, "T", None)]), passage("abc", [None])])  # type: ignore[list-item]
