"""The scanner's last look at a page's blocks, in Python: running text without marks, and where its links are."""

import re
from collections.abc import Iterator
from itertools import accumulate, count, islice, repeat

from pipeline.parse.wikitext import marks
from pipeline.records import LinkRow

_ENDS = " \u00a0"
"""What goes from the ends of a block."""
_SPACES = re.compile("   *+")
"""Two spaces first: the search for two characters does not stop at each space between words."""
_LINK = re.compile("\x02([^ \x03][^\x03]*+)(?<! )\x03")
"""A link as nearly all are: with a surface, and that without spaces at its ends."""
_LINK_MARK = re.compile("[\x02\x03]")
_Target = tuple[str, str | None]
_NOT_IN_PAIRS = "link marks are not in pairs, or more than their targets"


def running_text(
    blocks: list[str], titles: list[str], fragments: dict[int, str]
) -> tuple[list[str], list[tuple[LinkRow, ...]]]:
    r"""Each block of a page with single spaces and no marks, and each block's links.

    A link with an empty surface is left out. `titles` are those of the links' targets in the order of the blocks,
    `fragments` has those of the few that have one, by their index. Spaces at the ends of a link go out of it; at the
    ends of a block they are gone, and so are no-break spaces. Raises ValueError where link marks are not in pairs in a
    block, or more than their targets.

    >>> texts, links = running_text(["a\x06  b\tc \x02 d \x03e\x02\x03", "f"], ["D", "E"], {1: "g"})
    >>> texts, links
    (['a b c d e', 'f'], [((6, 7, 'D', None),), ()])
    """
    texts: list[str] = []
    links: list[tuple[LinkRow, ...]] = []
    next_titles = iter(titles)
    next_fragments: Iterator[str | None] = map(fragments.get, count()) if fragments else repeat(None)
    for block in marks.clean_marks(blocks):  # one by one: most are of ASCII, and twice as fast as all of them together
        marked = (_SPACES.sub(" ", block) if "  " in block else block).strip(_ENDS)
        if "\x02" not in marked and "\x03" not in marked:
            texts.append(marked)
            links.append(())
            continue
        pieces = _LINK.split(marked)  # text and surfaces in turns
        text = "".join(pieces)
        own_titles, own_fragments = next_titles, next_fragments
        if "\x02" in text or "\x03" in text:
            number = marked.count("\x02")
            targets = list(zip(islice(next_titles, number), next_fragments, strict=False))
            marked, targets = _even(marked, targets)
            pieces = _LINK.split(marked)
            text = "".join(pieces)
            own_titles = iter([title for title, _ in targets])
            own_fragments = iter([fragment for _, fragment in targets])
        ends = accumulate(map(len, pieces))
        own = tuple(zip(ends, ends, own_titles, own_fragments))  # noqa: B905 - a keyword: 1 % of all passes' instructions
        if len(own) != len(pieces) // 2:
            raise ValueError(_NOT_IN_PAIRS)
        texts.append(text)
        links.append(own)
    return texts, links


def _even(marked: str, targets: list[_Target]) -> tuple[str, list[_Target]]:
    r"""The text with spaces outside of its links and without empty links, and the targets of the others.

    >>> _even("a\x02 b\x03c\x02 \x03 d", [("B", None), ("C", None)])
    ('a \x02b\x03c d', [('B', None)])
    """
    if "".join(_LINK_MARK.findall(marked)) != "\x02\x03" * len(targets):
        raise ValueError(_NOT_IN_PAIRS)
    marked = marked.replace("\x02 ", " \x02").replace(" \x03", "\x03 ")
    if "\x02\x03" in marked:
        surfaces = marked.split("\x02")[1:]
        targets = [target for target, surface in zip(targets, surfaces, strict=True) if surface[0] != "\x03"]
        marked = marked.replace("\x02\x03", "")
    return _SPACES.sub(" ", marked).strip(_ENDS), targets
