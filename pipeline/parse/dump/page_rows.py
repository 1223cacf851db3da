"""A page as it lies in the dump → its rows, or the reason why it has none."""

import functools
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from pipeline.languages.site import Site
from pipeline.parse.dump.page_xml import RawPage
from pipeline.parse.wikitext import WikitextOptions, normalize_title, parser, redirect_target
from pipeline.parse.wikitext.model import PassageRow
from pipeline.parse.wikitext.propagate import Propagated
from pipeline.records import Page, PageKind, new_row

MAX_TITLE_BYTES = 512
"""Longest full title in UTF-8 bytes that is taken: MediaWiki's limit is 255 without the namespace."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ufffe\uffff]")
_NAMESPACE = re.compile(r"-?\d{1,6}")
_MAX_DIGITS = 18
"""Of an id."""
_WIKITEXT = frozenset({None, "", "wikitext"})


class PageRows(NamedTuple):
    """What became of a page: rows, or a `reason` for its rejection with `detail`; neither for other namespaces.

    Passages and repeats are those of the tables without the page's id (and the passage's number, its place here).
    """

    page: Page | None = None
    passages: Sequence[PassageRow] = ()
    repeats: Sequence[Propagated] = ()
    counts: Mapping[str, int] = {}
    """Of what is no row; passages, links and repeats are counted where they are columns."""
    reason: str | None = None
    detail: str = ""


class Rejected(Exception):
    """A page that no rows are made of; `reason` is counted."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


def page_rows(
    raw: RawPage, site: Site, options: WikitextOptions, namespaces: tuple[int, ...], *, propagate: bool = True
) -> PageRows:
    """The rows of a page: a redirect has no passages, a page outside of `namespaces` has nothing at all.

    `propagate` looks for names where no link stands; in disambiguation pages, whose title names many things, never.

    >>> from pipeline.languages.site import bundled_site
    >>> raw = RawPage("5", "Roma", "0", None, "7", None, "#WEITERLEITUNG [[rom]]", "present", 1)
    >>> page_rows(raw, bundled_site("de"), WikitextOptions(), (0,)).page  # doctest: +ELLIPSIS
    Page(page_id=5, revision_id=7, title='Roma', kind='redirect', redirect_title='Rom', ...wikitext_chars=22)
    """
    try:
        return _rows(raw, site, options, namespaces, propagate)
    except Rejected as verdict:
        return PageRows(reason=verdict.reason, detail=str(verdict))


def _rows(raw: RawPage, site: Site, options: WikitextOptions, namespaces: tuple[int, ...], propagate: bool) -> PageRows:
    id_digits, raw_title, ns, redirect, revision_digits, model, text, text_state, revisions, no_controls = raw
    page_id = _number(id_digits, "invalid_page_id")
    title = _title(raw_title)
    if namespace_of(ns, title, site) not in namespaces:
        return PageRows()
    revision_id = _number(revision_digits, "invalid_revision_id")
    if model not in _WIKITEXT:
        raise Rejected("content_model", f"{title!r} is of the model {model!r}: expected wikitext")
    if text is None:
        raise Rejected(f"text_{text_state}", f"{title!r}, revision {revision_id}")
    counts = {"revisions_superseded": revisions - 1} if revisions > 1 else {}
    target = redirect_target(text, site)
    if target is not None or redirect is not None:
        redirect_title, fragment = target or _element_target(redirect or "", site)
        if redirect_title is None:
            counts["redirects_without_target"] = 1
        page = new_row(Page, (page_id, revision_id, title, "redirect", redirect_title, fragment, len(text)))
        return new_row(PageRows, (page, (), (), counts, None, ""))
    if not (no_controls or text.isascii()):
        text.encode()  # a lone surrogate must fail this page, not its file; what was read as XML has none
    passages, found, disambiguation = parser.current.parse_page(
        text, title=title, site=site, options=options, no_controls=no_controls
    )
    kind: PageKind = "disambiguation" if disambiguation else "article"
    counts.update(found)
    if disambiguation:
        counts["disambiguations"] = 1
    if not passages:
        counts["articles_without_passages"] = 1
    repeats: Sequence[Propagated] = ()
    if propagate and passages and not disambiguation:
        repeats = parser.current.propagate_mentions(passages, title=title, lang=site.lang)
    page = new_row(Page, (page_id, revision_id, title, kind, None, None, len(text)))
    return new_row(PageRows, (page, passages, repeats, counts, None, ""))


def namespace_of(ns: str | None, title: str, site: Site) -> int:
    """The namespace number that the dump gives, or else the one of the title's prefix.

    >>> from pipeline.languages.site import bundled_site
    >>> [namespace_of(None, title, bundled_site("de")) for title in ("Kategorie:Stadt", "Star Trek: Voyager")]
    [14, 0]
    """
    number = None if ns is None else _namespace_number(ns)
    if number is not None:
        return number
    parsed = normalize_title(title, site)
    return 0 if parsed is None else parsed.ns


@functools.lru_cache(maxsize=256)
def _namespace_number(ns: str) -> int | None:
    return int(ns) if _NAMESPACE.fullmatch(ns) else None


def _number(text: str, reason: str) -> int:
    if len(text) <= _MAX_DIGITS and text.isdecimal() and text.isascii():
        number = int(text)
        if number > 0:
            return number
    raise Rejected(reason, f"expected a positive number, found {text!r}")


def _title(title: str) -> str:
    if not title or title.isspace():
        raise Rejected("invalid_title", "the page has no title")
    if not title.isprintable() and _CONTROL.search(title):
        raise Rejected("invalid_title", f"control characters in {title!r}")
    if len(title) * 4 > MAX_TITLE_BYTES and len(title.encode()) > MAX_TITLE_BYTES:
        raise Rejected("invalid_title", f"{len(title.encode())} bytes, at most {MAX_TITLE_BYTES}: {title[:80]!r}…")
    return title.replace("_", " ")


def _element_target(redirect: str, site: Site) -> tuple[str | None, str | None]:
    """The `<redirect title>`, for redirects whose text we do not read as one; (None, None) where it is no title."""
    title = normalize_title(redirect, site)
    if title is None or title.interwiki is not None:
        return None, None
    return redirect.partition("#")[0].replace("_", " ").strip() or None, title.fragment
