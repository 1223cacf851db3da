"""Last pass, over all blocks of a page at once: entities, marks, spaces; then the spans of their links."""

from typing import Final, Literal

from pipeline.parse.wikitext import marks, scanner
from pipeline.parse.wikitext.model import ParsedPassage
from pipeline.parse.wikitext.titles import decode_entities
from pipeline.records import Link, PassageKind, new_row

HEADING: Final = "heading"
"""The kind of a block that is no passage, but names the section of those that follow."""
BlockKind = PassageKind | Literal["heading"]


def finished_passages(
    blocks: list[str],
    kinds: list[BlockKind],
    levels: list[int],
    stash: list[str],
    targets: list[tuple[str, str | None]],
) -> list[ParsedPassage]:
    """The blocks that have a text, finished, with the headings that they are under; `levels` are of the headings.

    >>> kinds: list[BlockKind] = ["heading", "heading", "paragraph", "heading", "paragraph"]
    >>> passages = finished_passages(["A", "B", "b", "C", "c"], kinds, [2, 3, 2], [], [])
    >>> [(passage.section, passage.text) for passage in passages]
    [(('A', 'B'), 'b'), (('C',), 'c')]
    """
    passages = []
    section: tuple[str, ...] = ()
    open_levels: list[int] = []
    heading = 0
    texts, links = finished(blocks, stash, targets)
    for kind, text, own in zip(kinds, texts, links, strict=True):
        if kind != HEADING:
            if text:
                passages.append(new_row(ParsedPassage, (section, kind, text, own)))
            continue
        level = levels[heading]
        heading += 1
        while open_levels and open_levels[-1] >= level:
            open_levels.pop()
        section = (*section[: len(open_levels)], text)
        open_levels.append(level)
    return passages


def kept_targets(
    targets: list[tuple[str, str | None]], blocks: list[str], dropped: list[tuple[int, int]]
) -> list[tuple[str, str | None]]:
    r"""Targets of the links in the blocks; `targets` are also those of the links in dropped blocks.

    `dropped` is how many of the blocks are before a dropped one, and how many links are in that.

    >>> kept_targets([("A", None), ("B", None), ("C", None)], ["\x02a\x03", "b", "\x02c\x03"], [(1, 0), (2, 1)])
    [('A', None), ('C', None)]
    """
    kept: list[tuple[str, str | None]] = []
    known = position = 0
    for before, number in dropped:
        end = position + sum([block.count(marks.LINK_START) for block in blocks[known:before]])
        kept += targets[position:end]
        known, position = before, end + number
    return kept + targets[position:]


def finished(
    blocks: list[str], stash: list[str], targets: list[tuple[str, str | None]]
) -> tuple[list[str], list[tuple[Link, ...]]]:
    r"""The blocks as running text with single spaces, and the links of each; no block has a line end.

    A link with an empty surface is left out. `targets` are (title, fragment) of the links in the order of all blocks.

    >>> finished(["a\x06  b\tc &amp; \x02 d \x03e", "f&#10;g"], [], [("D", None)])
    (['a b c & d e', 'f g'], [(Link(start=8, end=9, target='D', fragment=None),), ()])
    """
    if not blocks:
        return [], []
    text = "\n".join(blocks)
    if "&" in text or marks.STASH_START in text:
        text = _decoded(text, stash)
        if text.count("\n") >= len(blocks):  # a line end that was written as an entity, or stood in `<nowiki>`
            text = "\n".join([_decoded(block, stash).replace("\n", " ") for block in blocks])
    return scanner.current.running_text(text, targets)


def _decoded(text: str, stash: list[str]) -> str:
    """The text with its `<nowiki>` pieces and characters for entities; nearly all of these are no-break spaces."""
    return decode_entities(marks.unstash(text, stash).replace("&nbsp;", "\u00a0"))
