"""The scanner's last look at a block, in Python: running text without marks, and where its links are."""

import re

from pipeline.parse.wikitext import marks
from pipeline.records import Link, new_row

_SPACES = re.compile("  +")
_SPACE_AFTER_START = re.compile("\x02( +)")
_SPACE_BEFORE_END = re.compile("( +)\x03")
_NOT_IN_PAIRS = "link marks are not in pairs, or more than their targets"


def running_text(text: str, targets: list[tuple[str, str | None]], first: int) -> tuple[str, tuple[Link, ...], int]:
    r"""The text of a block with single spaces and no marks, its links, and the index of the next block's first target.

    A link with an empty surface is left out. `targets[first]` is (title, fragment) of the text's first link. Spaces at
    the ends of a link go out of it; at the ends of the text they are gone, and so are no-break spaces. Raises
    ValueError where link marks are not in pairs, or more than their targets.

    >>> running_text("a\x06  b\tc \x02 d \x03e\x02\x03", [("D", None), ("E", None)], 0)
    ('a b c d e', (Link(start=6, end=7, target='D', fragment=None),), 2)
    """
    shown = text.replace("\x02", "").replace("\x03", "") if "\x02" in text else text
    tidy = shown.isprintable() and "  " not in shown
    if tidy and shown is text:
        return text.strip(" \u00a0"), (), first
    if not tidy:
        text = marks.clean_marks(text).replace("\t", " ").replace("\n", " ")
    if "\x02 " in text:
        text = _SPACE_AFTER_START.sub("\\1\x02", text)
    if " \x03" in text:
        text = _SPACE_BEFORE_END.sub("\x03\\1", text)
    following = first + text.count("\x02")
    own = targets[first:following]
    if "\x02\x03" in text:
        own = _without_empty(own, text)
        text = text.replace("\x02\x03", "")
    if not tidy:
        text = _SPACES.sub(" ", text)
    before, *pieces = text.strip(" \u00a0").split("\x02")
    if "\x03" in before or len(pieces) != len(own):
        raise ValueError(_NOT_IN_PAIRS)
    out = [before]
    links = []
    position = len(before)
    for piece, (title, fragment) in zip(pieces, own, strict=True):
        surface, mark, rest = piece.partition("\x03")
        if not mark or "\x03" in rest:
            raise ValueError(_NOT_IN_PAIRS)
        end = position + len(surface)
        links.append(new_row(Link, (position, end, title, fragment)))
        out += (surface, rest)
        position = end + len(rest)
    return "".join(out), tuple(links), following


def _without_empty(targets: list[tuple[str, str | None]], text: str) -> list[tuple[str, str | None]]:
    """The targets of the text's links that have a surface."""
    pieces = text.split("\x02")[1:]
    if len(pieces) != len(targets) or any(piece.count("\x03") != 1 for piece in pieces):
        raise ValueError(_NOT_IN_PAIRS)
    return [target for target, piece in zip(targets, pieces, strict=True) if not piece.startswith("\x03")]
