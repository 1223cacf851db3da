"""What kind of thing a link target is: a page of this wiki, a file, a category, another language, or no link at all."""

import enum
from typing import NamedTuple
from urllib.parse import unquote

from pipeline.languages.site import Site
from pipeline.parse.wikitext import marks
from pipeline.parse.wikitext.titles import normalize_title, plain_title

WITH_HOST = frozenset(
    """http https ftp ftps irc ircs nntp git gopher telnet worldwind svn ssh sftp redis mms""".split()
)
"""Protocols of MediaWiki's `$wgUrlProtocols` with `://` after them, and those with `:` alone."""
WITHOUT_HOST = frozenset("mailto news bitcoin magnet sip sips sms tel urn xmpp geo matrix".split())


class TargetClass(enum.IntEnum):
    """What becomes of a link: `LOCAL` is kept with its span, the text of `OTHER` and `INTERWIKI` stays without one."""

    LOCAL = 0
    INVALID = 1
    OTHER = 2
    INTERWIKI = 3
    CATEGORY = 4
    FILE = 5
    INTERLANGUAGE = 6


class Target(NamedTuple):
    """A link target as it is written: its class, normalised title, fragment, what shows without a label, count name."""

    kind: TargetClass
    title: str
    fragment: str | None
    shown: str
    counted: str
    is_file: bool


_NOTHING_LEFT = Target(TargetClass.OTHER, "", None, "", "links_from_templates", False)
"""The target came out of a template: the label stays."""
_INVALID = Target(TargetClass.INVALID, "", None, "", "links_invalid", False)


def classify_target(raw: str, site: Site) -> Target:
    """Classifies what stands between `[[` and `|` or `]]`.

    >>> from pipeline.languages.site import bundled_site
    >>> site = bundled_site("de")
    >>> [classify_target(raw, site).kind.name for raw in ("haus", "Bild:X", ":Bild:X", "en:X", ":en:X", "a<b")]
    ['LOCAL', 'FILE', 'OTHER', 'INTERLANGUAGE', 'INTERWIKI', 'INVALID']
    """
    plain = plain_title(raw, site)
    if plain is not None:
        return Target(TargetClass.LOCAL, plain, None, raw, "links_local", False)
    if marks.DROPPED in raw:
        raw = raw.replace(marks.DROPPED, "")
        if not raw.strip(" "):
            return _NOTHING_LEFT
    if "%" in raw:
        raw = unquote(raw, errors="replace").replace("<", "&lt;").replace(">", "&gt;")
    written = raw.lstrip(" ")
    if _is_address(written):
        return _INVALID
    title = normalize_title(written, site)
    if title is None:
        return _INVALID
    forced = written.startswith(":")
    shown = written[1:] if forced else written
    if title.interwiki is not None:
        if not forced and title.interwiki in site.interlanguage:
            return Target(TargetClass.INTERLANGUAGE, title.text, None, shown, "links_interlanguage", False)
        return Target(TargetClass.INTERWIKI, title.text, None, shown, "links_interwiki", False)
    if title.ns == 0:
        return Target(TargetClass.LOCAL, title.text, title.fragment, shown, "links_local", False)
    if title.ns == 6:
        kind = TargetClass.OTHER if forced else TargetClass.FILE
        return Target(kind, title.text, None, shown, "links_file", not forced)
    if title.ns == 14 and not forced:
        return Target(TargetClass.CATEGORY, title.text, None, shown, "links_category", False)
    return Target(TargetClass.OTHER, title.text, None, shown, f"links_namespace_{title.ns}", False)


def _is_address(text: str) -> bool:
    """Whether a text begins with a protocol: as a target it is no internal link.

    >>> [_is_address(text) for text in ("HTTP://x", "http:x", "//x", "mailto:x", "File:x", "geo")]
    [True, False, True, True, False, False]
    """
    protocol, colon, rest = text.partition(":")
    if not colon:
        return text.startswith("//")
    protocol = protocol.lower()
    return protocol in WITHOUT_HOST or (protocol in WITH_HOST and rest.startswith("//")) or text.startswith("//")
