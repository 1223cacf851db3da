"""Patterns for the words of templates: `{1}`, `{text|1}`, `{*, }`, `{1#}`, `[ … ]`; see `data/templates.toml`."""

import functools
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
    text, complete = _words(_parts(pattern), given, lang)
    return text if complete else ""


class _Part:
    """A piece of a pattern: text, a field (names that may give its value, or all positions joined), or a group."""

    __slots__ = ("group", "is_number", "joint", "names", "text")

    def __init__(self, text: str = "") -> None:
        self.text = text
        self.names: list[str] = []
        self.joint: str | None = None
        self.is_number = False
        self.group: list[_Part] | None = None


@functools.lru_cache(maxsize=4096)
def _parts(pattern: str) -> list[_Part]:
    """What a pattern consists of. It ends at a `]` that closes nothing."""
    return _group(pattern, 0)[0]


def _group(pattern: str, start: int) -> tuple[list[_Part], int]:
    """The pieces from `start` to the end of their group, and where that ends."""
    parts: list[_Part] = []
    position = start
    while position < len(pattern):
        char = pattern[position]
        found = _FIELD.match(pattern, position) if char == "{" else None
        if pattern.startswith(("[[", "]]"), position):
            parts.append(_Part(char * 2))
            position += 2
        elif char == "[":
            part = _Part()
            part.group, position = _group(pattern, position + 1)
            parts.append(part)
        elif char == "]":
            return parts, position + 1
        elif found is not None:
            parts.append(_field(found[1]))
            position = found.end()
        else:
            parts.append(_Part(char))
            position += 1
    return parts, position


def _field(names: str) -> _Part:
    part = _Part()
    if names.startswith("*"):
        part.joint = names[1:]
    else:
        part.is_number = names.endswith("#")
        part.names = names.rstrip("#").split("|")
    return part


def _words(parts: list[_Part], given: Parameters, lang: str) -> tuple[str, bool]:
    """The text of the pieces, and whether all fields of theirs have a value."""
    out: list[str] = []
    complete = True
    for part in parts:
        if part.group is not None:
            text, whole = _words(part.group, given, lang)
            if whole:
                out.append(text)
        elif part.names or part.joint is not None:
            value = _value(part, given, lang)
            complete = complete and bool(value.strip(_BLANK))
            out.append(value)
        else:
            out.append(part.text)
    return "".join(out), complete


def _value(part: _Part, given: Parameters, lang: str) -> str:
    if part.joint is not None:
        return part.joint.join([value for key, value in given.items() if key.isdecimal() and value.strip(_BLANK)])
    for name in part.names:
        value = given.get(name, "")
        if value.strip(_BLANK):
            return format_number(value, lang) if part.is_number else value
    return ""
