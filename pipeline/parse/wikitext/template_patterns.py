"""Patterns for the words of templates: `{1}`, `{text|1}`, `{*, }`, `{1#}`, `[ … ]`; see `data/templates.toml`."""

import re

from pipeline.parse.wikitext import marks
from pipeline.parse.wikitext.numbers import format_number

_NAMED = re.compile(r"\s*([^=\[\]{}<>|\x00-\x07\x09-\x1f]{1,60}?)\s*=(.*)", re.DOTALL)
_FIELD = re.compile(r"\{([^{}]*)\}")
_BLANK = " \t\n\u00a0" + marks.DROPPED + marks.NOTHING

Parameters = dict[str, str]
"""Parameter name or position ("1", "2", …) → value without surrounding spaces."""


def parameters(parts: list[str]) -> Parameters:
    """The parameters of a template call; positions count unnamed ones from 1, a later value wins.

    >>> parameters([" de ", "x=y ", "Haus"])
    {'1': 'de', 'x': 'y', '2': 'Haus'}
    """
    found: Parameters = {}
    position = 0
    for part in parts:
        named = _NAMED.fullmatch(part) if "=" in part else None
        if named:
            found[named[1]] = named[2].strip()
        else:
            position += 1
            found[str(position)] = part.strip()
    return found


def expand(pattern: str, given: Parameters, lang: str) -> str:
    """The pattern with the parameters in their places; empty where nothing of it is given.

    >>> expand("{1|2}[ ({2}[, {3}])]", {"1": "Tokyo", "2": "東京"}, "en")
    'Tokyo (東京)'
    >>> expand("[[{1}|{lt|1}]]", {"1": "Rome", "lt": "the city"}, "en")
    '[[Rome|the city]]'
    >>> expand("{*, }", {"1": "a", "2": "b"}, "en"), expand("{1#} km", {"1": "12345"}, "en"), expand("{1} km", {}, "en")
    ('a, b', '12,345 km', '')
    """
    text, complete, _ = _group(pattern, 0, given, lang)
    return text if complete else ""


def _group(pattern: str, start: int, given: Parameters, lang: str) -> tuple[str, bool, int]:
    """The text from `start` to the end of its group, whether all its fields have a value, and where it ends."""
    out: list[str] = []
    complete = True
    position = start
    while position < len(pattern):
        char = pattern[position]
        if pattern.startswith(("[[", "]]"), position):
            out.append(char * 2)
            position += 2
        elif char == "[":
            text, whole, position = _group(pattern, position + 1, given, lang)
            if whole:
                out.append(text)
        elif char == "]":
            return "".join(out), complete, position + 1
        elif char == "{":
            found = _FIELD.match(pattern, position)
            if found is None:
                out.append(char)
                position += 1
                continue
            value = _field(found[1], given, lang)
            complete = complete and bool(value.strip(_BLANK))
            out.append(value)
            position = found.end()
        else:
            out.append(char)
            position += 1
    return "".join(out), complete, position


def _field(names: str, given: Parameters, lang: str) -> str:
    if names.startswith("*"):
        values = [value for key, value in given.items() if key.isdecimal() and value.strip(_BLANK)]
        return names[1:].join(values)
    number = names.endswith("#")
    for name in names.rstrip("#").split("|"):
        value = given.get(name, "")
        if value.strip(_BLANK):
            return format_number(value, lang) if number else value
    return ""
