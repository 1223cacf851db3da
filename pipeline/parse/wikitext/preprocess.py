"""First pass: comments, extension tags, templates and parser functions, as MediaWiki's preprocessor matches them.

The result is flat wikitext: templates are gone or replaced by their words, comments are gone with their line if they
had it alone, extension tags are marks (`pipeline.parse.wikitext.marks`). Brackets are matched by one stack as in
MediaWiki (a `}}` inside an open `[[` closes nothing), and what stays open is text. Links outside of templates need no
event.
"""

import re

from pipeline.parse.wikitext import marks, scanner
from pipeline.parse.wikitext.extension_tags import extension_text
from pipeline.parse.wikitext.state import PageState
from pipeline.parse.wikitext.transclusion import always_dropped, argument_text, template_text

_AFTER_COMMENT = re.compile(r"[ \t]*(?:<!--.*?-->[ \t]*)*", re.DOTALL)
_STARTS_BLOCK = re.compile(r"\{\||[:;#*]")
_BLOCK_STARTS = "{:;#*"
"""First characters of what `_STARTS_BLOCK` finds."""
_CHARS_PER_STEP = 16


class _Frame:
    """An open bracket: its character, how many of it are open, and where its text starts in the output list."""

    __slots__ = ("char", "count", "index", "line_start")

    def __init__(self, char: str, count: int, index: int, line_start: bool) -> None:
        self.char = char
        self.count = count
        self.index = index
        self.line_start = line_start


class Preprocessor:
    """One run over one page's wikitext."""

    def __init__(self, text: str, state: PageState) -> None:
        self.text = text
        self.state = state
        self.out: list[str] = []
        self.stack: list[_Frame] = []
        self.parts: list[str] = []
        """What is between the events outside of brackets, and these, by turns."""
        self.start = 0
        """Where in the text a part begins, that of number `start_of`."""
        self.start_of = 0
        self.never_closed: set[str] = set()
        self.may_close_tags = True

    def run(self) -> str:
        """The flat wikitext. Raises PageTooComplex.

        The events outside of brackets are found at once. A template with only links inside and a reference with
        nothing inside need no more than that; what else begins is read event by event to its end, and this goes on with
        the first of the events found at once that begins there or later: what is the first one from some place on is so
        from any later place before it, too.
        """
        out, state = self.out, self.state
        parts = self.parts = scanner.current.split_markup(self.text, bool(state.rules.site.variants))
        out.append(parts[0])
        dropped = always_dropped(state)
        unread = 1
        templates = references = templates_dropped = 0
        for index in range(1, len(parts), 2):
            if index < unread:
                continue
            event = parts[index]
            last = event[-1]
            if last == ">":
                references += 1
                words = marks.NOTHING
            elif last == "}":
                templates += 1
                inner = event[2:-2]
                bar = inner.find("|")
                if (inner if bar < 0 else inner[:bar]) in dropped:
                    templates_dropped += 1
                    words = marks.DROPPED
                else:
                    words = template_text(inner, state)
                    if words and words[0] in _BLOCK_STARTS:
                        before = parts[index - 1]
                        words = self._as_block(words, before.endswith("\n") or (index == 1 and not before))
            else:
                unread = self._read_event(index)
                continue
            out.append(words)
            out.append(parts[index + 1])
        state.spend(templates + references)
        if references:
            state.count("tag_ref", references)
        if templates_dropped:
            state.count("templates_dropped", templates_dropped)
        return "".join(out).replace(marks.PIPE, "|")

    def _read_event(self, index: int) -> int:
        """Reads an event that was found at once, and what stands behind it; returns the part to go on with."""
        parts, state = self.parts, self.state
        state.spend(1)
        event = parts[index]
        start = self.start + sum(map(len, parts[self.start_of : index]))
        end = start + len(event)
        if event[0] == "<":
            position = self._tag(start, end)
        else:
            self._open(event[0], len(event), start, event)
            position = self._read(end, end)
        while position > end + len(parts[index + 1]):
            start = end + len(parts[index + 1])
            index += 2
            end = start + len(parts[index])
            if position < end:  # an event that began before: others may stand in what is left of it
                position = self._read(position, end)
        self.start, self.start_of = end, index + 1
        self.out.append(self.text[position : end + len(parts[index + 1])])
        return index + 2

    def _read(self, position: int, until: int) -> int:
        """Reads event by event up to the first place at `until` or later where no bracket is open; returns it."""
        text, out, stack, state = self.text, self.out, self.stack, self.state
        variants = bool(state.rules.site.variants)
        find_markup, most_steps = scanner.current.find_markup, state.options.max_steps
        while stack or position < until:
            found = find_markup(text, position, bool(stack), variants)
            if found is None:
                out.append(text[position:])
                return len(text)
            start, end = found
            if start > position:
                out.append(text[position:start])
            state.steps += 1
            if state.steps > most_steps:
                state.spend(0)
            char = text[start]
            if char == "{":
                if text[end - 1] == "}":
                    self._simple_template(text[start + 2 : end - 2], start)
                else:
                    self._open("{", end - start, start, text[start:end])
                position = end
            elif char == "}":
                position = self._close_braces(start, end) if text[end - 1] == "}" else self._close_variant(start)
            elif char == "[":
                if text[end - 1] == "]":
                    out.append(text[start:end])
                else:
                    self._open("[", end - start, start, text[start:end])
                position = end
            elif char == "]":
                position = self._close_brackets(start, end)
            elif char == "-":
                self._open("-", 2, start, "-{")
                position = end
            elif text[end - 1] == ">":
                state.count("tag_ref")
                out.append(marks.NOTHING)
                position = end
            else:
                position = self._tag(start, end)
        return position

    def _at_line_start(self, start: int) -> bool:
        return start == 0 or self.text[start - 1] == "\n"

    def _open(self, char: str, count: int, start: int, literal: str) -> None:
        self.stack.append(_Frame(char, count, len(self.out), self._at_line_start(start)))
        self.out.append(literal)
        self.state.check_nesting(len(self.stack))

    def _simple_template(self, inner: str, start: int) -> None:
        words = template_text(inner, self.state)
        if words:
            self.out.append(self._as_block(words, self._at_line_start(start)))

    @staticmethod
    def _as_block(words: str, line_start: bool) -> str:
        """What starts a list or a table goes on a line of its own (MediaWiki's T2529)."""
        return words if line_start or not _STARTS_BLOCK.match(words) else "\n" + words

    def _close_braces(self, start: int, end: int) -> int:
        frame = self.stack[-1]
        if frame.char != "{":
            if frame.char == "-" and self.text[end : end + 1] == "-":
                return self._close_variant_after(start, end)
            self.out.append(self.text[start:end])
            return end
        matched = 3 if min(end - start, frame.count) >= 3 else 2
        out = self.out
        inner = "".join(out[frame.index + 1 :])
        self.state.spend(len(inner) // _CHARS_PER_STEP)
        if matched == 3:
            words = argument_text(inner)
        else:
            words = self._as_block(template_text(inner, self.state), frame.line_start and frame.count == 2)
        frame.count -= matched
        if frame.count >= 2:
            out[frame.index :] = ["{" * frame.count, words]
        else:
            self.stack.pop()
            out[frame.index :] = ["{" * frame.count + words]
        return start + matched

    def _close_variant_after(self, start: int, end: int) -> int:
        """`}}-`: the last brace belongs to the `}-`."""
        self.out.append(self.text[start : end - 1])
        return self._close_variant(end - 1)

    def _close_variant(self, start: int) -> int:
        if self.stack and self.stack[-1].char == "-":
            self.stack.pop()
        self.out.append("}-")
        return start + 2

    def _close_brackets(self, start: int, end: int) -> int:
        frame = self.stack[-1]
        if frame.char != "[":
            self.out.append(self.text[start:end])
            return end
        frame.count -= 2
        if frame.count < 2:
            self.stack.pop()
        self.out.append("]]")
        return start + 2

    def _tag(self, start: int, end: int) -> int:
        """A comment, an inclusion tag or an extension tag at `start`; returns where to go on."""
        text = self.text
        if text.startswith("<!--", start):
            return self._comment(start)
        name = text[start + 1 : end].lower()
        close = text.find(">", end) if self.may_close_tags else -1
        if close < 0:
            self.may_close_tags = False
            self.out.append(text[start:end])
            return end
        if name.lstrip("/") in ("noinclude", "onlyinclude") or name == "/includeonly":
            if name == "/includeonly":
                self.out.append(text[start : close + 1])
            return close + 1
        attributes = text[end:close]
        if attributes.endswith("/"):
            self.out.append(extension_text(name, attributes[:-1], None, self.state))
            return close + 1
        found = None
        if name not in self.never_closed:
            found = re.compile(f"</{name}\\s*>", re.IGNORECASE).search(text, close + 1)
        if found is None:
            if name == "includeonly":
                return len(text)
            self.never_closed.add(name)
            self.out.append(text[start : close + 1])
            return close + 1
        inner = text[close + 1 : found.start()]
        if name == "poem":
            inner = preprocess(inner, self.state).replace("|", marks.PIPE)  # no poem is closed in it: never deeper
        if name != "includeonly":
            self.out.append(extension_text(name, attributes, inner, self.state))
        return found.end()

    def _comment(self, start: int) -> int:
        """Skips comments that follow each other; a line that had nothing else goes with them."""
        text = self.text
        close = text.find("-->", start + 4)
        if close < 0:
            return len(text)
        before = start
        while before > 0 and text[before - 1] in " \t":
            before -= 1
        if before > 0 and text[before - 1] == "\n":
            after = _AFTER_COMMENT.match(text, close + 3)
            assert after is not None
            end = after.end()
            if text[end : end + 1] == "\n":
                if before < start and self.out:
                    self.out[-1] = self.out[-1].rstrip(" \t")
                return end + 1
        return close + 3


def preprocess(text: str, state: PageState) -> str:
    """Flat wikitext: no comments, no templates, no extension tags.

    Raises PageTooComplex beyond the bounds of `state.options`.
    """
    if "{{" not in text and "<" not in text and "-{" not in text:
        return text
    return Preprocessor(text, state).run()
