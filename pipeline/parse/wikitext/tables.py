"""Second pass: wiki tables go as a whole; they are no prose."""

import re

from pipeline.parse.wikitext import marks
from pipeline.parse.wikitext.state import PageState

_INDENT = re.compile(r"[^\S\n]*:*[^\S\n]*")
"""What may stand before a `{|` on its line."""
_OPEN = re.compile(r"^[^\S\n]*:*[^\S\n]*\{\|.*", re.MULTILINE)


def cut_tables(text: str, state: PageState) -> str:
    r"""The text with each `{| … |}` as one block mark; one that never closes stays open (to an HTML `</table>`).

    What follows `|}` on its line stays.

    >>> from pipeline.languages.site import bundled_site
    >>> from pipeline.parse.wikitext.model import WikitextOptions
    >>> from pipeline.parse.wikitext.state import PageState, rules_of
    >>> state = PageState("T", rules_of(bundled_site("en")), WikitextOptions())
    >>> cut_tables("a\n{|\n| [[b]]\n|} c", state), state.counts["links_in_tables"]
    ('a\n\x01G c', 1)
    """
    if "{" not in text or "{|" not in text:  # a single character is found far sooner, and hardly any text has it now
        return text
    out: list[str] = []
    depth = 0
    position = start = 0
    for line, end, opens in _edges(text):
        if opens:
            if depth == 0:
                start = line
            depth += 1
        elif depth:
            depth -= 1
            if depth == 0:
                out += (text[position:start], marks.BOX)
                state.count("tables")
                state.count("links_in_tables", text.count("[[", start, end))
                position = end
    if depth:
        out.append(text[position:start])
        out.append(_OPEN.sub(marks.BLOCK + "T", text[start:]))
        state.count("tables_unclosed")
    else:
        out.append(text[position:])
    return "".join(out)


def _edges(text: str) -> list[tuple[int, int, bool]]:
    r"""Each `{|` and `|}` that begins its line: where the line begins, where the mark ends, whether it opens.

    Found by their marks, as a search for beginnings of lines stops at every character.

    >>> _edges("{|\n| a {| b\n|}\n :{|")
    [(0, 2, True), (12, 14, False), (15, 19, True)]
    """
    edges = []
    opening = text.find("{|")
    closing = _closing(text, opening)
    known = 0  # all edges before are found, none of them ends a line
    while opening >= 0 or closing >= 0:
        opens = closing < 0 or 0 <= opening < closing
        mark = opening if opens else closing
        line = text.rfind("\n", known, mark) + 1
        if line > 0 or known == 0:
            indent = text[line:mark]
            if not indent or (_INDENT.fullmatch(indent) if opens else indent.isspace()):
                edges.append((line, mark + 2, opens))
        known = mark + 1
        if opens:
            opening = text.find("{|", mark + 1)
        else:
            closing = _closing(text, mark + 1)
    return edges


def _closing(text: str, start: int) -> int:
    """Where the next `|}` stands at or after `start`, -1 if nowhere; sought by its brace, which is rarer than bars."""
    brace = text.find("}", start + 1)
    while brace >= 0 and text[brace - 1] != "|":
        brace = text.find("}", brace + 1)
    return brace - 1 if brace >= 0 else -1
