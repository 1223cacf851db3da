"""More mentions than the links: an article rarely links itself, and links a name only once.

Conservative on purpose: a name counts where it stands as itself, in the same spelling, not as a part of a longer name.
Found mentions have `source` "title" (the page's own title) or "repeat" (the surface of a link of the page, used again).
"""

import re
from collections.abc import Sequence
from typing import Literal

from pipeline.parse.wikitext import scanner
from pipeline.parse.wikitext.model import PassageRow
from pipeline.parse.wikitext.name_search import NameSearch, without_spaces

MIN_LETTERS = 4
"""Shortest name that is looked for; names of scripts without spaces need three letters."""
MAX_NAMES = 2000
"""Most names of one page that are looked for, the longest first."""
MAX_WORK = 2_000_000_000
"""Most names times characters of prose of one page, again the longest first: 4,000 for each of half a million."""

CAPITALISED_NOUNS = frozenset({"als", "bar", "de", "ksh", "lb", "nds", "pdc", "pfl", "stq"})
"""Wikipedias (by code) whose languages write every noun with a capital: one word alone may be no name there."""

_CLOSING = frozenset(")）")
_WORD = re.compile(r"[^\W\d_]")
_JOINS_AFTER = frozenset(("&", "/", "–"))
_JOINS_BEFORE = frozenset(("&", "/", ".", "–"))
_LONGEST_WORD = 40
"""So many characters before a name are looked at for the word before it."""


Source = Literal["title", "repeat"]


Propagated = tuple[int, int, int, str, Source]
"""(passage_index, start, end, target, source) of a mention without a link: the `text[start:end]` of the passage of that
index names `target`."""


def propagate_mentions(passages: Sequence[PassageRow], *, title: str, lang: str = "") -> list[Propagated]:
    """Mentions of the page's own subject and of what it links, where no link stands, in text order.

    `lang` is the Wikipedia's code. Not for disambiguation pages, whose title names many things.

    >>> text = "Rome lies in Italy. Italy has many cities like Rome."
    >>> passage = ((), "paragraph", text, ((13, 18, "Italy", None),))
    >>> propagate_mentions([passage], title="Rome")
    [(0, 0, 4, 'Rome', 'title'), (0, 20, 25, 'Italy', 'repeat'), (0, 47, 51, 'Rome', 'title')]
    """
    own = _own_name(title)
    targets, ambiguous, characters, outside = scanner.current.link_surfaces(passages)
    if targets.setdefault(own, title) != title:
        ambiguous.add(own)
    for surface in ambiguous:
        del targets[surface]
    names = _likely(targets, title, one_word=lang not in CAPITALISED_NOUNS)
    if targets.get(own) == title and "\n" not in own and _long_enough(own):
        names.append(own)
    if not names:
        return []

    def is_name(surface: str) -> bool:
        """Whether what is likely a name is one: asked only of what is found."""
        target = targets[surface]
        return target == title or _is_name(surface, target)

    if len(names) > MAX_NAMES or len(names) * characters > MAX_WORK:
        limit = min(MAX_NAMES, MAX_WORK // characters)
        names = sorted(filter(is_name, names), key=lambda name: (-len(name), name))[:limit]
    found: list[Propagated] = []
    for where, start, end, name in NameSearch(names, is_name).outside(passages, outside):
        if not _within_longer_name(passages[where][2], start, end):
            target = targets[name]
            found.append((where, start, end, target, "title" if target == title else "repeat"))
    return found


def _likely(targets: dict[str, str], title: str, *, one_word: bool) -> list[str]:
    """The surfaces that may be names of what they link, at first sight: all of which `_is_name` says so, and few more.

    `targets` are those of the surfaces.
    `one_word`: whether a title of one word is a name (as in English, where a noun has a small letter).
    """
    shortest = MIN_LETTERS - 1
    return [
        surface
        for surface, target in targets.items()
        if (
            (one_word or " " in target)
            if surface == target
            else (" " in target and surface[-1] == target[-1] and _names_alike(surface, target))
        )
        and len(surface) >= shortest
        and target != title
    ]


def _own_name(title: str) -> str:
    """The title without its qualifier.

    >>> _own_name("Rome (film)"), _own_name("Rome"), _own_name("(a) b)"), _own_name("東京（町）")
    ('Rome', 'Rome', '(a) b)', '東京')
    """
    if title[-1:] not in _CLOSING:
        return title
    opening = max(title.rfind("("), title.rfind("（"))
    if opening < 0 or not _CLOSING.isdisjoint(title[opening:-1]):
        return title
    return title[:opening].rstrip()


def _long_enough(name: str) -> bool:
    """Whether a name has letters enough.

    >>> _long_enough("Rome"), _long_enough("R2-D2"), _long_enough("東京都")
    (True, False, True)
    """
    if name[:MIN_LETTERS].isalpha() and len(name) >= MIN_LETTERS:
        return True
    letters = len(_WORD.findall(name))
    return letters >= (MIN_LETTERS - 1 if without_spaces(name) else MIN_LETTERS)


def _is_name(surface: str, target: str) -> bool:
    """Whether a link's surface is its target's own name, so that it may stand for it again.

    Titles with a qualifier are left out, as their name alone means something else; so are common nouns of one word.

    >>> _is_name("Lincoln", "Abraham Lincoln"), _is_name("natural gas", "Natural gas")
    (True, True)
    >>> _is_name("Oxford", "University of Oxford"), _is_name("Asia", "Asia (mythology)"), _is_name("gas", "Gas")
    (False, False, False)
    """
    if not _long_enough(surface) or (target[-1] in _CLOSING and _own_name(target) != target):
        return False
    if surface == target:
        return True
    words = target.split(" ")
    if surface == target[:1].lower() + target[1:]:
        return len(words) > 1
    person = len(words) in (2, 3) and all(word[:1].isupper() for word in words) and "'" not in surface
    return person and surface == words[-1] and surface[:1].isupper()


def _names_alike(surface: str, target: str) -> bool:
    """Whether a surface is its target but for a small first letter, or ends it and begins with a capital."""
    return surface[1:] == target[1:] or (target.endswith(surface) and surface[:1].isupper())


def _within_longer_name(text: str, start: int, end: int) -> bool:
    """Whether a capitalised word stands next to a capitalised name (`East Berlin`, `Berlin Wall`, `Berlin–Rome`)."""
    if not text[start].isupper() and not any(map(str.isupper, text[start:end])):
        return False
    before = text[start - 1] if start else ""
    if before == " ":
        begins = text.rfind(" ", 0, start - 1) + 1  # the word before, in most texts in small letters: seen at once
        small = start - begins <= _LONGEST_WORD and text[begins].islower()
        if not small and _last_word(text[max(0, start - _LONGEST_WORD) : start])[:1].isupper():
            return True
    elif before in _JOINS_BEFORE:
        return True
    length = len(text)
    if end == length:
        return False
    after = text[end]
    return end + 1 < length and text[end + 1].isupper() if after == " " else after in _JOINS_AFTER


def _last_word(text: str) -> str:
    """The word that ends the text, without marks before it; empty after a full stop or comma."""
    word = text.rstrip(" ").rpartition(" ")[2]
    return "" if word[-1:] in ",;:.!?)»”" else word.lstrip("(«“\"'„")
