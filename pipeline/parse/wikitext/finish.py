"""Last pass over one block: entities, marks, spaces; then the spans of its links."""

from pipeline.parse.wikitext import marks, scanner
from pipeline.parse.wikitext.titles import decode_entities
from pipeline.records import Link


def finished(
    text: str, stash: list[str], targets: list[tuple[str, str | None]], first: int
) -> tuple[str, tuple[Link, ...], int]:
    r"""The block as running text with single spaces, its links, and the index of the next block's first target.

    A link with an empty surface is left out. `targets[first]` is (title, fragment) of the link between the text's first
    marks, and so on.

    >>> finished("a\x06  b\tc &amp; \x02 d \x03e", [], [("D", None)], 0)
    ('a b c & d e', (Link(start=8, end=9, target='D', fragment=None),), 1)
    """
    if "&" in text or marks.STASH_START in text:
        text = decode_entities(marks.unstash(text, stash))
    return scanner.current.running_text(text, targets, first)
