"""A `<page>` as MediaWiki's exporter writes it, read at once; every other page is left to the XML parser.

What is read here is well-formed beyond doubt: one revision, the exporter's elements in its order, no entity but
`&lt; &gt; &amp; &quot;`, no character that XML forbids, valid UTF-8. So a page that is read here is what the XML parser
would have made of it, at ten times the speed; natively at thirty (`_page_layout.c`, whose twin this is).
`XLMK_SCANNER=python` in the environment chooses Python, `native` demands the other.
"""

import functools
import os
import re
from collections.abc import Callable
from itertools import repeat
from typing import NamedTuple

from pipeline.parse.dump.character_data import ENTITIES, character_data
from pipeline.parse.dump.header import PAGE_START
from pipeline.parse.dump.page_xml import MAX_FIELD_CHARS, RawPage
from pipeline.parse.native import SCANNER_VARIABLE, choose_part
from pipeline.parse.native_sources import is_current
from pipeline.records import new_row

try:
    from pipeline.parse.dump import _page_layout
except ImportError:  # no compiler where the package was installed
    _page_layout = None  # type: ignore[assignment]

_FIELD = rb"[^<]{0,%d}+" % MAX_FIELD_CHARS
_DELETED = rb'(?: deleted="deleted")? ?/>'
_PERSON = rb"(?:<username>FIELD</username>\s*+|<id>FIELD</id>\s*+|<ip>FIELD</ip>\s*+|<username ?/>\s*+|<ip ?/>\s*+)"
_HEAD = re.compile(
    rb"<page>\s*+<title>(FIELD)</title>\s*+<ns>(FIELD)</ns>\s*+<id>(FIELD)</id>\s*+"
    rb'(?:<redirect title="([^"<\t\r\n]*+)" ?/>\s*+)?(?:<restrictions>FIELD</restrictions>\s*+)?'
    rb"<revision>\s*+<id>(FIELD)</id>\s*+(?:<parentid>FIELD</parentid>\s*+)?<timestamp>FIELD</timestamp>\s*+"
    rb"<contributor(?:DELETED|>\s*+(?>PERSON*)</contributor>)\s*+"
    rb"(?:<minor ?/>\s*+)?(?:<comment(?:DELETED|>[^<]*+</comment>)\s*+)?(?:<origin>FIELD</origin>\s*+)?"
    rb"(?:<model>(FIELD)</model>\s*+)?(?:<format>FIELD</format>\s*+)?"
    rb'<text(?: bytes="[0-9]++"SHA1SPACE|SHA1SPACE(?: bytes="[0-9]++")?)>'.replace(b"PERSON", _PERSON)
    .replace(b"FIELD", _FIELD)
    .replace(b"DELETED", _DELETED)
    .replace(b"SHA1SPACE", rb'(?: sha1="[0-9a-z]*+")?(?: xml:space="preserve")?')
)
_TAIL = re.compile(
    rb"</text>SPACE(?:<sha1>[0-9a-z]*+</sha1>SPACE|<sha1 ?/>SPACE)?</revision>SPACE</page>".replace(
        b"SPACE", rb"[ \t\n]*+"
    )
)

_FIELDS = _HEAD.groups
_MISSING = b"\1"

ReadPages = Callable[[int, int, int, int], tuple[list[RawPage], int]]
"""`read(position, limit, end, max_text_chars)` of some bytes, up to their `end`: the pages from the `<page>` at
`position` on that begin before `limit`, up to the first that the XML parser must read; and where the next one begins,
-1 if there is none."""


class _Run(NamedTuple):
    """Pages that follow each other, as far as their tags tell; `following` is where the next one begins, -1 if none."""

    heads: list[re.Match[bytes]]
    text_starts: list[int]
    text_ends: list[int]
    end: int
    following: int


class PythonReader:
    """Reads pages of `data`: first the tags of as many as it can, then the character data of all of these at once.

    >>> page = b'<page><title>R&amp;D</title><ns>0</ns><id>7</id><revision><id>9</id><timestamp>2020</timestamp>' \\
    ...        b'<contributor><ip>::1</ip></contributor><text>a &lt; b</text></revision></page>'
    >>> pages, position = PythonReader(page * 2 + b"<page><ns/>").read(0, 1000, 1000, 100)
    >>> pages[1]  # doctest: +ELLIPSIS
    RawPage(page_id='7', title='R&D', ns='0', redirect=None, revision_id='9', model=None, text='a < b', ...)
    >>> len(pages), position == 2 * len(page)
    (2, True)
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._by_itself = False
        """Whether each page is read by itself, as there is character data that the XML parser must read."""

    def read(self, position: int, limit: int, end: int, max_text_chars: int) -> tuple[list[RawPage], int]:
        """See `ReadPages`."""
        pages: list[RawPage] = []
        while 0 <= position < limit:
            run = self._run(position, limit, end, max_text_chars)
            if run is None:
                break
            found = _pages(self._data, position, run, max_text_chars)
            if found is not None:
                pages += found
                position = run.following
            elif len(run.heads) == 1:
                break
            else:
                self._by_itself = True
        return pages, position

    def _run(self, position: int, limit: int, end: int, max_text_chars: int) -> _Run | None:
        """Pages from `position` on whose tags are as expected; one whose text may be too long is a run of its own."""
        data, match_head, match_tail = self._data, _HEAD.match, _TAIL.match
        heads: list[re.Match[bytes]] = []
        text_starts, text_ends, page_end = [], [], position
        while 0 <= position < limit:
            head = match_head(data, position, end)
            if head is None:
                break
            text_start = head.end()
            text_end = data.find(b"<", text_start, end)
            tail = match_tail(data, text_end, end) if text_end > text_start else None
            if tail is None:
                break
            by_itself = self._by_itself or text_end - text_start > max_text_chars
            if by_itself and heads:
                break
            heads.append(head)
            text_starts.append(text_start)
            text_ends.append(text_end)
            page_end = tail.end()
            position = data.find(PAGE_START, page_end)
            if by_itself:
                break
        return _Run(heads, text_starts, text_ends, page_end, position) if heads else None


def _pages(data: bytes, start: int, run: _Run, max_text_chars: int) -> list[RawPage] | None:
    """The pages of a run that begins at `start`; None where the XML parser must read one of them."""
    xml = data[start : run.end]
    texts = character_data(xml, [at - start for at in run.text_starts], [at - start for at in run.text_ends])
    if texts is None or len(texts[0]) > max_text_chars:  # no other of a run is too long
        return None
    try:
        b"".join([head[0] for head in run.heads]).decode()  # what is not taken must be valid too
    except UnicodeDecodeError:
        return None
    # The fields of all pages become text at once; that there are no control characters in `xml` is known by now.
    written = b"\0".join([field for head in run.heads for field in head.groups(_MISSING)]).decode()
    for entity, meaning in ENTITIES.items():
        written = written.replace(entity, meaning)
    fields = [None if field == "\1" else field for field in written.split("\0")]
    titles, spaces, ids, redirects, revisions, models = (fields[number::_FIELDS] for number in range(_FIELDS))
    no_controls = ["\x7f" not in text for text in texts] if b"\x7f" in xml else repeat(True)
    columns = (ids, titles, spaces, redirects, revisions, models, texts, repeat("present"), repeat(1), no_controls)
    return [new_row(RawPage, row) for row in zip(*columns, strict=False)]


def reader_in_python(data: bytes) -> ReadPages:
    """What reads the pages of `data`."""
    return PythonReader(data).read


def reader_natively(data: bytes) -> ReadPages:
    """The same natively."""
    return functools.partial(_page_layout.read_pages, RawPage, data)


class PageLayout(NamedTuple):
    """`reader(data)` gives what reads the pages of `data`."""

    name: str
    reader: Callable[[bytes], ReadPages]


PYTHON = PageLayout("python", reader_in_python)
NATIVE = PageLayout("native", reader_natively) if is_current(_page_layout) else None


def choose(wanted: str | None) -> PageLayout:
    """The reader of that name; None takes the native one if there is one.

    >>> choose("python").name
    'python'
    """
    what = "reader of pages"
    return choose_part(SCANNER_VARIABLE, wanted, python=PYTHON, native=NATIVE, what=what, built=_page_layout)


current = choose(os.environ.get(SCANNER_VARIABLE))
"""The reader in use. Tests put another here."""
