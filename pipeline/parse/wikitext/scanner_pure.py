"""The scanner in Python: where markup begins and ends, what `_scanner.c` finds in C, in the same words.

It is what runs where no compiler was, and what the native part is tested against. Running text is in `text_pure`, the
search for names in `names_pure`.
"""

import functools
import re
from collections.abc import Iterable

from pipeline.parse.wikitext.tag_names import TAG_NAMES
from pipeline.parse.wikitext.titles import PLAIN_CHAR, PLAIN_CHARS, PLAIN_TITLE

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
_ANGLE = re.compile(f"({_REFERENCE}|{_TAG})")
_BRACES = {
    False: ("{{", re.compile(rf"({_SIMPLE}|\{{\{{+)")),
    True: ("{", re.compile(rf"({_SIMPLE}|\{{\{{+|-\{{(?!\{{))")),
}
"""By `variants`: without what there is none of these events outside of brackets, and the events."""
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
_PLAIN_LABEL = "(?:[^\\[\n\x01']|'(?!'))[^\\[\\]\n\x01']*+(?:(?:'(?!')|\\](?!\\]))[^\\[\\]\n\x01']*+)*+"
"""A label without markup; a first `]` closes nothing."""
_TITLE = re.compile(LINK_TITLE)


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


def split_markup(text: str, variants: bool) -> list[str]:
    """The text in parts: what stands between the events that `find_markup` finds outside, and these, by turns.

    Those that begin with `<` are sought first, then the others between them: an expression that begins with one
    character takes a fifth of the time of one that may begin with several. It comes to the same, as no event that
    begins with a brace has a `<` in it, and what stands within the others is not looked at.

    >>> split_markup("see {{a|b}}<ref>{{c}}</ref> [[a]] {{{d}}}", False)
    ['see ', '{{a|b}}', '', '<ref>{{c}}</ref>', ' [[a]] ', '{{{', 'd}}}']
    """
    angles = _ANGLE.split(text) if "<" in text else [text]
    needed, braces = _BRACES[variants]
    if needed not in text:
        return angles
    parts = []
    between = True
    for part in angles:
        if between and needed in part:
            parts += braces.split(part)
        else:
            parts.append(part)
        between = not between
    return parts


class LinkReader:
    r"""The links of a text, in its order: stretches of those that need no thought, and one by one those that do.

    A link needs no thought whose target is a title as it stands, with a first letter of ASCII that has its capital in
    `capitals` (128 characters, NUL for none; or no character: no link), whose surface has no markup, and behind which
    stands one of `no_trail` (with `[` in it; None: what may). It becomes its surface between marks, and its target is
    (title, no fragment).

    >>> capitals = "".join(chr(code).upper() for code in range(128))
    >>> reader = LinkReader("a [[B]], [[c|C]] [[d|''e''f]]g [[H", capitals, ", [")
    >>> reader.stretch()
    ('a \x02B\x03, \x02C\x03 ', [('B', None), ('C', None)], ('d', "''e''f", 3, 'g '))
    >>> reader.stretch(), reader.stretch()
    (('', [], (None, None, 0, 'H')), ('', [], None))
    """

    def __init__(self, text: str, capitals: str, no_trail: str | None) -> None:
        links, self._capitals = _plain_links(capitals, no_trail)
        self._parts = iter(links.split(text))
        """The text before the first `[[`; then by threes what each `[[` is."""
        self._before = next(self._parts)

    def stretch(self) -> tuple[str, list[tuple[str, str | None]], Piece | None]:
        """The text up to the first link that needs thought, the targets in it, and that piece: None where it ends."""
        parts, capitals = self._parts, self._capitals
        out = [self._before]
        self._before = ""
        targets: list[tuple[str, str | None]] = []
        for title, label, after in zip(parts, parts, parts, strict=True):
            if title is None:
                return "".join(out), targets, _piece(after)
            if "  " in title or (label is None and "''" in title):
                return "".join(out), targets, _piece(f"{title if label is None else f'{title}|{label}'}]]{after}")
            out.append(f"\x02{label or title}\x03{after}")
            first = title[0]
            targets.append((capitals[first] + title[1:] if first in capitals else title, None))
        return "".join(out), targets, None

    def following(self) -> str:
        """The text from the next `[[` up to the one after it, which are not read again; empty where it ends."""
        for title, label, after in zip(self._parts, self._parts, self._parts, strict=True):
            if title is None:
                return f"[[{after}"
            return f"[[{title}]]{after}" if label is None else f"[[{title}|{label}]]{after}"
        return ""


@functools.lru_cache(maxsize=32)
def _plain_links(capitals: str, no_trail: str | None) -> tuple[re.Pattern[str], dict[str, str]]:
    """What parts a text at each `[[`, and the capitals of first letters that are others.

    Its groups are title and label of a link that needs no thought, without it None: then the `[[` alone is taken. Two
    spaces or apostrophes may still be in the title; that is seen faster outside. No `[[` is within a link, so that the
    text is parted where `str.find` would find them.
    """
    known = {chr(code): capital for code, capital in enumerate(capitals) if capital != "\0"}
    first = _one_of([char for char in known if PLAIN_TITLE.fullmatch(char) is not None])
    end = "" if no_trail is None else f"(?![^{re.escape(no_trail)}])"
    title = f"{first}{PLAIN_CHAR}{{,{PLAIN_CHARS - 1}}}+(?<! )"
    pattern = rf"\[\[(?:({title})(?:\|({_PLAIN_LABEL}))?\]\]{end})?"
    return re.compile(pattern), {char: capital for char, capital in known.items() if char != capital}


def _one_of(chars: Iterable[str]) -> str:
    """An expression for one of the characters; for none it matches nothing."""
    return f"[{re.escape(''.join(chars))}]" if chars else "(?!)"


def _piece(line: str) -> Piece:
    """What stands from a `[[` to the next one."""
    close = line.find("]]")
    bar = line.find("|", 0, close) if close > 0 else -1
    if bar >= 0:  # a label has a character, be it a bracket
        close = line.find("]]", bar + 2)
    if close < 0:
        return None, None, 0, line
    raw = line[:close] if bar < 0 else line[:bar]
    plain = len(raw) <= PLAIN_CHARS and PLAIN_TITLE.fullmatch(raw) is not None
    if not plain and _TITLE.fullmatch(raw) is None:
        return None, None, 0, line
    kind = PLAIN if plain else 0
    if bar < 0:
        return raw, None, kind, line[close + 2 :]
    label = line[bar + 1 : close]
    if "''" in label or "\n" in label or "[" in label or "\x01" in label:
        kind += ROUGH
    return raw, label, kind, line[close + 2 :]
