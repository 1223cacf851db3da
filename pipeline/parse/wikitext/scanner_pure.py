"""The scanner in Python: where markup begins and ends, what `_scanner.c` finds in C, in the same words.

It is what runs where no compiler was, and what the native part is tested against. Running text is in `text_pure`, the
search for names in `names_pure`.
"""

import functools
import re
from collections.abc import Iterable

from pipeline.parse.wikitext import marks
from pipeline.parse.wikitext.tag_names import TAG_NAMES
from pipeline.parse.wikitext.titles import NO_FIRST, PLAIN_CHAR, PLAIN_CHARS, is_plain

Piece = tuple[str | None, str | None, int, str]
"""What follows a `[[`: target, label, what kind it is, and the text up to the next `[[`.

The kind is `ROUGH`, where the label has markup or line ends, plus `PLAIN`, where the target is a title as it stands
(`titles.PLAIN_TITLE`). Target and label are None where no link is closed; the whole is then the last.
"""

ROUGH, PLAIN = 1, 2


def _any_name(names: Iterable[str]) -> str:
    """An expression for one of the names in any case. Parted by their first letters: few are tried where none is."""
    rests: dict[str, list[str]] = {}
    for name in sorted(names, reverse=True):
        rests.setdefault(name[0], []).append(name[1:])
    return "|".join(f"[{first}{first.upper()}](?ai:{'|'.join(rest)})" for first, rest in rests.items())


_TAG = rf"<(?:!--|(?:{_any_name(TAG_NAMES)})(?=[\s/>]))"
_REFERENCE = r"<(?ai:ref)(?=[\s/>])[^<>]*+(?:(?<=/)>|(?<!/)>[^<]*+</(?ai:ref)\s*>)"
_LINK = r"\[\[(?!\[)[^\[\]{}<]*+\]\](?!\])"
_SIMPLE = r"\{\{(?!\{)[^{}\[\]<]*+(?>(?:" + _LINK + r"[^{}\[\]<]*+)*)\}\}(?!\})"
_ANGLE = re.compile(f"({_REFERENCE}|{_TAG})")
_BRACES = {
    False: re.compile(rf"({_SIMPLE}|\{{\{{+)"),
    True: re.compile(rf"({_SIMPLE}|\{{\{{+|-\{{(?!\{{))"),
}
"""By `variants`: the events outside of brackets that have a brace."""
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
_PLAIN_LABEL = "(?:[^\\[\n\x01']|'(?!'))[^\\[\\]\n\x01']*+(?>(?:(?:'(?!')|\\](?!\\]))[^\\[\\]\n\x01']*+)*)"
"""A label without markup; a first `]` closes nothing."""
_CLOSED = re.compile(LINK_TITLE + r"(?:\|(.[^\]]*+(?>(?:\](?!\])[^\]]*+)*))|)\]\]", re.DOTALL)
"""Target and label of a link; a label has a character, be it a bracket."""


def find_markup(text: str, position: int, inside: bool, variants: bool) -> tuple[int, int] | None:
    """Start and end of the next event of the first pass at or after `position`; None where there is none.

    Events: a template with nothing but plain links inside, a reference without anything inside, a run of two or more
    opening braces, the beginning of a comment or of a tag of `TAG_NAMES`; `inside` of brackets also a plain link and
    runs of closing braces and of square brackets; with `variants` also `-{` and (inside) `}-`.

    >>> find_markup("see {{a|[[b]]}}", 0, False, False), find_markup("[[a]]", 0, False, False)
    ((4, 15), None)
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
    if "{" not in text:
        return angles
    braces = _BRACES[variants]
    parts = []
    between = True
    for part in angles:
        if between and "{" in part:  # a search for one character is far faster, and hardly any stands alone
            parts += braces.split(part)
        else:
            parts.append(part)
        between = not between
    return parts


class LinkReader:
    r"""The links of a text, in its order: stretches of those that need no thought, and one by one those that do.

    A link needs no thought whose target is a title as it stands, with a first letter that has its capital in `capitals`
    (a character for each of the first characters, NUL for none), whose surface has no markup, and behind which stand
    letters of `trail`, then one of `no_trail` (with `[` in it; None: what may). It becomes its surface, with these
    letters, between marks, and a title.

    >>> capitals = "".join(chr(code).upper() for code in range(128))
    >>> reader = LinkReader("a [[B]], [[c|C]]s [[d|''e''f]]g [[H", capitals, "gs", ", [")
    >>> out, titles = [], []
    >>> reader.stretch(out, titles), "".join(out), titles
    (('d', "''e''f", 3, 'g '), 'a \x02B\x03, \x02Cs\x03 ', ['B', 'C'])
    >>> reader.stretch(out, titles), reader.stretch(out, titles), titles
    ((None, None, 0, 'H'), None, ['B', 'C'])
    """

    def __init__(self, text: str, capitals: str, trail: str, no_trail: str | None) -> None:
        links, others, least = _plain_links(capitals, trail, no_trail)
        parts = links.split(text)
        self._parts = parts
        """The text before the first `[[`; then by fours what each `[[` is, and what stands behind it."""
        self._titles = titles = parts[1::4]
        self._labels = labels = parts[2::4]
        self._trails = trails = parts[3::4]
        self._next = 0
        plain = "|".join(filter(None, titles))
        if "  " in plain or ("'" in plain and "''" in plain):
            self._take_back()
        self._targets = [
            (title or "") if title is None or title < least else others.get(title[0], title[0]) + title[1:]
            for title in titles
        ]
        self._targets.append("")
        """The title in the wiki; empty for those that need thought, and at the end."""
        # What the others are becomes what is written for them, where it stands: a mark, a surface, trail and mark.
        parts[1::4] = [marks.LINK_START] * len(titles)
        parts[2::4] = [label or title for title, label in zip(titles, labels, strict=True)]
        parts[3::4] = [trail + marks.LINK_END if trail else marks.LINK_END for trail in trails]

    def _take_back(self) -> None:
        """Makes those need thought whose title has two spaces, or apostrophes that are its surface."""
        for index, (title, label) in enumerate(zip(self._titles, self._labels, strict=True)):
            if title is not None and ("  " in title or (label is None and "''" in title)):
                self._parts[4 * index + 4] = self._written(index)[2:]
                self._titles[index] = None

    def _written(self, index: int) -> str:
        """A `[[` and what stands behind it, up to the next one."""
        title, label, after = self._titles[index], self._labels[index], self._parts[4 * index + 4]
        if title is None:
            return f"[[{after}"
        trail = self._trails[index]
        return f"[[{title}]]{trail}{after}" if label is None else f"[[{title}|{label}]]{trail}{after}"

    def stretch(self, out: list[str], titles: list[str]) -> Piece | None:
        """Appends the text up to the first link that needs thought, in parts, and the titles in it.

        Returns that piece, None where the text ends.
        """
        start = self._next
        end = self._targets.index("", start)
        if end > start or not start:
            out += self._parts[4 * start + 1 if start else 0 : 4 * end + 1]
            titles += self._targets[start:end]
        if end == len(self._titles):
            self._next = end
            return None
        self._next = end + 1
        return _piece(self._parts[4 * end + 4])

    def following(self) -> str:
        """The text from the next `[[` up to the one after it, which are not read again; empty where it ends."""
        index = self._next
        if index == len(self._titles):
            return ""
        self._next = index + 1
        return self._written(index)


@functools.lru_cache(maxsize=32)
def _plain_links(capitals: str, trail: str, no_trail: str | None) -> tuple[re.Pattern[str], dict[str, str], str]:
    """What parts a text at each `[[`; the capitals of first letters that are others; the least of these letters.

    Its groups are title, label and trail of a link that needs no thought, without it None: then the `[[` alone is
    taken. Two spaces or apostrophes may still be in the title; that is seen faster outside. No `[[` is within a link,
    so that the text is parted where `str.find` would find them.
    """
    unknown = "".join(chr(found.start()) for found in re.finditer("\0", capitals))
    first = rf"[^{NO_FIRST}{re.escape(unknown)}\U{len(capitals):08x}-\U0010ffff]"
    end = (f"({_one_of(trail)}*+)" if trail else "()") + ("" if no_trail is None else f"(?![^{re.escape(no_trail)}])")
    title = f"{first}{PLAIN_CHAR}{{,{PLAIN_CHARS - 1}}}+(?<! )"
    # "or nothing" is said by an empty alternative: an optional group takes a tenth of the time more
    pattern = rf"\[\[(?:({title})(?:\|({_PLAIN_LABEL})|)\]\]{end}|)"
    known = zip(map(chr, range(len(capitals))), capitals, strict=True)
    others = {char: capital for char, capital in known if char != capital != "\0"}
    return re.compile(pattern), others, min(others, default="\U0010ffff")


def _one_of(chars: Iterable[str]) -> str:
    """An expression for one of the characters; for none it matches nothing."""
    return f"[{re.escape(''.join(chars))}]" if chars else "(?!)"


def _piece(line: str) -> Piece:
    """What stands from a `[[` to the next one."""
    found = _CLOSED.match(line)
    if found is None:
        return None, None, 0, line
    raw, label = found.groups()
    kind = PLAIN if is_plain(raw) else 0
    if label is not None and ("''" in label or "\n" in label or "[" in label or "\x01" in label):
        kind += ROUGH
    return raw, label, kind, line[found.end() :]
