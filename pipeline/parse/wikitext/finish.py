"""Last pass over one block: entities, marks, spaces; then the spans of its links."""

from pipeline.parse.wikitext import marks, scanner
from pipeline.parse.wikitext.titles import decode_entities
from pipeline.records import Link


def finished(text: str, stash: list[str], targets: list[tuple[str, str | None]]) -> tuple[str, tuple[Link, ...]]:
    r"""The block as running text with single spaces, and its links; one with an empty surface is left out.

    `targets` are (title, fragment) of the links between the text's marks, in their order.

    >>> finished("a\x06  b\tc &amp; \x02 d \x03e", [], [("D", None)])
    ('a b c & d e', (Link(start=8, end=9, target='D', fragment=None),))
    """
    if marks.STASH_START in text:
        text = marks.unstash(text, stash)
    if "&" in text:
        text = decode_entities(text)
    plain, spans = scanner.current.running_text(text)
    if not spans:
        return plain, ()
    new = tuple.__new__  # a third of the time of Link(…), and there are many
    links = [
        new(Link, (start, end, target, fragment))
        for (start, end), (target, fragment) in zip(spans, targets, strict=True)
        if start >= 0
    ]
    return plain, tuple(links)
