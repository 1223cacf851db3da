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
from pipeline.parse.wikitext.finish import HEADING, BlockKind, decoded, finished_passages, kept_targets
from pipeline.parse.wikitext.headings import split_heading
from pipeline.parse.wikitext.model import PassageRow
from pipeline.parse.wikitext.quotes import strip_quotes
from pipeline.parse.wikitext.state import PageState
from pipeline.parse.wikitext.terms import split_term
from pipeline.records import PassageKind

_MARK = re.compile("\x01(.)")
_OPENS = frozenset("TPXUHcrRIiEeFf")
_CLOSES = frozenset("tpxuhCDdBbG-")
_LIST_KINDS: dict[str, PassageKind] = {"*": "list_item", "#": "list_item", ":": "definition", ";": "term"}
_SELDOM = frozenset((" ", ";", "-"))
"""First characters of lines that may be more than one block, or none."""
_SPECIAL = frozenset(("=", "*", "#", ":", "\t", marks.DROPPED, marks.BLOCK))
"""First characters of the other lines that are not simply the next line of a paragraph."""
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
        self.links_in_headings = 0
        self.further: dict[int, list[str]] = {}
        """Index of a paragraph in the blocks → its lines after the first."""
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

    def run(self, text: str) -> list[PassageRow]:
        """The passages of the page's text, whose marks are those of `pipeline.parse.wikitext.marks`."""
        self._read(text)
        self._end_all()
        if self.levels:
            self.state.count("links_in_headings", self.links_in_headings)
        blocks, titles, fragments = self.blocks, self.state.link_titles, self.state.link_fragments
        for index, lines in self.further.items():
            blocks[index] = " ".join([blocks[index], *lines])
        if self.dropped:
            titles, fragments = kept_targets(titles, fragments, blocks, self.dropped)
        if "&" in text or marks.STASH_START in text:
            blocks = decoded(blocks, self.state.stash)
        return finished_passages(blocks, self.kinds, self.levels, titles, fragments)

    def _read(self, text: str) -> None:
        """Takes the lines of the text. Those that are a block, or one of a paragraph, are seen to here: nearly all."""
        blocks, kinds, elements = self.blocks, self.kinds, self.elements
        has_blocks, has_brackets = marks.BLOCK in text, "[" in text
        plain = True  # no HTML element is open
        waiting = False  # a block may be open that is being collected
        within = False  # the last of the blocks is a paragraph that the next line belongs to
        for line in text.split("\n"):
            if not line and plain:
                if waiting:
                    self._end_all()
                    waiting = False
                within = False
                continue
            first = line[:1]
            if (
                not plain
                or (first in _SELDOM and (first != "-" or line.startswith("----")))
                or (has_blocks and marks.BLOCK in line and line != marks.BOX)
            ):
                self._any_line(line)
                plain = not elements and not self.in_block
                waiting, within = True, False
                continue
            if waiting:
                self._end_all()
                waiting = False
            if first in _SPECIAL:
                if first == "=":
                    level, heading = split_heading(line)
                    if level:
                        within = False
                        self._add_heading(level, _inline(heading))
                        continue
                elif first in _LIST_KINDS:
                    within = False
                    body = line.lstrip("*#:;")
                    letter = line[-len(body) - 1]
                    if letter == ";":
                        self._list_line(line)
                        waiting = True
                        continue
                    blocks.append(_inline(body) if "'" in body or (has_brackets and "[" in body) else body)
                    kinds.append(_LIST_KINDS[letter])
                    continue
                elif first == marks.BLOCK or not line.strip(_EMPTY):
                    within = False
                    continue
            prose = _inline(line) if "'" in line or (has_brackets and "[" in line) else line
            if within:
                self.further.setdefault(len(blocks) - 1, []).append(prose)
            else:
                within = True
                blocks.append(prose)
                kinds.append("paragraph")

    def _any_line(self, line: str) -> None:
        """A line of any kind, whatever is open."""
        if not line:
            self._blank_line()
            return
        first = line[0]
        if first == "=":
            level, inner = split_heading(line)
            if level:
                self._end_all()
                self.in_block = False
                self._add_heading(level, _MARK.sub("", _inline(inner)))
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

    def _add_heading(self, level: int, text: str) -> None:
        if marks.LINK_START in text:
            self.links_in_headings += text.count(marks.LINK_START)
        self.blocks.append(text)
        self.kinds.append(HEADING)
        self.levels.append(level)

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
