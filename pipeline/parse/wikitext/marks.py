r"""Control characters that stand for markup between the passes of the parser.

MediaWiki's parser keeps HTML tags and strip markers in the text that its later passes see; here single control
characters stand for them. They are no legal title characters, so that a link over one of them is invalid, as in
MediaWiki. Input text loses its own control characters first (XML does not allow most of them anyway).

| mark | stands for |
|---|---|
| `\x01` + letter | a block-level tag: capital opens, small closes (see `BLOCK_LETTERS`) |
| `\x02` … `\x03` | the surface of a local link, in the order of the link list |
| `\x04`, `\x05` | an apostrophe, an opening bracket that is text |
| `\x06` | something without text (reference, inline image): an end for link trails |
| `\x08` | a template that was dropped: nothing, but an end for link trails and apostrophes, and no empty line |
| `\x07` | a line break inside a block (`<br>`) |
| `\x0e`, `\x0f` | an inline tag opens, closes |
| `\x10` n `\x11` | the n-th piece of `<nowiki>` text |
| `\x12` | a vertical bar that came out of `{{!}}` and parts nothing |
"""

import re
from typing import Final

BLOCK: Final = "\x01"
LINK_START: Final = "\x02"
LINK_END: Final = "\x03"
APOSTROPHE: Final = "\x04"
BRACKET: Final = "\x05"
NOTHING: Final = "\x06"
BREAK: Final = "\x07"
DROPPED: Final = "\x08"
INLINE_OPEN: Final = "\x0e"
INLINE_CLOSE: Final = "\x0f"
STASH_START: Final = "\x10"
STASH_END: Final = "\x11"
PIPE: Final = "\x12"

BOX: Final = "\x01G"
"""A block without prose between two pieces of text: image box, table, gallery."""
RULE: Final = "\x01-"
"""A horizontal rule."""

BLOCK_LETTERS = {
    "div": "D", "center": "D", "aside": "D", "figure": "D", "section": "D", "blockquote": "B", "p": "P",
    "table": "T", "tr": "R", "td": "C", "th": "C", "caption": "C", "tbody": "R", "ul": "U", "ol": "U", "dl": "U",
    "li": "I", "dt": "E", "dd": "F", "pre": "X", "h1": "H", "h2": "H", "h3": "H", "h4": "H", "h5": "H", "h6": "H",
}  # fmt: skip
"""HTML block element → its letter."""

_CONTROLS = tuple(map(chr, (*range(9), *range(11, 32), 127)))
"""What a text loses; looking for one after the other is ten times as fast as one expression for all."""
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
_MEANINGS = (
    (NOTHING, ""),
    (DROPPED, ""),
    (INLINE_OPEN, ""),
    (INLINE_CLOSE, ""),
    (BREAK, " "),
    (APOSTROPHE, "'"),
    (BRACKET, "["),
    (PIPE, "|"),
    ("\t", " "),
    ("\n", " "),
)
MEANING_TABLE = "".join(
    {**{chr(code): chr(code) for code in range(32)}, **dict(_MEANINGS)}[chr(code)] or "\0" for code in range(32)
)
"""What each control character stands for in running text (32 characters, NUL for nothing); white space is a space."""
_STASHED = re.compile(f"{STASH_START}(\\d+){STASH_END}")


def clean_input(text: str) -> str:
    r"""The text without characters that the passes use as marks; line ends become `\n`.

    >>> clean_input("a\x02b\r\nc")
    'ab\nc'
    """
    if any(map(text.__contains__, _CONTROLS)):
        text = _CONTROL.sub("", text.replace("\r\n", "\n"))
    return text


def unstash(text: str, stash: list[str]) -> str:
    r"""Puts the `<nowiki>` pieces back.

    >>> unstash("a \x100\x11 b", ["[[x]]"])
    'a [[x]] b'
    """
    if STASH_START not in text:
        return text
    return _STASHED.sub(lambda found: stash[int(found[1])], text)


def clean_marks(blocks: list[str]) -> list[str]:
    r"""Turns marks into what they mean in running text, and other white space into spaces; link marks stay.

    >>> clean_marks(["a\x06b\x07c \x02d\x03", "e\tf"])
    ['ab c \x02d\x03', 'e f']
    """
    whole = "".join(blocks)  # for a glance: few pages have any of them
    for mark, meaning in _MEANINGS:
        if mark in whole:
            blocks = [block.replace(mark, meaning) if mark in block else block for block in blocks]
    return blocks
