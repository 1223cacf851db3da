"""Numbers as a wiki writes them (MediaWiki's `separatorTransformTable`, `digitTransformTable`)."""

import functools
import re

from pipeline.languages.site_data import language_facts

_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?|-?\.[0-9]+")
_POINT_COMMA = frozenset(
    """de nl id da el tr hr sl sr bs sh ro ca gl vi is mk eu fo lb nds li sq
    ast jv su ms fy wa oc lmo scn pms vec""".split()
)
"""Groups by a point, decimals by a comma."""
_SPACE_COMMA = frozenset(
    """fr ru uk be be-tarask bg cs sk pl fi sv nb nn no et lv lt hu eo ky kk uz tt ba cv os hy ka it es pt af br frr se
    sah tg tk mn udm mhr bxr ce av crh rue szl hsb dsb csb ltg sgs""".split()
)
"""Groups by a no-break space, decimals by a comma."""
_FOUR_TOGETHER = frozenset({"es", "pl", "pt", "bg", "be", "ka", "hu"})
"""Numbers of four digits have no groups (`minimumGroupingDigits` 2)."""
_ZERO: dict[str, str] = {
    **dict.fromkeys(("fa", "azb", "mzn", "glk"), "۰"),
    **dict.fromkeys(("mr", "ne", "new", "sa"), "०"),
    **dict.fromkeys(("bn", "as"), "০"),
    **dict.fromkeys(("bo", "dz"), "༠"),
    **{"ckb": "٠", "my": "၀", "km": "០"},
}
"""Languages with digits of their own, by their zero."""


@functools.lru_cache(maxsize=64)
def _style(lang: str) -> str:
    """The language whose signs apply: itself or the first of its fallbacks that has some."""
    code, facts, _ = language_facts(lang)
    candidates: list[str] = [lang, code, *facts.get("fallbacks", [])]
    for candidate in candidates:
        if candidate in _POINT_COMMA or candidate in _SPACE_COMMA or candidate == "en":
            return candidate
    return "en"


def format_number(value: str, lang: str) -> str:
    """A number with the language's signs; what is no number stays as it is.

    >>> format_number("12345.6", "en"), format_number("12345.6", "de"), format_number("about 3", "en")
    ('12,345.6', '12.345,6', 'about 3')
    >>> format_number("1000000", "it") == "1\u00a0000\u00a0000", format_number("1999", "es")
    (True, '1999')
    >>> format_number("2021", "fa")
    '۲٬۰۲۱'
    """
    number = value.strip()
    if not _NUMBER.fullmatch(number):
        return value
    style = _style(lang)
    group, point = (".", ",") if style in _POINT_COMMA else ("\u00a0", ",") if style in _SPACE_COMMA else (",", ".")
    sign = "−" if number.startswith("-") else ""
    whole, dot, fraction = number.lstrip("-").partition(".")
    if whole.isdecimal() and (len(whole) > 4 or style not in _FOUR_TOGETHER):
        whole = _grouped(whole, group)
    text = sign + whole + (point + fraction if dot else "")
    zero = _ZERO.get(lang)
    if zero:
        text = text.replace(",", "٬" if zero in "۰٠" else ",").replace(".", "٫" if zero in "۰٠" else ".")
        text = "".join(chr(ord(zero) + int(char)) if "0" <= char <= "9" else char for char in text)
    return text


def _grouped(digits: str, sign: str) -> str:
    head = len(digits) % 3
    groups = ([digits[:head]] if head else []) + [digits[i : i + 3] for i in range(head, len(digits), 3)]
    return sign.join(groups)
