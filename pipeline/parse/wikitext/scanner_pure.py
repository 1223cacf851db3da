"""The scanner in Python: where markup begins and ends, what `_scanner.c` finds in C, in the same words.

It is what runs where no compiler was, and what the native part is tested against.
"""

import re
from collections.abc import Sequence

from pipeline.parse.wikitext import marks
from pipeline.parse.wikitext.tag_names import TAG_NAMES
from pipeline.parse.wikitext.titles import PLAIN_CHARS, PLAIN_TITLE
from pipeline.records import Link, new_row

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

_SPACES = re.compile("  +")
_SPACE_AFTER_START = re.compile("\x02( +)")
_SPACE_BEFORE_END = re.compile("( +)\x03")
_NOT_IN_PAIRS = "link marks are not in pairs, or more than their targets"

_WORD = re.compile(r"[^\x00-@\[-`a-z{-\x7f\W]\w*")
"""What begins with a capital or a letter beyond ASCII, to the end of its word: the same in a name and around it."""
_JOINS_BEFORE = frozenset("_'’-")
_JOINS_AFTER = frozenset("_-")
_GAP = "\n"
"""Stands for each character of a link in the text that is searched; no name has one."""
_FEW_NAMES = 40
"""So many names are looked for one by one; of more, first those whose words with a capital are all in the text."""


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


def running_text(text: str, targets: list[tuple[str, str | None]], first: int) -> tuple[str, tuple[Link, ...], int]:
    r"""The text of a block with single spaces and no marks, its links, and the index of the next block's first target.

    A link with an empty surface is left out. `targets[first]` is (title, fragment) of the text's first link. Spaces at
    the ends of a link go out of it; at the ends of the text they are gone, and so are no-break spaces. Raises
    ValueError where link marks are not in pairs, or more than their targets.

    >>> running_text("a\x06  b\tc \x02 d \x03e\x02\x03", [("D", None), ("E", None)], 0)
    ('a b c d e', (Link(start=6, end=7, target='D', fragment=None),), 2)
    """
    shown = text.replace("\x02", "").replace("\x03", "") if "\x02" in text else text
    tidy = shown.isprintable() and "  " not in shown
    if tidy and shown is text:
        return text.strip(" \u00a0"), (), first
    if not tidy:
        text = marks.clean_marks(text).replace("\t", " ").replace("\n", " ")
    if "\x02 " in text:
        text = _SPACE_AFTER_START.sub("\\1\x02", text)
    if " \x03" in text:
        text = _SPACE_BEFORE_END.sub("\x03\\1", text)
    following = first + text.count("\x02")
    own = targets[first:following]
    if "\x02\x03" in text:
        own = _without_empty(own, text)
        text = text.replace("\x02\x03", "")
    if not tidy:
        text = _SPACES.sub(" ", text)
    before, *pieces = text.strip(" \u00a0").split("\x02")
    if "\x03" in before or len(pieces) != len(own):
        raise ValueError(_NOT_IN_PAIRS)
    out = [before]
    links = []
    position = len(before)
    for piece, (title, fragment) in zip(pieces, own, strict=True):
        surface, mark, rest = piece.partition("\x03")
        if not mark or "\x03" in rest:
            raise ValueError(_NOT_IN_PAIRS)
        end = position + len(surface)
        links.append(new_row(Link, (position, end, title, fragment)))
        out += (surface, rest)
        position = end + len(rest)
    return "".join(out), tuple(links), following


def _without_empty(targets: list[tuple[str, str | None]], text: str) -> list[tuple[str, str | None]]:
    """The targets of the text's links that have a surface."""
    pieces = text.split("\x02")[1:]
    if len(pieces) != len(targets) or any(piece.count("\x03") != 1 for piece in pieces):
        raise ValueError(_NOT_IN_PAIRS)
    return [target for target, piece in zip(targets, pieces, strict=True) if not piece.startswith("\x03")]


def find_names(
    texts: Sequence[str], links: Sequence[Sequence[Link]], names: Sequence[str], anywhere: int
) -> list[tuple[int, int, int]]:
    """(index of the text, start, index of the name) of every name at every place outside of links, in this order.

    Names have two characters or more and are one line; the links of a text are in order and lie apart. The names before
    index `anywhere` must stand as themselves: no letter, digit, apostrophe or hyphen before them, no letter, digit or
    hyphen behind them; the end of a link is as good as the end of the text.

    >>> find_names(["aaa bb, b"], [[]], ["aaa", "bb", "aa"], 2)
    [(0, 0, 0), (0, 0, 2), (0, 1, 2), (0, 4, 1)]
    >>> find_names(["bb bbb", "bb"], [[Link(0, 2, "T", None), Link(3, 4, "T", None)], []], ["bb"], 1)
    [(0, 4, 0), (1, 0, 0)]
    """
    if not names:
        return []
    starts, text = _blotted(texts, links)
    wanted = list(enumerate(names))
    if anywhere > _FEW_NAMES:
        known = set(_WORD.findall(text)).issuperset
        wanted = [(index, name) for index, name in wanted if index >= anywhere or known(_WORD.findall(name))]
    found = []
    for index, name in wanted:
        start = text.find(name)
        while start >= 0:
            if index >= anywhere or _stands_alone(text, start, start + len(name)):
                found.append((start, index))
            start = text.find(name, start + 1)
    found.sort()
    where = 0
    placed = []
    for start, index in found:
        while starts[where + 1] <= start:
            where += 1
        placed.append((where, start - starts[where], index))
    return placed


def _blotted(texts: Sequence[str], links: Sequence[Sequence[Link]]) -> tuple[list[int], str]:
    """All texts with gaps between them and each link blotted out; where each begins, and where they end."""
    starts = [0]
    pieces: list[str] = []
    total = 0
    for text, own in zip(texts, links, strict=True):
        total += len(text) + 1
        starts.append(total)
        if not own:
            pieces += (text, _GAP)
            continue
        position = 0
        for start, end, _, _ in own:
            pieces += (text[position:start], _GAP * (end - start))
            position = end
        pieces += (text[position:], _GAP)
    return starts, "".join(pieces)


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Whether a part of the text is no part of a longer word."""
    before, after = text[start - 1 : start] if start else "", text[end : end + 1]
    return not (before.isalnum() or after.isalnum() or before in _JOINS_BEFORE or after in _JOINS_AFTER)
