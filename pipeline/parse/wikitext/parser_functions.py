"""Parser functions and variables that need no wiki: `{{formatnum:}}`, `{{lc:}}`, `{{#if:}}`, `{{PAGENAME}}`, …"""

from urllib.parse import quote, quote_plus

from pipeline.parse.wikitext.numbers import format_number
from pipeline.parse.wikitext.state import PageState

_EMPTY = frozenset(
    {
        "defaultsort",
        "displaytitle",
        "#invoke",
        "#property",
        "#statements",
        "#tag",
        "#coordinates",
        "#related",
        "#seo",
        "#section",
        "#lst",
        "#lsth",
        "#lstx",
        "int",
    }
)
"""Functions whose value is not text here, or lies in a wiki or in Lua."""
_ADDRESSES = {
    **dict.fromkeys(("fullurl", "fullurle", "canonicalurl", "canonicalurle"), "https://wiki/"),
    **dict.fromkeys(("localurl", "localurle"), "/wiki/"),
}
"""Functions that make an address, and how it begins: it only matters that it is one."""


def evaluate_function(name: str, arguments: list[str], state: PageState) -> str | None:
    """The value of a parser function or variable; None where `name` is neither (so it is a template).

    `name` is what stands before the first bar: `lc:ABC`, `#if: x`, `PAGENAME`.
    """
    word, colon, first = name.partition(":")
    word = word.strip()
    if not colon:
        return _variable(state.rules.site.functions.get(word.lower(), word.lower()), word, state)
    is_hash = word.startswith("#")
    english = state.rules.site.functions.get(word.lower().lstrip("#"), word.lower().lstrip("#"))
    values = [first.strip(), *arguments]
    if is_hash:
        return _conditional(english, values, state)
    return _text_function(english, values, state)


def _variable(english: str, word: str, state: PageState) -> str | None:
    if word == "=":
        return "="
    if not word.isupper():
        return None
    if english in ("pagename", "fullpagename", "pagenamee", "fullpagenamee"):
        return state.title
    if english == "basepagename":
        return state.title.rpartition("/")[0] or state.title
    if english == "subpagename":
        return state.title.rpartition("/")[2]
    if english in ("sitename", "server", "servername"):
        host = f"{state.rules.site.lang}.wikipedia.org"
        return {"sitename": "Wikipedia", "server": f"//{host}", "servername": host}[english]
    if english in ("namespace", "namespacenumber") or word.startswith(("CURRENT", "LOCAL", "NUMBEROF", "REVISION")):
        return ""
    return None


def _text_function(english: str, values: list[str], state: PageState) -> str | None:
    value = values[0]
    if english == "lc":
        return value.lower()
    if english == "uc":
        return value.upper()
    if english == "lcfirst":
        return value[:1].lower() + value[1:]
    if english == "ucfirst":
        return value[:1].upper() + value[1:]
    if english == "formatnum":
        return _formatnum(value, [argument.strip() for argument in values[1:]], state.rules.site.lang)
    if english == "plural":
        rest = values[1:] or [""]
        return (rest[0] if value.strip() in ("1", "-1") else rest[-1]).strip()
    if english in ("padleft", "padright"):
        return _pad(value, values, left=english == "padleft")
    if english == "grammar":
        return values[1].strip() if len(values) > 1 else ""
    if english == "gender":
        return values[1].strip() if len(values) > 1 else ""
    if english == "urlencode":
        return quote_plus(value)
    if english in _ADDRESSES:
        query = f"?{quote_plus(values[1].strip(), safe='=&')}" if len(values) > 1 else ""
        return f"{_ADDRESSES[english]}{quote(value.replace(' ', '_'))}{query}"
    return "" if english in _EMPTY else None


def _pad(value: str, values: list[str], *, left: bool) -> str:
    digits = values[1].strip() if len(values) > 1 else ""
    width = min(int(digits), 500) if digits.isdecimal() else 0
    fill = values[2] if len(values) > 2 and values[2] else "0"
    padding = (fill * width)[: max(0, width - len(value))]
    return padding + value if left else value + padding


def _formatnum(value: str, flags: list[str], lang: str) -> str:
    """`{{formatnum:x}}`, `{{formatnum:x|R}}` (back to digits), `{{formatnum:x|NOSEP}}`.

    >>> _formatnum("12345.6", [], "de"), _formatnum("12,345", ["R"], "en"), _formatnum("12345", ["NOSEP"], "en")
    ('12.345,6', '12345', '12345')
    """
    if "R" in flags:
        return value.replace(",", "")
    return value if "NOSEP" in flags else format_number(value, lang)


def _conditional(english: str, values: list[str], state: PageState) -> str | None:
    def pick(index: int) -> str:
        return values[index].strip() if len(values) > index else ""

    if english == "if":
        return pick(1) if values[0].strip() else pick(2)
    if english == "ifeq":
        return pick(2) if values[0].strip() == pick(1) else pick(3)
    if english == "switch":
        return _switch(values)
    if english == "iferror":
        return pick(2) if 'class="error"' in values[0] else values[0].strip()
    if english in ("ifexist", "ifexpr"):
        return pick(2)
    return ""


def _switch(values: list[str]) -> str:
    """`{{#switch:x|a|b=1|#default=2}}`: cases fall through to the next value."""
    wanted = values[0].strip()
    matched = False
    default: str | None = None
    last = ""
    for position, case in enumerate(values[1:], 1):
        key, equals, value = case.partition("=")
        key = key.strip()
        if equals:
            if matched or key == wanted:
                return value.strip()
            if key.lower() == "#default":
                default = value.strip()
        else:
            if key == wanted:
                matched = True
            last = key if position == len(values) - 1 else ""
    return last or default or ""
