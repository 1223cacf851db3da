"""External links in brackets: `[http://x text]` is its text, `[http://x]` is a number and so nothing."""

import re

from pipeline.parse.wikitext.targets import WITH_HOST, WITHOUT_HOST

_SCHEMES = "|".join(
    ("//", *(f"{name}://" for name in sorted(WITH_HOST)), *(f"{name}:" for name in sorted(WITHOUT_HOST)))
)
_URL_CHAR = '[^\\[\\]<>"\x00-\x20\x7f\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000\ufffd]'
_SPACE = " \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_BRACKETED = re.compile(
    rf"\[(?i:{_SCHEMES})(?:\[[0-9A-Fa-f:.]+\])?{_URL_CHAR}*+[{_SPACE}]*+([^\]\n]*+)\]",
)
"""Only the schemes are without case: with all of it the search would stop at every character."""


def strip_external_links(text: str) -> str:
    """The text with bracketed external links as their labels; bare addresses stay text.

    >>> strip_external_links("a [http://x.org the site] b [//x.org] c [x] http://y.org")
    'a the site b  c [x] http://y.org'
    """
    if "]" not in text:
        return text
    if "\n" in text:
        return "\n".join(_in_line(line) if "[" in line else line for line in text.split("\n"))
    return _in_line(text)


def _in_line(line: str) -> str:
    """One line; what is behind its last bracket need not be read (linear time for lines of open brackets)."""
    end = line.rfind("]") + 1
    out = []
    position = 0
    for found in _BRACKETED.finditer(line, 0, end):
        out.append(line[position : found.start()])
        out.append(found[1])
        position = found.end()
    out.append(line[position:])
    return "".join(out)
