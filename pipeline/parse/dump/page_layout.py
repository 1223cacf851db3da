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
from typing import Any, NamedTuple

from pipeline.parse.dump.character_data import character_data, without_forbidden
from pipeline.parse.dump.page_xml import MAX_FIELD_CHARS, RawPage
from pipeline.parse.native import SCANNER_VARIABLE, choose_part
from pipeline.parse.native_sources import is_current

try:
    from pipeline.parse.dump import _page_layout
except ImportError:  # no compiler where the package was installed
    _page_layout = None  # type: ignore[assignment]

_FIELD = rb"[^<]{0,%d}+" % MAX_FIELD_CHARS
_DELETED = rb'(?: deleted="deleted")? ?/>'
_HEAD = re.compile(
    rb"<page>\s*+<title>(FIELD)</title>\s*+<ns>(FIELD)</ns>\s*+<id>(FIELD)</id>\s*+"
    rb'(?:<redirect title="([^"<\t\r\n]*+)" ?/>\s*+)?(?:<restrictions>FIELD</restrictions>\s*+)?'
    rb"<revision>\s*+<id>(FIELD)</id>\s*+(?:<parentid>FIELD</parentid>\s*+)?<timestamp>(FIELD)</timestamp>\s*+"
    rb"<contributor(?:DELETED|>\s*+(?:<(username|ip|id)>FIELD</\7>\s*+|<(?:username|ip) ?/>\s*+)*+</contributor>)\s*+"
    rb"(?:<minor ?/>\s*+)?(?:<comment(?:DELETED|>[^<]*+</comment>)\s*+)?(?:<origin>FIELD</origin>\s*+)?"
    rb"(?:<model>(FIELD)</model>\s*+)?(?:<format>FIELD</format>\s*+)?"
    rb'<text(?: bytes="[0-9]++"SHA1SPACE|SHA1SPACE(?: bytes="[0-9]++")?)>'.replace(b"FIELD", _FIELD)
    .replace(b"DELETED", _DELETED)
    .replace(b"SHA1SPACE", rb'(?: sha1="[0-9a-z]*+")?(?: xml:space="preserve")?')
)
_TAIL = re.compile(
    rb"</text>SPACE(?:<sha1>[0-9a-z]*+</sha1>SPACE|<sha1 ?/>SPACE)?</revision>SPACE</page>".replace(
        b"SPACE", rb"[ \t\n]*+"
    )
)

ReadPage = Callable[[int, int, int], tuple[RawPage, int] | None]
"""Of some bytes: where a `<page>` is, where they end, and how many characters its text may have → the page."""


def read_in_python(
    data: bytes, start: int, end: int, max_text_chars: int, *, clean: bool = False
) -> tuple[RawPage, int] | None:
    """The page whose `<page>` is at `start`, and where it ends (before `end`); None where the XML parser must decide.

    `clean`: `data` is known to be `without_forbidden`.

    >>> page = b'<page><title>R&amp;D</title><ns>0</ns><id>7</id><revision><id>9</id><timestamp>2020</timestamp>' \\
    ...        b'<contributor><ip>::1</ip></contributor><text>a &lt; b</text></revision></page>'
    >>> read_in_python(page, 0, len(page), 100)  # doctest: +ELLIPSIS
    (RawPage(page_id='7', title='R&D', ns='0', redirect=None, ... text='a < b', ... no_controls=True), 173)
    >>> read_in_python(page.replace(b"<ns>0</ns>", b"<ns/>"), 0, 170, 100) is None
    True
    """
    head = _HEAD.match(data, start, end)
    if head is None:
        return None
    text_start = head.end()
    text_end = data.find(b"<", text_start, end)
    tail = _TAIL.match(data, text_end, end) if text_end > text_start else None
    if tail is None:
        return None
    page_end = tail.end()
    if not (clean or without_forbidden(data[start:page_end])):
        return None
    text = character_data(data[text_start:text_end])
    written = data[start:text_start]
    escaped = b"&" in written
    if escaped or b"]]>" in written or not written.isascii():  # else every field is as it stands
        before = character_data(written)
        if before is None:
            return None
    if text is None or len(text) > max_text_chars:
        return None
    fields: list[Any] = [
        None if field is None else character_data(field) if escaped else field.decode() for field in head.groups()
    ]
    title, ns, page_id, redirect, revision_id, timestamp, _, model = fields
    no_controls = "\x7f" not in text
    page = RawPage(page_id, title, ns, redirect, revision_id, timestamp, model, text, "present", 1, no_controls)
    return page, page_end


def reader_in_python(data: bytes) -> ReadPage:
    """`read_in_python` of `data`, which is asked once whether it is clean: pages are small, and most of them are."""
    return functools.partial(read_in_python, data, clean=without_forbidden(data))


def reader_natively(data: bytes) -> ReadPage:
    """The same natively."""
    return functools.partial(_page_layout.read_page, RawPage, data)


class PageLayout(NamedTuple):
    """`reader(data)` gives what reads the pages of `data`."""

    name: str
    reader: Callable[[bytes], ReadPage]


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
