"""Last pass over one block: external links, entities, marks, spaces; then the spans of its links."""

import re

from pipeline.parse.wikitext import marks
from pipeline.parse.wikitext.external_links import strip_external_links
from pipeline.parse.wikitext.titles import decode_entities
from pipeline.records import Link

_MARKS = re.compile("[\x04-\x08\x0e\x0f\x12]")
_SPACES = re.compile("[ \t\n]{2,}|[\t\n]")
_SPACE_AFTER_START = re.compile("\x02([ \t\n]+)")
_SPACE_BEFORE_END = re.compile("([ \t\n]+)\x03")
_EMPTY_LINK = re.compile("(^|[ \t\n])\x02\x03[ \t\n]+")
_ENDS = re.compile("[\x02\x03]")


def plain_text(text: str, stash: list[str]) -> str:
    """The block as running text with single spaces; link marks stay."""
    if "[" in text:
        text = strip_external_links(text)
    if marks.STASH_START in text:
        text = marks.unstash(text, stash)
    if "&" in text:
        text = decode_entities(text)
    if _MARKS.search(text):
        text = marks.clean_marks(text)
    if "\x02" in text:
        text = _SPACE_AFTER_START.sub("\\1\x02", text)
        text = _SPACE_BEFORE_END.sub("\x03\\1", text)
        if "\x02\x03" in text:
            text = _EMPTY_LINK.sub("\\1\x02\x03", text)
    return _SPACES.sub(" ", text).strip(" \u00a0")


def with_links(text: str, targets: list[tuple[str, str | None]]) -> tuple[str, tuple[Link, ...]]:
    r"""The text without link marks, and its links; one with an empty surface is left out.

    >>> with_links("in \x02Rome\x03.", [("Rome", None)])
    ('in Rome.', (Link(start=3, end=7, target='Rome', fragment=None),))
    """
    if not targets:
        return text, ()
    parts = _ENDS.split(text)
    links = []
    position = 0
    for number, (target, fragment) in enumerate(targets):
        start = position + len(parts[2 * number])
        position = start + len(parts[2 * number + 1])
        if position > start:
            links.append(Link(start, position, target, fragment))
    return "".join(parts), tuple(links)
