"""The scanner that the parser uses: the native one where it was built, else the one in Python; both say the same.

`XLMK_SCANNER=python` in the environment chooses the one in Python, `native` demands the other.
"""

import functools
import os
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import NamedTuple, Protocol

from pipeline.parse.native import SCANNER_VARIABLE, choose_part
from pipeline.parse.native_sources import is_current
from pipeline.parse.wikitext import marks, names_pure, scanner_pure, text_pure
from pipeline.parse.wikitext.model import PassageRow
from pipeline.parse.wikitext.scanner_pure import Piece
from pipeline.parse.wikitext.tag_names import TAG_NAMES
from pipeline.records import LinkRow

try:
    from pipeline.parse.wikitext import _scanner
except ImportError:  # no compiler where the package was installed
    _scanner = None  # type: ignore[assignment]


class LinkReader(Protocol):
    """Reads the links of a text; see `scanner_pure.LinkReader`."""

    def stretch(self, out: list[str], titles: list[str], /) -> Piece | None:
        """Appends the text up to the first link that needs thought, in parts, and the titles in it; that piece."""

    def following(self) -> str:
        """The text from the next `[[` up to the one after it, which are not read again; empty where it ends."""


class Scanner(NamedTuple):
    """The searches for markup; what they do is said in `scanner_pure`, `text_pure` and `names_pure`."""

    name: str
    """`native` or `python`."""
    find_markup: Callable[[str, int, bool, bool], tuple[int, int] | None]
    split_markup: Callable[[str, bool], list[str]]
    read_links: Callable[[str, str, str, str | None], LinkReader]
    running_text: Callable[[list[str], list[str], dict[int, str]], tuple[list[str], list[tuple[LinkRow, ...]]]]
    link_surfaces: Callable[[Sequence[PassageRow]], tuple[dict[str, str], set[str], int, str | None]]
    find_names: Callable[[Sequence[PassageRow], str | None, Sequence[str], int], list[tuple[int, int]]]


PYTHON = Scanner(
    "python",
    scanner_pure.find_markup,
    scanner_pure.split_markup,
    scanner_pure.LinkReader,
    text_pure.running_text,
    names_pure.link_surfaces,
    names_pure.find_names,
)


def _find_names(
    passages: Sequence[PassageRow], outside: str | None, names: Sequence[str], anywhere: int
) -> list[tuple[int, int]]:
    """The native search; a text and names made to be slow are left to the one in Python, whose time is linear."""
    found = _scanner.find_names(passages, names, anywhere)
    return names_pure.find_names(passages, outside, names, anywhere) if found is None else found


def native_scanner(module: ModuleType | None) -> Scanner | None:
    """The scanner of the native module; None where there is none, or one that was built from other sources."""
    if module is None or not is_current(module):
        return None
    return Scanner(
        "native",
        functools.partial(module.find_markup, TAG_NAMES),
        functools.partial(module.split_markup, TAG_NAMES),
        module.read_links,
        functools.partial(module.running_text, marks.MEANING_TABLE),
        module.link_surfaces,
        _find_names,
    )


NATIVE = native_scanner(_scanner)


def choose(wanted: str | None) -> Scanner:
    """The scanner of that name; None takes the native one if there is one.

    >>> choose("python").name
    'python'
    """
    return choose_part(SCANNER_VARIABLE, wanted, python=PYTHON, native=NATIVE, what="scanner", built=_scanner)


current = choose(os.environ.get(SCANNER_VARIABLE))
"""The scanner in use. Tests put another here."""
