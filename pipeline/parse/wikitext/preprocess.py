"""First pass: comments, extension tags, templates and parser functions, as MediaWiki's preprocessor matches them.

The result is flat wikitext: templates are gone or replaced by their words, comments are gone with their line if they
had it alone, extension tags are marks (`pipeline.parse.wikitext.marks`). Brackets are matched by one stack as in
MediaWiki (a `}}` inside an open `[[` closes nothing), and what stays open is text. Links outside of templates need no
event.
"""

import functools
import re

from pipeline.parse.wikitext import marks, scanner
from pipeline.parse.wikitext.brackets import Brackets
from pipeline.parse.wikitext.extension_tags import extension_text
from pipeline.parse.wikitext.state import PageState

_AFTER_COMMENT = re.compile(r"[ \t]*(?:<!--.*?-->[ \t]*)*", re.DOTALL)


class Preprocessor(Brackets):
    """One run over one page's wikitext."""

    def __init__(self, text: str, state: PageState) -> None:
        super().__init__(state)
        self.text = text
        self.variants = bool(state.rules.site.variants)
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
        parts = self.parts = scanner.current.split_markup(self.text, self.variants)
        out.append(parts[0])
        dropped = self.dropped
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
                    words = self.words(inner, self._begins_line(index))
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
        text = "".join(out)
        return text.replace(marks.PIPE, "|") if marks.PIPE in text else text

    def _begins_line(self, index: int) -> bool:
        """Whether an event that was found at once begins a line."""
        before = self.parts[index - 1]
        return before[-1] == "\n" if before else index == 1

    def _place(self, index: int) -> int:
        """Where in the text a part begins; it is not asked for parts before."""
        self.start += sum(map(len, self.parts[self.start_of : index]))
        self.start_of = index
        return self.start

    def _read_event(self, index: int) -> int:
        """Reads an event that was found at once, and what stands behind it; returns the part to go on with."""
        state = self.state
        state.spend(1)
        event = self.parts[index]
        if event[0] == "{" and not self.variants:
            self.open("{", len(event), event, self._begins_line(index))
            return self._read_parts(index)
        start = self._place(index)
        end = start + len(event)
        if event[0] == "<":
            position = self._tag(start, end)
        else:
            self._open(event[0], len(event), start, event)
            position = self._read(end, end)
        return self._go_on(index, end, position)

    def _go_on(self, index: int, end: int, position: int) -> int:
        """Goes on at `position`, behind the event that ends at `end`; returns the next event. No bracket is open."""
        parts = self.parts
        while position > end + len(parts[index + 1]):
            start = end + len(parts[index + 1])
            index += 2
            end = start + len(parts[index])
            if position < end:  # an event that began before: others may stand in what is left of it
                position = self._read(position, end)
        self.out.append(self.text[position : end + len(parts[index + 1])])
        return index + 2

    def _read_parts(self, index: int) -> int:
        """Reads on behind an opening event up to where all is closed again; returns the next event.

        Inside of brackets there are the same events as outside, and between them only brackets.
        """
        parts, out, stack, state = self.parts, self.out, self.stack, self.state
        part = parts[index + 1]
        while True:
            self.read_inside(part)
            index += 2
            if not stack or index >= len(parts):
                return index
            state.spend(1)
            event, part = parts[index], parts[index + 1]
            last = event[-1]
            if last == ">":
                state.count("tag_ref")
                out.append(marks.NOTHING)
            elif last == "}":
                out.append(self.words(event[2:-2], self._begins_line(index)))
            elif last == "{":
                self.open("{", len(event), event, self._begins_line(index))
            else:
                end = self._place(index) + len(event)
                position = self._tag(end - len(event), end)
                while position > end + len(parts[index + 1]):
                    end += len(parts[index + 1]) + len(parts[index + 2])
                    index += 2
                if position < end:  # see `_go_on`
                    return self._go_on(index, end, self._read(position, end))
                part = parts[index + 1][position - end :]

    def _read(self, position: int, until: int) -> int:
        """Reads event by event up to the first place at `until` or later where no bracket is open; returns it."""
        text, out, stack, state = self.text, self.out, self.stack, self.state
        variants = self.variants
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
                    out.append(self.words(text[start + 2 : end - 2], self._at_line_start(start)))
                else:
                    self._open("{", end - start, start, text[start:end])
                position = end
            elif char == "}":
                position = self.close_braces(text, start, end) if text[end - 1] == "}" else self.close_variant(start)
            elif char == "[":
                if text[end - 1] == "]":
                    out.append(text[start:end])
                else:
                    self._open("[", end - start, start, text[start:end])
                position = end
            elif char == "]":
                position = self.close_link(text, start, end)
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
        self.open(char, count, literal, self._at_line_start(start))

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
            found = _closing_tag(name).search(text, close + 1)
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


@functools.cache
def _closing_tag(name: str) -> re.Pattern[str]:
    """What closes an extension tag, one of `TAG_NAMES`; it is sought by its first two characters, of no case."""
    return re.compile(f"</(?i:{name})\\s*>")


def preprocess(text: str, state: PageState) -> str:
    """Flat wikitext: no comments, no templates, no extension tags.

    Raises PageTooComplex beyond the bounds of `state.options`.
    """
    if "<" not in text and ("{" not in text or ("{{" not in text and "-{" not in text)):
        return text  # a single character is found far sooner than two
    return Preprocessor(text, state).run()
