"""`; term : definition` on one line: where the term ends (MediaWiki's `findColonNoLinks`)."""

import re

_TERM_TOKENS = re.compile("[\x02\x03\x0e\x0f:]|''+|-\\{|\\}-|\\[(?=[a-z]*:?//)|\\]")


def split_term(text: str) -> tuple[str, str | None]:
    """Splits `term : definition` at the first colon outside of links and markup.

    >>> split_term(" Rome : a city"), split_term("http://x.org")
    ((' Rome ', ' a city'), ('http://x.org', None))
    """
    depth = 0
    quoted = linked = False
    for found in _TERM_TOKENS.finditer(text):
        mark = found[0]
        if mark in ("\x02", "\x03"):
            linked = mark == "\x02"
        elif mark in ("\x0e", "[", "-{"):
            depth += 1
        elif mark in ("\x0f", "]", "}-"):
            depth = max(0, depth - 1)
        elif mark != ":":
            quoted = not quoted
        elif depth == 0 and not quoted and not linked and not text.startswith("//", found.end()):
            return text[: found.start()], text[found.end() :]
    return text, None
