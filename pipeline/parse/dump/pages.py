"""A range of a Wikipedia dump → the pages that begin in it."""

from collections.abc import Generator, Iterator
from typing import NamedTuple

from pipeline.errors import InputError
from pipeline.parse.dump import page_layout
from pipeline.parse.dump.decode import decoded
from pipeline.parse.dump.files import FileRange
from pipeline.parse.dump.header import PAGE_START
from pipeline.parse.dump.page_xml import DamagedXml, PageParser, RawPage

ROOT_END = b"</mediawiki>"
_PAGE_END = b"</page>"
_END_BYTES = 64
_WAIT_BYTES = 4 << 20
"""A page that is longer goes to the XML parser as it comes; a shorter one waits until all of it is there."""
_AGAIN = "download it again and verify its checksum"


class BadPage(NamedTuple):
    """A page whose XML cannot be read: its title or id as far as known, and why."""

    key: str
    reason: str
    detail: str


class PageReader:
    """Reads the pages whose `<page>` begins in a range; the last one may end beyond it.

    `wrapped`: the file's pages lie in a `<mediawiki>`, which the last range must see closed. `decoded_bytes` counts
    what was decompressed.
    """

    def __init__(self, piece: FileRange, *, wrapped: bool, max_text_chars: int) -> None:
        self.piece, self.wrapped = piece, wrapped
        self.decoded_bytes = 0
        self._parser = PageParser(max_text_chars)
        self._end = b""

    def pages(self) -> Iterator[RawPage | BadPage]:
        """All pages of the range, in file order.

        Raises InputError where the file ends inside a page, or before the root element does.
        """
        carry = b""
        for chunk in decoded(self.piece):
            self.decoded_bytes += len(chunk)
            self._end = (self._end + chunk[-_END_BYTES:])[-_END_BYTES:]
            carry = yield from self._take(carry + chunk, len(carry) + len(chunk), wait=True)
        if PAGE_START in carry:
            carry = yield from self._take(carry, len(carry))
        yield from self._finish(carry)
        if self._parser.in_page:
            raise InputError(
                f"{self.piece.path} is truncated: it ends inside the page {self._parser.title!r}", next_step=_AGAIN
            )
        if self.piece.last and self.wrapped and not self._sees_root_end():
            raise InputError(
                f"{self.piece.path} is truncated: expected {ROOT_END.decode()} at its end, found"
                f" {self._end[-30:].decode('utf-8', 'replace')!r}",
                next_step=_AGAIN,
            )

    def _sees_root_end(self) -> bool:
        """Whether the range ends with the root's end tag, or is too short to have more than a part of it."""
        end = self._end.strip()
        return end.endswith(ROOT_END) or (len(self._end) < _END_BYTES and ROOT_END.endswith(end))

    def _take(self, data: bytes, limit: int, *, wait: bool = False) -> Generator[RawPage | BadPage, None, bytes]:
        """Reads `data`, cut at each `<page>` that begins before `limit`; returns what may be the start of another.

        With `wait` a last page whose end is not there yet is returned too.
        """
        view = memoryview(data)
        stop = len(data) - _held_back(data)
        position = data.find(PAGE_START)
        read_pages, parser, most = page_layout.current.reader(data), self._parser, self._parser.max_text_chars
        if position:
            yield from self._feed(view[: position if position >= 0 else stop])
        while 0 <= position < limit:
            if parser.in_page:
                yield self._unclosed()
            found, position = read_pages(position, limit, stop, most)
            if found:
                parser.abandon()
                yield from found
                if not 0 <= position < limit:
                    break
            following = data.find(PAGE_START, position + len(PAGE_START))
            end = following if following >= 0 else stop
            if wait and following < 0 and end - position < _WAIT_BYTES and data.find(_PAGE_END, position) < 0:
                return data[position:]
            parser.start_page()
            yield from self._feed(view[position:end])
            position = following
        return data[stop:]

    def _finish(self, carry: bytes) -> Iterator[RawPage | BadPage]:
        """Reads on beyond the range, to the end of a page that began in it; pages from behind `carry` are not ours."""
        limit = len(carry)
        if not (carry or self._parser.in_page):
            return
        for chunk in decoded(self.piece.rest):
            self.decoded_bytes += len(chunk)
            data = carry + chunk
            beyond = data.find(PAGE_START, limit)
            data = data if beyond < 0 else data[:beyond]
            carry = yield from self._take(data, limit)
            if beyond >= 0:
                if self._parser.in_page:
                    yield self._unclosed()
                return
            limit = max(0, limit - (len(data) - len(carry)))
            if not self._parser.in_page and not limit:
                return
        yield from self._feed(memoryview(carry))

    def _unclosed(self) -> BadPage:
        return self._bad("the page has no </page>")

    def _feed(self, data: memoryview) -> Iterator[RawPage | BadPage]:
        parser = self._parser
        try:
            parser.feed(data)
        except DamagedXml as error:
            yield self._bad(str(error))
        if parser.pages:
            yield from parser.pages
            parser.pages = []

    def _bad(self, detail: str) -> BadPage:
        self._parser.abandon()
        return BadPage(self._parser.title, DamagedXml.reason, detail)


def _held_back(data: bytes) -> int:
    """How many bytes at the end may be the beginning of a `<page>`.

    >>> _held_back(b"...</page>\\n  <pa"), _held_back(b"<page>")
    (3, 0)
    """
    for size in range(len(PAGE_START) - 1, 0, -1):
        if data.endswith(PAGE_START[:size]):
            return size
    return 0
