"""The scanner's last look at a page's blocks, in Python: running text without marks, and where its links are."""

import re

from pipeline.parse.wikitext import marks
from pipeline.records import Link, new_row

_SPACES = re.compile("   *+")
"""Two spaces first: the search for two characters does not stop at each space between words."""
_ODD_LINK = re.compile("\x02(?![^ \x02\x03\n][^\x02\x03\n]*+(?<! )\x03)")
"""A link's start behind which no surface stands that a mark ends on its line, or one with spaces at its ends."""
_NOT_CLOSED = re.compile("\x02(?![^\x02\x03\n]*+\x03)")
_NOT_IN_PAIRS = "link marks are not in pairs, or more than their targets"


def running_text(text: str, targets: list[tuple[str, str | None]]) -> tuple[list[str], list[tuple[Link, ...]]]:
    r"""Each line of the text with single spaces and no marks, and each line's links; a line is a block of the page.

    A link with an empty surface is left out. `targets` are (title, fragment) of the links in the order of the text.
    Spaces at the ends of a link go out of it; at the ends of a line they are gone, and so are no-break spaces. Raises
    ValueError where link marks are not in pairs on a line, or more than their targets.

    >>> texts, links = running_text("a\x06  b\tc \x02 d \x03e\x02\x03\nf", [("D", None), ("E", None)])
    >>> texts, links
    (['a b c d e', 'f'], [(Link(start=6, end=7, target='D', fragment=None),), ()])
    """
    text = marks.clean_marks(text)
    if "\t" in text:
        text = text.replace("\t", " ")
    if "  " in text:
        text = _SPACES.sub(" ", text)
    number = text.count("\x02")
    if number != text.count("\x03") or number > len(targets):
        raise ValueError(_NOT_IN_PAIRS)
    if _ODD_LINK.search(text) is not None:
        text, targets = _even(text, targets)
    texts: list[str] = []
    links: list[tuple[Link, ...]] = []
    following = iter(targets)
    for block in text.replace("\x03", "\x02").split("\n"):  # as each start has its end, one mark is enough
        line = block.strip(" \u00a0")
        if "\x02" not in line:
            texts.append(line)
            links.append(())
            continue
        pieces = line.split("\x02")  # text and surfaces in turns
        texts.append("".join(pieces))
        end = 0
        own = []
        turns = iter(pieces)
        for before, surface, (title, fragment) in zip(turns, turns, following, strict=False):
            start = end + len(before)
            end = start + len(surface)
            own.append(new_row(Link, (start, end, title, fragment)))
        links.append(tuple(own))
    return texts, links


def _even(text: str, targets: list[tuple[str, str | None]]) -> tuple[str, list[tuple[str, str | None]]]:
    r"""The text with spaces outside of its links and without empty links, and the targets of the others.

    >>> _even("a\x02 b\x03c\x02 \x03 d", [("B", None), ("C", None)])
    ('a \x02b\x03c d', [('B', None)])
    """
    if _NOT_CLOSED.search(text) is not None:
        raise ValueError(_NOT_IN_PAIRS)
    text = text.replace("\x02 ", " \x02").replace(" \x03", "\x03 ")
    if "\x02\x03" in text:
        surfaces = text.split("\x02")[1:]
        targets = [target for target, surface in zip(targets, surfaces, strict=False) if surface[:1] != "\x03"]
        text = text.replace("\x02\x03", "")
    return _SPACES.sub(" ", text), targets
