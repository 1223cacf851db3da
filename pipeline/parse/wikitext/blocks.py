"""Fifth pass: lines become paragraphs, list items, headings (MediaWiki's `BlockLevelPass` and its HTML tidy).

The pass keeps the two states that decide what a text is: the wiki's own (paragraph open, list prefix) and the stack of
HTML block elements. Text in tables, boxes, preformatted blocks and bare text in a `<div>` is no prose: it is dropped
with its links.
"""

import re
from typing import Literal

from pipeline.parse.wikitext import marks
from pipeline.parse.wikitext.elements import DROPPED, apply_mark, kind_within
from pipeline.parse.wikitext.external_links import strip_external_links
from pipeline.parse.wikitext.finish import HEADING, BlockKind, finished_passages, kept_targets
from pipeline.parse.wikitext.model import ParsedPassage
from pipeline.parse.wikitext.quotes import strip_quotes
from pipeline.parse.wikitext.state import PageState
from pipeline.parse.wikitext.terms import split_term
from pipeline.records import PassageKind

_MARK = re.compile("\x01(.)")
_OPENS = frozenset("TPXUHcrRIiEeFf")
_CLOSES = frozenset("tpxuhCDdBbG-")
_LIST_KINDS: dict[str, PassageKind] = {"*": "list_item", "#": "list_item", ":": "definition", ";": "term"}
_EMPTY_LINES = frozenset(("", marks.DROPPED, marks.BOX))
"""Lines that end a paragraph and are none: a template alone, or a table or an image box, is an empty line."""
_LONGEST_EMPTY = max(map(len, _EMPTY_LINES))
_SPECIAL = frozenset(("=", "-", "*", "#", ":", ";", " ", "\t", marks.DROPPED))
"""First characters of lines that are not simply the next line of a paragraph."""
_EMPTY = " \t" + marks.DROPPED
"""A line of nothing else is an empty line; templates alone on a line are mostly blocks."""


class BlockParser:
    """Turns the lines of one page into passages."""

    def __init__(self, state: PageState) -> None:
        self.state = state
        self.blocks: list[str] = []
        """Blocks of prose, and headings, which are finished all together."""
        self.kinds: list[BlockKind] = []
        """What each of the blocks is."""
        self.levels: list[int] = []
        """The level of each heading."""
        self.dropped: list[tuple[int, int]] = []
        """Of each block without prose: how many of these blocks are before it, and how many links are in it."""
        self.buffer: list[str] = []
        self.elements: list[str] = []
        """Open HTML block elements, by their letter."""
        self.item = ""
        """Kind letter of the open list item, empty outside of lists."""
        self.item_depth = 0
        """How many elements were open when the item began: those beyond end with it."""
        self.paragraph = ""
        """The wiki's own open block: ``, `p` or `pre`."""
        self.in_block = False
        """Inside of an HTML element that takes no wiki paragraphs."""

    def run(self, text: str) -> list[ParsedPassage]:
        """The passages of the page's text, whose marks are those of `pipeline.parse.wikitext.marks`."""
        buffer, elements = self.buffer, self.elements
        has_blocks = marks.BLOCK in text
        plain = True  # no HTML element is open, and the line has no mark of one: nearly all lines
        for line in text.split("\n"):
            if plain:
                if len(line) <= _LONGEST_EMPTY and line in _EMPTY_LINES:
                    self._end_all()
                    continue
                if not has_blocks or marks.BLOCK not in line:
                    first = line[0]
                    if first not in _SPECIAL:
                        if self.paragraph != "p":
                            self._end_all()
                            self.paragraph = "p"
                        buffer.append(_inline(line) if "''" in line or "[" in line else line)
                        continue
                    if first in "*#:;":
                        self._plain_list_line(line)
                        continue
                    if first == "=" and self._heading(line):
                        continue
            self._any_line(line)
            plain = not elements and not self.in_block
        self._flush()
        links = self.state.links
        targets = kept_targets(links, self.blocks, self.dropped) if self.dropped else links
        return finished_passages(self.blocks, self.kinds, self.levels, self.state.stash, targets)

    def _plain_list_line(self, line: str) -> None:
        """A list item that is one block: where no HTML element is open, whatever follows ends it."""
        self._end_all()
        body = line.lstrip("*#:;")
        letter = line[-len(body) - 1]
        if letter == ";":
            self._list_line(line)
            return
        self.blocks.append(_inline(body) if "''" in body or "[" in body else body)
        self.kinds.append(_LIST_KINDS[letter])

    def _any_line(self, line: str) -> None:
        """A line of any kind, whatever is open."""
        if not line:
            self._blank_line()
            return
        first = line[0]
        if first == "=" and self._heading(line):
            return
        if first == "-" and line.startswith("----"):
            line = marks.RULE + line.lstrip("-")
            first = marks.BLOCK
        if first in "*#:;" and not self._in_pre():
            self._list_line(line)
        else:
            if self.item:
                self._end_item()
            self._line(line)

    def _in_pre(self) -> bool:
        return "X" in self.elements

    def _line(self, line: str) -> None:
        """A line outside of lists."""
        if marks.BLOCK in line:
            letters = set(_MARK.findall(line))
            closes = not letters.isdisjoint(_CLOSES)
            if closes or not letters.isdisjoint(_OPENS):
                self._close_paragraph()
                self._emit(line)
                self.in_block = not closes
                return
            self._emit(line)
            return
        if self.in_block or self._in_pre():
            self._text(line)
            return
        starts_pre = line[:1] == " " and "B" not in self.elements
        if starts_pre and (self.paragraph == "pre" or line.strip(_EMPTY)):
            if self.paragraph != "pre":
                self._close_paragraph()
                self.paragraph = "pre"
            self._text(line)
            return
        if not line.strip(_EMPTY):
            self._close_paragraph()
            return
        if self.paragraph != "p":
            self._close_paragraph()
            self.paragraph = "p"
        self._text(line)

    def _blank_line(self) -> None:
        """Ends lists, and the paragraph where the wiki's own paragraphs are."""
        if self.item:
            self._end_item()
        if not self.in_block and not self._in_pre():
            self._close_paragraph()

    def _close_paragraph(self) -> None:
        if self.buffer:
            self._flush()
        self.paragraph = ""

    def _end_all(self) -> None:
        """Ends the paragraph and the list item, whichever is open."""
        if self.buffer:
            self._flush()
        if self.item:
            self._end_item()
        self.paragraph = ""

    def _text(self, text: str) -> None:
        if text:
            self.buffer.append(_inline(text))

    def _emit(self, line: str) -> None:
        """Text with block marks: each mark ends what was before it."""
        if "[" in line or "''" in line:
            line = _inline(line)
        if marks.BLOCK not in line:
            self.buffer.append(line)
            return
        parts = _MARK.split(line)
        if parts[0]:
            self.buffer.append(parts[0])
        for index in range(1, len(parts), 2):
            self._flush()
            apply_mark(parts[index], self.elements, self.item_depth)
            self.state.check_nesting(len(self.elements))
            if parts[index + 1]:
                self.buffer.append(parts[index + 1])

    def _flush(self) -> None:
        """Ends the block that is being collected."""
        buffer = self.buffer
        if not buffer:
            return
        text = buffer[0] if len(buffer) == 1 else " ".join(buffer)
        buffer.clear()
        kind: PassageKind | Literal["dropped"] = "paragraph"
        if self.elements or self.item or self.paragraph == "pre":
            item_kind = _LIST_KINDS[self.item] if self.item else None
            kind = kind_within(self.elements, item_kind, self.item_depth, self.paragraph)
        if kind == DROPPED:
            number = text.count(marks.LINK_START)
            self.state.count("links_in_other_blocks", number)
            self.dropped.append((len(self.blocks), number))
            return
        self.blocks.append(text)
        self.kinds.append(kind)

    def _heading(self, line: str) -> bool:
        """Takes a heading line; False where the line only looks like one."""
        stripped = line.rstrip(" \t")
        size = len(stripped)
        level = size - len(stripped.lstrip("="))
        level = (size - 1) // 2 if level == size else min(level, size - len(stripped.rstrip("=")))
        level = min(level, 6)
        inner = stripped[level : size - level]
        if level == 0 or not inner:
            return False
        self._end_all()
        self.in_block = False
        text = _inline(inner) if "''" in inner or "[" in inner else inner
        text = _MARK.sub("", text) if marks.BLOCK in text else text
        self.state.count("links_in_headings", text.count(marks.LINK_START))
        self.blocks.append(text)
        self.kinds.append(HEADING)
        self.levels.append(level)
        return True

    def _list_line(self, line: str) -> None:
        """A line that begins with `*`, `#`, `:` or `;`: one item, or a term and its definition."""
        body = line.lstrip("*#:;")
        letter = line[-len(body) - 1]
        self._end_all()
        self._start_item(letter)
        if letter == ";":
            term, definition = split_term(body)
            if definition is not None:
                self._emit(term)
                self._flush()
                self._end_item()
                self._start_item(":")
                body = definition
        self._emit(body)

    def _start_item(self, letter: str) -> None:
        self.item = letter
        self.item_depth = len(self.elements)

    def _end_item(self) -> None:
        """Ends the block that is being collected, and the list item that it is in."""
        if self.buffer:
            self._flush()
        if self.item:
            del self.elements[self.item_depth :]
            self.item = ""
            self.item_depth = 0


def _inline(line: str) -> str:
    """A line without bold and italic marks and with external links as their labels."""
    if "''" in line:
        line = strip_quotes(line)
    if "[" in line:
        line = strip_external_links(line)
    return line
