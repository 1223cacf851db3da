"""Templates whose words a pattern cannot say: measures, fractions, quotations, dates in words."""

import re
from collections.abc import Callable

from pipeline.parse.wikitext.numbers import format_number
from pipeline.parse.wikitext.template_patterns import Parameters

_NUMBER = re.compile(r"[-−+]?[0-9][0-9.,/ +]*(?:e-?[0-9]+)?")
_RANGES = {
    **dict.fromkeys(("-", "–"), "–"),
    **dict.fromkeys(("to", "to(-)"), " to "),
    **dict.fromkeys(("and", "and(-)"), " and "),
    **dict.fromkeys(("by", "x", "xx", "×", "*"), " × "),
    **dict.fromkeys(("+/-", "±"), " ± "),
    **{"or": " or ", "+": " + ", ",": ", "},
}
"""Words between two numbers of `{{convert}}`."""
_UNITS = {
    "C": "°C", "F": "°F", "K": "K", "km2": "km²", "m2": "m²", "cm2": "cm²", "mm2": "mm²", "m3": "m³", "km3": "km³",
    "cm3": "cm³", "sqmi": "sq mi", "sqft": "sq ft", "sqm": "m²", "sqkm": "km²", "cuft": "cu ft", "cumi": "cu mi",
    "cuin": "cu in", "cuyd": "cu yd", "kph": "km/h", "km/h": "km/h", "mi": "mi", "foot": "feet", "inch": "inches",
    "mile": "miles", "metre": "metres", "meter": "meters", "kilometre": "kilometres",
    "pound": "pounds", "acre": "acres",
}  # fmt: skip
"""Unit codes of `{{convert}}` that are not written as they are shown."""


def convert(given: Parameters, lang: str) -> str:
    """The measure as the author gave it, without the conversion.

    >>> convert({"1": "12345", "2": "km2", "3": "sqmi"}, "en")
    '12,345 km²'
    >>> convert({"1": "5", "2": "ft", "3": "10", "4": "in", "5": "m"}, "en")
    '5 ft 10 in'
    >>> convert({"1": "3", "2": "to", "3": "4", "4": "km"}, "en")
    '3 to 4 km'
    """
    values = [given[str(i)] for i in range(1, len(given) + 1) if str(i) in given]
    out: list[str] = []
    position = 0
    while position < len(values) and _NUMBER.fullmatch(values[position]):
        out.append(format_number(values[position], lang))
        following = values[position + 1] if position + 1 < len(values) else ""
        if following in _RANGES:
            out.append(_RANGES[following])
            position += 2
            continue
        if following:
            out.append(f" {_UNITS.get(following, following)}")
        if following not in ("ft", "st", "lb", "mi", "yd", "foot", "pound") or not _pair_follows(values, position + 2):
            break
        out.append(" ")
        position += 2
    return "".join(out)


def _pair_follows(values: list[str], position: int) -> bool:
    """Whether `10|in` follows, as in five feet ten."""
    pair = values[position : position + 2]
    return (
        len(pair) == 2 and bool(_NUMBER.fullmatch(pair[0])) and pair[1] in ("in", "lb", "oz", "yd", "ft", "ch", "inch")
    )


def fraction(given: Parameters, lang: str) -> str:
    """`{{frac|1|2}}`, `{{frac|3|1|2}}`, `{{frac|2}}`.

    >>> [fraction(x, "en") for x in ({"1": "1", "2": "2"}, {"1": "3", "2": "1", "3": "2"}, {"1": "2"})]
    ['1/2', '3 1/2', '1/2']
    """
    values = [given[key] for key in ("1", "2", "3") if given.get(key)]
    if len(values) == 3:
        return f"{values[0]} {values[1]}/{values[2]}"
    return "/".join(values if len(values) == 2 else ["1", *values])


def quote(given: Parameters, lang: str) -> str:
    """A quotation as a block of its own; who said it is no part of the quotation."""
    for key in ("text", "quote", "1", "Text", "texto", "testo", "texte"):
        value = given.get(key, "")
        if value:
            return f"<blockquote>\n{value}\n</blockquote>"
    return ""


def words(given: Parameters, lang: str) -> str:
    """The positional parameters with spaces between them (`{{date|1|janvier|2000}}`).

    >>> words({"1": "1", "2": "janvier", "3": "2000"}, "fr"), words({"1": "1879年", "2": "3月14日"}, "zh")
    ('1 janvier 2000', '1879年3月14日')
    """
    separator = "" if lang in ("zh", "ja") else " "
    return separator.join(value for key, value in given.items() if key.isdecimal() and value)


def as_of(given: Parameters, lang: str) -> str:
    """`{{As of|2010|5|lc=y}}`.

    >>> as_of({"1": "2010", "lc": "y"}, "en"), as_of({"1": "2010", "since": "y"}, "en")
    ('as of 2010', 'Since 2010')
    """
    date = "-".join(given[key] for key in ("1", "2", "3") if given.get(key))
    phrase = ("Since " if given.get("since") else "As of ") + date
    return phrase[0].lower() + phrase[1:] if given.get("lc") else phrase


def chinese(given: Parameters, lang: str) -> str:
    """The names that `{{zh|t=…|s=…|p=…}}` lists.

    >>> chinese({"c": "北京", "p": "Běijīng", "labels": "no"}, "en")
    '北京; Běijīng'
    """
    shown = [given[key] for key in ("c", "s", "t", "p", "tp", "w", "j", "poj", "l") if given.get(key)]
    return "; ".join(dict.fromkeys(shown))


def music(given: Parameters, lang: str) -> str:
    """Signs of music notation.

    >>> music({"1": "flat"}, "en"), music({"1": "time", "2": "3", "3": "4"}, "en")
    ('♭', '3/4')
    """
    signs = {"flat": "♭", "b": "♭", "sharp": "♯", "#": "♯", "natural": "♮"}
    name = given.get("1", "")
    if name == "time":
        return f"{given.get('2', '')}/{given.get('3', '')}"
    return signs.get(name, "")


FUNCTIONS: dict[str, Callable[[Parameters, str], str]] = {
    "!convert": convert,
    "!fraction": fraction,
    "!quote": quote,
    "!words": words,
    "!as_of": as_of,
    "!chinese": chinese,
    "!music": music,
}
"""What a pattern that begins with `!` names."""
