"""The XML of one `<page>` → its latest revision, by expat with entities and DTDs off."""

from typing import NamedTuple
from xml.parsers import expat

_PAGE_FIELDS = frozenset({"title", "ns", "id"})
_REVISION_FIELDS = frozenset({"id", "timestamp", "model", "text"})
_ROOT, _PAGE, _FIELD, _REVISION_FIELD = 1, 2, 3, 4
_ROOT_TAG = b"<mediawiki>"
MAX_FIELD_CHARS = 2000
"""Longest title, id or timestamp that is kept; more makes the page's XML damaged."""
_MAX_TOKEN_BYTES = 16 << 20


class RawPage(NamedTuple):
    """A page as the dump has it: the latest revision (by timestamp, then id) where it has several.

    `ns` and `redirect` (the `<redirect title>`) are None where the schema has none (before 0.4, 0.6). `text` is None
    where there is none: `text_state` is then "deleted" (hidden by the wiki), "missing" (a stub dump) or "too_long".
    """

    page_id: str
    title: str
    ns: str | None
    redirect: str | None
    revision_id: str
    model: str | None
    text: str | None
    text_state: str
    revisions: int
    no_controls: bool = False
    """Whether the text is known to have no control characters but tabs and line feeds."""


class DamagedXml(Exception):
    """A page's XML is not well-formed."""

    reason = "xml_error"


class PageParser:
    """Takes the bytes of pages piece by piece and hands over each page when its `</page>` has come.

    What lies between pages is ignored. After DamagedXml the parser waits for `start_page`.
    """

    def __init__(self, max_text_chars: int) -> None:
        self.max_text_chars = max_text_chars
        self.pages: list[RawPage] = []
        self.in_page = False
        """Whether a page has begun and not yet ended."""
        self._depth = 0  # 0: nothing is read until the next page starts
        self._page: dict[str, str] = {}

    @property
    def title(self) -> str:
        """Title (or id) of the page that is being read, as far as it is known."""
        return self._page.get("title") or self._page.get("id") or "?"

    def start_page(self) -> None:
        """Makes ready for a `<page>`: what stands open before it, be it a tag or a stray `<`, does not count."""
        if self._depth != _ROOT or self._fed != self._expat.CurrentByteIndex:
            self._reset()

    def abandon(self) -> None:
        """Gives up the page that is being read: what comes is ignored until the next `start_page`."""
        self._depth, self.in_page = 0, False

    def feed(self, data: bytes | memoryview) -> None:
        """Reads on; finished pages appear in `pages`. Raises DamagedXml inside a page."""
        if not self._depth:
            return
        try:
            self._expat.Parse(data, False)
            self._fed += len(data)
            if self._fed - self._expat.CurrentByteIndex > _MAX_TOKEN_BYTES:
                raise DamagedXml(f"a tag of more than {_MAX_TOKEN_BYTES} bytes")
        except (expat.ExpatError, DamagedXml) as error:
            inside = self.in_page
            self.abandon()
            if inside:
                raise DamagedXml(
                    expat.ErrorString(error.code) if isinstance(error, expat.ExpatError) else error
                ) from error

    def _reset(self) -> None:
        parser = expat.ParserCreate("UTF-8")
        parser.buffer_text = True
        parser.buffer_size = 1 << 18
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartCdataSectionHandler = self._cdata
        if hasattr(parser, "SetReparseDeferralEnabled"):
            parser.SetReparseDeferralEnabled(False)
        self._expat, self._fed, self._depth = parser, len(_ROOT_TAG), 0
        self._collect = self.in_page = False
        parser.Parse(_ROOT_TAG, False)

    def _doctype(self, *_args: object) -> None:
        raise DamagedXml("a DTD inside the dump")

    def _cdata(self) -> None:
        if not self.in_page:
            raise DamagedXml("CDATA between pages")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth = depth = self._depth + 1
        if depth == _REVISION_FIELD:
            if self._in_revision and name in _REVISION_FIELDS:
                self._begin_field(self.max_text_chars if name == "text" else MAX_FIELD_CHARS)
                if name == "text":
                    self._text_attributes = attributes
        elif depth == _FIELD:
            if name in _PAGE_FIELDS:
                self._begin_field(MAX_FIELD_CHARS)
            elif name == "redirect":
                self._page["redirect"] = attributes.get("title", "")
            elif name == "revision":
                self._in_revision, self._revision, self._text_attributes = True, {}, {}
                self._overflow = False
        elif depth == _PAGE and name == "page":
            self.in_page = True
            self._page, self._best, self._revisions, self._in_revision = {}, None, 0, False

    def _begin_field(self, limit: int) -> None:
        self._collect, self._parts, self._left = True, [], limit

    def _characters(self, data: str) -> None:
        if self._collect:
            self._left -= len(data)
            if self._left >= 0:
                self._parts.append(data)

    def _end(self, name: str) -> None:
        depth = self._depth
        self._depth = depth - 1
        if depth == _REVISION_FIELD:
            if self._collect and self._in_revision:
                self._end_field(self._revision, name)
        elif depth == _FIELD:
            if self._collect:
                self._end_field(self._page, name)
            elif name == "revision":
                self._end_revision()
        elif depth == _PAGE and name == "page":
            self._end_page()

    def _end_field(self, target: dict[str, str], name: str) -> None:
        self._collect = False
        if self._left < 0:
            self._parts = []
            if name == "text":
                self._overflow = True
        target[name] = "".join(self._parts)

    def _end_revision(self) -> None:
        self._in_revision = False
        self._revisions += 1
        revision = self._revision
        number = revision.get("id", "")
        order = (revision.get("timestamp", ""), int(number) if number.isdigit() else 0)
        if self._best is None or order >= self._best[0]:
            self._best = (order, revision, self._state())

    def _state(self) -> str:
        attributes = self._text_attributes
        if self._overflow:
            return "too_long"
        if "deleted" in attributes:
            return "deleted"
        if not self._revision.get("text") and attributes.get("bytes", "0") != "0":
            return "missing"
        return "present" if "text" in self._revision else "missing"

    def _end_page(self) -> None:
        revision, state = ({}, "missing") if self._best is None else self._best[1:]
        page = self._page
        text = revision.get("text") if state == "present" else None
        self.pages.append(
            RawPage(
                page_id=page.get("id", ""),
                title=page.get("title", ""),
                ns=page.get("ns"),
                redirect=page.get("redirect"),
                revision_id=revision.get("id", ""),
                model=revision.get("model"),
                text=text,
                text_state=state,
                revisions=self._revisions,
                no_controls=text is not None and "\x7f" not in text and "\r" not in text,  # XML allows no others
            )
        )
        self.in_page, self._best = False, None

    _best: tuple[tuple[str, int], dict[str, str], str] | None = None
    _revisions = 0
    _in_revision = False
    _overflow = False
    _left = 0
    _parts: list[str]
    _revision: dict[str, str]
    _text_attributes: dict[str, str]
