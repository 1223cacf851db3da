"""Brackets of the first pass: one stack of what is open, and what closes it, as in MediaWiki.

A `}}` inside an open `[[` closes nothing, and what stays open is text.
"""

import re

from pipeline.parse.wikitext import marks
from pipeline.parse.wikitext.state import PageState
from pipeline.parse.wikitext.transclusion import always_dropped, argument_text, template_text

_STARTS_BLOCK = re.compile(r"\{\||[:;#*]")
_BLOCK_STARTS = "{:;#*"
"""First characters of what `_STARTS_BLOCK` finds."""
_CHARS_PER_STEP = 16
_BRACKETS = re.compile(r"\}\}+|\[\[+|\]\]+")


class _Frame:
    """An open bracket: its character, how many of it are open, and where its text starts in the output list."""

    __slots__ = ("char", "count", "index", "line_start")

    def __init__(self, char: str, count: int, index: int, line_start: bool) -> None:
        self.char = char
        self.count = count
        self.index = index
        self.line_start = line_start


class Brackets:
    """The brackets that are open, and the text that is written."""

    def __init__(self, state: PageState) -> None:
        self.state = state
        self.out: list[str] = []
        self.stack: list[_Frame] = []
        self.dropped = always_dropped(state)

    def open(self, char: str, count: int, literal: str, line_start: bool) -> None:
        """An opening bracket; `line_start` says whether it begins a line."""
        self.stack.append(_Frame(char, count, len(self.out), line_start))
        self.out.append(literal)
        self.state.check_nesting(len(self.stack))

    def words(self, inner: str, line_start: bool) -> str:
        """What a template becomes; what starts a list or a table goes on a line of its own (MediaWiki's T2529)."""
        words = template_text(inner, self.state)
        if words and words[0] in _BLOCK_STARTS and not line_start and _STARTS_BLOCK.match(words):
            return "\n" + words
        return words

    def read_inside(self, text: str) -> None:
        """Reads all of a text inside of brackets that has neither tags nor opening braces."""
        out, stack = self.out, self.stack
        position = 0
        while stack:
            frame = stack[-1]
            close = text.find("}}", position)
            inner = text[position:] if close < 0 else text[position:close]
            if frame.char != "{" or frame.count != 2 or ("[[" in inner and not closes_links(inner)):
                self._read_brackets(text, position)
                return
            out.append(inner)
            if close < 0:
                return
            self._close(frame, 2)
            position = close + 2
        out.append(text[position:])

    def _read_brackets(self, text: str, position: int) -> None:
        """The same bracket by bracket, where they are closed in another order than most."""
        while self.stack:
            found = _BRACKETS.search(text, position)
            if found is None:
                break
            start, end = found.span()
            self.out.append(text[position:start])
            self.state.spend(1)
            if text[start] == "[":
                self.open("[", end - start, text[start:end], False)
                position = end
            elif text[start] == "]":
                position = self.close_link(text, start, end)
            else:
                position = self.close_braces(text, start, end)
        self.out.append(text[position:])

    def close_braces(self, text: str, start: int, end: int) -> int:
        """A run of closing braces inside of brackets; returns where to go on."""
        frame = self.stack[-1]
        if frame.char == "{":
            matched = 3 if min(end - start, frame.count) >= 3 else 2
            self._close(frame, matched)
            return start + matched
        if frame.char == "-" and text.startswith("-", end):  # of `}}-` the last brace belongs to the `}-`
            self.out.append(text[start : end - 1])
            return self.close_variant(end - 1)
        self.out.append(text[start:end])
        return end

    def _close(self, frame: _Frame, matched: int) -> None:
        """Puts in its place what the innermost template (two braces matched) or argument (three) becomes."""
        out, index = self.out, frame.index
        first = out[index + 1] if index + 1 < len(out) else ""
        bar = first.find("|")
        if matched == 2 and bar > 0 and first[:bar] in self.dropped:  # whatever its parameters: they are not looked at
            self.state.count("templates_dropped")
            words = marks.DROPPED
        else:
            inner = "".join(out[index + 1 :])
            self.state.spend(len(inner) // _CHARS_PER_STEP)
            words = self.words(inner, frame.line_start and frame.count == 2) if matched == 2 else argument_text(inner)
        frame.count -= matched
        if frame.count >= 2:
            out[index:] = ["{" * frame.count, words]
        else:
            self.stack.pop()
            out[index:] = ["{" * frame.count + words]

    def close_variant(self, start: int) -> int:
        """A `}-` inside of brackets; returns where to go on."""
        if self.stack and self.stack[-1].char == "-":
            self.stack.pop()
        self.out.append("}-")
        return start + 2

    def close_link(self, text: str, start: int, end: int) -> int:
        """A run of closing square brackets inside of brackets; returns where to go on."""
        frame = self.stack[-1]
        if frame.char != "[":
            self.out.append(text[start:end])
            return end
        frame.count -= 2
        if frame.count < 2:
            self.stack.pop()
        self.out.append("]]")
        return start + 2


def closes_links(text: str) -> bool:
    """Whether each `[[` of a text is closed before the next one begins.

    >>> closes_links("a]] [[b]] [[[c]]]"), closes_links("[[a [[b]]]]"), closes_links("[[a]")
    (True, False, False)
    """
    closed = text.split("[[")
    del closed[0]
    return all("]]" in after for after in closed)
