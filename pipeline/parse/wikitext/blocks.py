"""Fifth pass: lines become paragraphs, list items, headings (MediaWiki's `BlockLevelPass` and its HTML tidy).

The pass keeps the two states that decide what a text is: the wiki's own (paragraph open, list prefix) and the stack of
HTML block elements. Text in tables, boxes, preformatted blocks and bare text in a `<div>` is no prose: it is dropped
with its links.
"""

import re

from pipeline.parse.wikitext import marks
from pipeline.parse.wikitext.external_links import strip_external_links
from pipeline.parse.wikitext.finish import finished
from pipeline.parse.wikitext.model import ParsedPassage
from pipeline.parse.wikitext.quotes import strip_quotes
from pipeline.parse.wikitext.state import PageState
from pipeline.parse.wikitext.terms import split_term
from pipeline.records import PassageKind, new_row

_MARK = re.compile("\x01(.)")
_OPENS = frozenset("TPXUHcrRIiEeFf")
_CLOSES = frozenset("tpxuhCDdBbG-")
_LIST_KINDS: dict[str, PassageKind] = {"*": "list_item", "#": "list_item", ":": "definition", ";": "term"}
_DROPPED = "dropped"
_SPECIAL = frozenset(("=", "-", "*", "#", ":", ";", " ", "\t", marks.DROPPED))
"""First characters of lines that are not simply the next line of a paragraph."""
_EMPTY = " \t" + marks.DROPPED
"""A line of nothing else is an empty line; templates alone on a line are mostly blocks."""


class BlockParser:
    """Turns the lines of one page into passages."""

    def __init__(self, state: PageState) -> None:
        self.state = state
        self.passages: list[ParsedPassage] = []
        self.section: tuple[str, ...] = ()
        self.levels: list[int] = []
        self.buffer: list[str] = []
        self.elements: list[str] = []
        """Open HTML block elements, by their letter."""
        self.prefix = ""
        """List prefix of the line before, `;` as `:`."""
        self.item = ""
        """Kind letter of the open list item, empty outside of lists."""
        self.item_depth = 0
        """How many elements were open when the item began: those beyond end with it."""
        self.paragraph = ""
        """The wiki's own open block: ``, `p` or `pre`."""
        self.in_block = False
        """Inside of an HTML element that takes no wiki paragraphs."""
        self.next_link = 0

    def run(self, text: str) -> list[ParsedPassage]:
        """The passages of the page's text, whose marks are those of `pipeline.parse.wikitext.marks`."""
        buffer, elements = self.buffer, self.elements
        for source in text.split("\n"):
            if not source:
                if self.prefix or buffer or self.paragraph:
                    self._blank_line()
                continue
            line = source
            first = line[0]
            if first not in _SPECIAL and not elements and not self.in_block and marks.BLOCK not in line:
                if self.paragraph != "p":
                    if self.prefix:
                        self._end_lists()
                    if buffer:
                        self._flush()
                    self.paragraph = "p"
                buffer.append(_inline(line) if "[" in line or "''" in line else line)
                continue
            if first == "=" and self._heading(line):
                continue
            if line == marks.DROPPED and not elements and not self.in_block:  # a template alone: an empty line
                if self.prefix or buffer or self.paragraph:
                    self._blank_line()
                continue
            if first == "-" and line.startswith("----"):
                line = marks.RULE + line.lstrip("-")
                first = marks.BLOCK
            if first in "*#:;" and not self._in_pre():
                self._list_line(line)
            else:
                if self.prefix:
                    self._end_lists()
                self._line(line)
        self._flush()
        return self.passages

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
        if self.prefix:
            self._end_lists()
        if not self.in_block and not self._in_pre():
            self._close_paragraph()

    def _close_paragraph(self) -> None:
        if self.buffer:
            self._flush()
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
            self._apply(parts[index])
            if parts[index + 1]:
                self.buffer.append(parts[index + 1])

    def _apply(self, letter: str) -> None:
        """Opens or closes an HTML element."""
        if letter in "G-":
            return
        elements = self.elements
        floor = self.item_depth if self.item else 0
        if letter.isupper():
            if (letter in "PI" and len(elements) > floor and elements[-1] == letter) or (
                letter in "EF" and len(elements) > floor and elements[-1] in "EF"
            ):
                elements.pop()
            elements.append(letter)
            self.state.check_nesting(len(elements))
            return
        wanted = letter.upper()
        for position in range(len(elements) - 1, floor - 1, -1):
            if elements[position] == wanted:
                del elements[position:]
                return
            if elements[position] == "T" and wanted not in "T":
                return

    def _kind(self) -> PassageKind | str:
        """What the text at this point is."""
        elements = self.elements
        if not elements:
            if self.item:
                return _LIST_KINDS[self.item]
            return _DROPPED if self.paragraph == "pre" else "paragraph"
        if "T" in elements or "X" in elements:
            return _DROPPED
        inner = elements[self.item_depth :] if self.item else elements
        if self.item and not inner:
            return _LIST_KINDS[self.item]
        if self.paragraph == "pre" and not self.item:
            return _DROPPED
        if self.paragraph == "p" and not self.item:
            inner = [*inner, "P"]
        for letter in reversed(inner):
            if letter == "P":
                return "quote" if "B" in elements else "paragraph"
            if letter == "B":
                return "quote"
            if letter == "I":
                return "list_item"
            if letter in "EF":
                return "term" if letter == "E" else "definition"
            if letter in "DHCR":
                return _DROPPED
        return _LIST_KINDS[self.item] if self.item else "paragraph"

    def _flush(self) -> None:
        """Ends the block that is being collected."""
        buffer = self.buffer
        if not buffer:
            return
        text = buffer[0] if len(buffer) == 1 else " ".join(buffer)
        buffer.clear()
        kind = self._kind() if self.elements or self.item or self.paragraph == "pre" else "paragraph"
        state = self.state
        if kind == _DROPPED:
            number = text.count(marks.LINK_START)
            state.count("links_in_other_blocks", number)
            self.next_link += number
            return
        plain, links, self.next_link = finished(text, state.stash, state.links, self.next_link)
        if plain:
            self.passages.append(new_row(ParsedPassage, (self.section, kind, plain, links)))

    def _heading(self, line: str) -> bool:
        """Takes a heading line; False where the line only looks like one."""
        stripped = line.rstrip(" \t")
        left = len(stripped) - len(stripped.lstrip("="))
        if left == len(stripped):
            level = min(6, (left - 1) // 2)
        else:
            level = min(6, left, len(stripped) - len(stripped.rstrip("=")))
        inner = stripped[level : len(stripped) - level]
        if level == 0 or not inner:
            return False
        if self.prefix:
            self._end_lists()
        self._close_paragraph()
        self.in_block = False
        text = _inline(inner) if "[" in inner or "''" in inner else inner
        text = _MARK.sub("", text) if marks.BLOCK in text else text
        state, first = self.state, self.next_link
        text, _, self.next_link = finished(text, state.stash, state.links, first)
        state.count("links_in_headings", self.next_link - first)
        while self.levels and self.levels[-1] >= level:
            self.levels.pop()
        self.section = (*self.section[: len(self.levels)], text)
        self.levels.append(level)
        return True

    def _list_line(self, line: str) -> None:
        """A line that begins with `*`, `#`, `:` or `;`: one item, or a term and its definition."""
        body = line.lstrip("*#:;")
        prefix = line[: len(line) - len(body)]
        letter = prefix[-1]
        self._close_paragraph()
        self._end_item()
        self._start_item(letter)
        if letter == ";":
            term, definition = split_term(body)
            if definition is not None:
                self._emit(term)
                self._flush()
                self._end_item()
                self._start_item(":")
                body = definition
        self.prefix = prefix.replace(";", ":") if ";" in prefix else prefix
        self._emit(body)

    def _start_item(self, letter: str) -> None:
        self.item = letter
        self.item_depth = len(self.elements)

    def _end_item(self) -> None:
        if self.buffer:
            self._flush()
        if self.item:
            del self.elements[self.item_depth :]
            self.item = ""
            self.item_depth = 0

    def _end_lists(self) -> None:
        self._end_item()
        self.prefix = ""


def _inline(line: str) -> str:
    """A line without bold and italic marks and with external links as their labels."""
    if "''" in line:
        line = strip_quotes(line)
    if "[" in line:
        line = strip_external_links(line)
    return line
