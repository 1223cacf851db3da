"""Second pass: wiki tables go as a whole; they are no prose."""

import re

from pipeline.parse.wikitext import marks
from pipeline.parse.wikitext.state import PageState

_LINE = re.compile(r"^[^\S\n]*(?::*[^\S\n]*(\{\|)|\|\})", re.MULTILINE)
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
    if "{|" not in text:
        return text
    out: list[str] = []
    depth = 0
    position = start = 0
    for found in _LINE.finditer(text):
        if found[1]:
            if depth == 0:
                start = found.start()
            depth += 1
        elif depth:
            depth -= 1
            if depth == 0:
                out += (text[position:start], marks.BOX)
                state.counts["tables"] += 1
                state.counts["links_in_tables"] += text.count("[[", start, found.end())
                position = found.end()
    if depth:
        out.append(text[position:start])
        out.append(_OPEN.sub(marks.BLOCK + "T", text[start:]))
        state.counts["tables_unclosed"] += 1
    else:
        out.append(text[position:])
    return "".join(out)
