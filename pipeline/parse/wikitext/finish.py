"""Last pass, over the blocks of a page: entities, marks, spaces; then the spans of their links."""

from typing import Final, Literal

from pipeline.parse.wikitext import marks, scanner
from pipeline.parse.wikitext.model import PassageRow
from pipeline.parse.wikitext.titles import decode_entities
from pipeline.records import PassageKind

HEADING: Final = "heading"
"""The kind of a block that is no passage, but names the section of those that follow."""
BlockKind = PassageKind | Literal["heading"]


def finished_passages(
    blocks: list[str],
    kinds: list[BlockKind],
    levels: list[int],
    titles: list[str],
    fragments: dict[int, str],
) -> list[PassageRow]:
    """The blocks that have a text, finished, with the headings that they are under; `levels` are of the headings.

    `titles` and `fragments` are those of the links (see `text_pure.running_text`).

    >>> kinds: list[BlockKind] = ["heading", "heading", "paragraph", "heading", "paragraph"]
    >>> passages = finished_passages(["A", "B", "b", "C", "c"], kinds, [2, 3, 2], [], {})
    >>> [(section, text) for section, _, text, _ in passages]
    [(('A', 'B'), 'b'), (('C',), 'c')]
    """
    passages = []
    section: tuple[str, ...] = ()
    open_levels: list[int] = []
    heading = 0
    texts, links = scanner.current.running_text(blocks, titles, fragments)
    for kind, text, own in zip(kinds, texts, links, strict=True):
        if kind != HEADING:
            if text:
                passages.append((section, kind, text, own))
            continue
        level = levels[heading]
        heading += 1
        while open_levels and open_levels[-1] >= level:
            open_levels.pop()
        section = (*section[: len(open_levels)], text)
        open_levels.append(level)
    return passages


def kept_targets(
    titles: list[str], fragments: dict[int, str], blocks: list[str], dropped: list[tuple[int, int]]
) -> tuple[list[str], dict[int, str]]:
    r"""Titles and fragments of the links in the blocks; those given are also of the links in dropped blocks.

    `dropped` is how many of the blocks are before a dropped one, and how many links are in that.

    >>> kept_targets(["A", "B", "C"], {1: "b", 2: "c"}, ["\x02a\x03", "b", "\x02c\x03"], [(1, 0), (2, 1)])
    (['A', 'C'], {1: 'c'})
    """
    kept: list[int] = []
    known = position = 0
    for before, number in dropped:
        end = position + sum([block.count(marks.LINK_START) for block in blocks[known:before]])
        kept += range(position, end)
        known, position = before, end + number
    kept += range(position, len(titles))
    if fragments:
        fragments = {index: fragments[link] for index, link in enumerate(kept) if link in fragments}
    return [titles[link] for link in kept], fragments


def decoded(blocks: list[str], stash: list[str]) -> list[str]:
    r"""The blocks with their `<nowiki>` pieces and characters for entities; nearly all of these are no-break spaces.

    >>> decoded(["a &amp;&nbsp;\x100\x11", "b"], ["&amp;"])
    ['a &\xa0&', 'b']
    """
    return [
        decode_entities(marks.unstash(block, stash).replace("&nbsp;", "\u00a0"))
        if "&" in block or marks.STASH_START in block
        else block
        for block in blocks
    ]
