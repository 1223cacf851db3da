"""The scanner in Python: where markup begins and ends, what `_scanner.c` finds in C, in the same words.

It is what runs where no compiler was, and what the native part is tested against. Running text is in `text_pure`, the
search for names in `names_pure`.
"""

import re

from pipeline.parse.wikitext.tag_names import TAG_NAMES
from pipeline.parse.wikitext.titles import PLAIN_CHARS, PLAIN_TITLE

Piece = tuple[str | None, str | None, int, str]
"""What follows a `[[`: target, label, what kind it is, and the text up to the next `[[`.

The kind is `ROUGH`, where the label has markup or line ends, plus `PLAIN`, where the target is a title as it stands
(`titles.PLAIN_TITLE`). Target and label are None where no link is closed; the whole is then the last.
"""

ROUGH, PLAIN = 1, 2

_TAG = r"<(?:!--|(?ai:" + "|".join(sorted(TAG_NAMES, key=len, reverse=True)) + r")(?=[\s/>]))"
_SIMPLE = r"\{\{(?!\{)[^{}\[\]<]*+\}\}(?!\})"
_REFERENCE = r"<(?ai:ref)(?=[\s/>])[^<>]*+(?:(?<=/)>|(?<!/)>[^<]*+</(?ai:ref)\s*>)"
_LINK = r"\[\[(?!\[)[^\[\]{}<]*+\]\](?!\])"
_OUTSIDE = rf"{_SIMPLE}|{_REFERENCE}|\{{\{{+|{_TAG}"
_INSIDE = rf"{_SIMPLE}|{_REFERENCE}|{_LINK}|\{{\{{+|\}}\}}+|\[\[+|\]\]+|{_TAG}"
_MARKUP = {
    (False, False): re.compile(_OUTSIDE),
    (True, False): re.compile(_INSIDE),
    (False, True): re.compile(r"-\{(?!\{)|" + _OUTSIDE),
    (True, True): re.compile(r"-\{(?!\{)|\}-|" + _INSIDE),
}

LINK_TITLE = r"([^\x00-\x07\x09-\x1f\x7f<>\[\]{}|]++)"
"""Group of the characters that a link target is written with."""
_LINK_PIECE = re.compile(rf"{LINK_TITLE}(?:\|(.+?))?\]\]", re.DOTALL)
_PLAIN_LINK = re.compile(
    rf"\[\[(?=[^\[\]|]{{1,{PLAIN_CHARS}}}(?:\||\]\]))({PLAIN_TITLE.pattern})"
    "(?:\\|((?:[^\\[\n\x01']|'(?!'))(?:[^\\[\\]\n\x01']|'(?!')|\\](?!\\]))*+))?\\]\\]"
)
"""A link that is closed, with a plain title and a label without markup; a first `]` closes nothing."""
_ROUGH = re.compile("''|[\\[\n\x01]")


def find_markup(text: str, position: int, inside: bool, variants: bool) -> tuple[int, int] | None:
    """Start and end of the next event of the first pass at or after `position`; None where there is none.

    Events: a template or reference without anything inside, a run of two or more opening braces, the beginning of a
    comment or of a tag of `TAG_NAMES`; `inside` of brackets also a plain link and runs of closing braces and of square
    brackets; with `variants` also `-{` and (inside) `}-`.

    >>> find_markup("see {{a|b}}", 0, False, False), find_markup("[[a]]", 0, False, False)
    ((4, 11), None)
    """
    found = _MARKUP[inside, variants].search(text, position)
    return None if found is None else found.span()


def mark_links(
    text: str, position: int, capitals: str, no_trail: str | None
) -> tuple[str, list[tuple[str, str | None]], Piece | None, int]:
    r"""The text from `position` up to the first link that needs thought, the targets in it, that piece, and its end.

    A link needs no thought whose target is a title as it stands, with a first letter of ASCII that has its capital in
    `capitals` (128 characters, NUL for none; or no character: no link), whose surface has no markup, and behind which
    stands one of `no_trail` (None: what may be). It becomes its surface between marks, its target (title, no fragment).
    The piece is None where the text ends.

    >>> capitals = "".join(chr(code).upper() for code in range(128))
    >>> mark_links("a [[B]], [[c|C]] [[d|''e''f]]g [[H", 0, capitals, ", ")
    ('a \x02B\x03, \x02C\x03 ', [('B', None), ('C', None)], ('d', "''e''f", 3, 'g '), 31)
    >>> mark_links("a [[B]], [[c|C]] [[d|''e''f]]g [[H", 31, capitals, ", ")
    ('', [], (None, None, 0, 'H'), 34)
    """
    out: list[str] = []
    targets: list[tuple[str, str | None]] = []
    size = len(text)
    opening = text.find("[[", position)
    while opening >= 0:
        found = _PLAIN_LINK.match(text, opening) if capitals else None
        if found is None:
            break
        raw, label = found.groups()
        end = found.end()
        first = raw[0]
        capital = capitals[ord(first)] if first < "\x80" else "\0"
        if capital == "\0" or (label is None and "''" in raw):
            break
        if no_trail is not None and end < size and text[end] not in no_trail and not text.startswith("[[", end):
            break
        targets.append((raw if capital == first else capital + raw[1:], None))
        out += (text[position:opening], "\x02", raw if label is None else label, "\x03")
        position = end
        opening = text.find("[[", end)
    if opening < 0:
        out.append(text[position:])
        return "".join(out), targets, None, size
    out.append(text[position:opening])
    start = opening + 2
    opening = text.find("[[", start)
    end = opening if opening >= 0 else size
    return "".join(out), targets, _piece(text[start:end]), end


def _piece(line: str) -> Piece:
    """What stands from a `[[` to the next one."""
    found = _LINK_PIECE.match(line)
    if found is None:
        return None, None, 0, line
    raw, label = found.groups()
    kind = PLAIN if len(raw) <= PLAIN_CHARS and PLAIN_TITLE.fullmatch(raw) is not None else 0
    if label is not None and _ROUGH.search(label) is not None:
        kind += ROUGH
    return raw, label, kind, line[found.end() :]
