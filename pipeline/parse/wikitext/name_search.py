"""Where any of a page's names stands in its passages, outside of its links.

A name of a script with spaces stands as itself: no letter, digit, apostrophe or hyphen before it, no letter, digit or
hyphen behind it. In scripts without spaces a name may begin and end anywhere. Of names that begin at one place the
longest counts, and what it covers begins no other; so does a name that stands across the end of a link, though it is
none that is given.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter

from pipeline.parse.wikitext import scanner
from pipeline.parse.wikitext.model import ParsedPassage
from pipeline.records import Link

_NO_SPACES = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_GAP = "\n"
_NAME_OF = itemgetter(2)
"""The index of the name of one of the scanner's finds."""


def without_spaces(name: str) -> bool:
    """Whether a name is (also) of a script that puts no spaces between words.

    >>> without_spaces("Rome"), without_spaces("ローマ")
    (False, True)
    """
    return not name.isascii() and _NO_SPACES.search(name) is not None


class NameSearch:
    """Finds some names in texts; each has two characters or more and is one line.

    >>> search = NameSearch(["Rome", "Rome Statute", "東京"])
    >>> text = "Rome, the Rome Statute, Romes, Rome-based, 大東京"
    >>> [text[start:end] for start, end in search.spans(text)]
    ['Rome', 'Rome Statute', '東京']
    """

    def __init__(self, names: Iterable[str], is_name: Callable[[str], bool] | None = None) -> None:
        """`is_name` is asked of what is found, for whom it is dearer to ask of all; without it each is one."""
        self._is_name = is_name
        bounded = list(names)
        self._all = _GAP.join(bounded)
        self._names = bounded
        if not self._all.isascii():
            anywhere = [name for name in bounded if without_spaces(name)]
            if anywhere:
                bounded = [name for name in bounded if not without_spaces(name)]
                self._names = bounded + anywhere
        self._bounded = len(bounded)

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Start and end of each name in the text, in order, none overlapping another."""
        return [(start, end) for _, start, end in self.outside([ParsedPassage((), "paragraph", text, ())])]

    def _places(self, passages: Sequence[ParsedPassage], outside: str | None) -> list[tuple[int, int, int]]:
        """What the scanner finds, of true names only."""
        places = scanner.current.find_names(passages, outside, self._names, self._bounded)
        is_name = self._is_name
        if is_name is not None and places:
            names = self._names
            wrong = [name for name in set(map(_NAME_OF, places)) if not is_name(names[name])]
            if wrong:
                return [place for place in places if place[2] not in wrong]
        return places

    def outside(self, passages: Sequence[ParsedPassage], searched: str | None = None) -> list[tuple[int, int, int]]:
        """(index of the passage, start, end) of the `spans` of each text that overlap no link of it.

        Links are left out at first; only where a name might reach from a link into what was found the text is searched
        as a whole. `searched` is what the scanner's `link_surfaces` gives for `find_names`.

        >>> passage = ParsedPassage((), "paragraph", "New Rome, Rome, Rome", (Link(10, 14, "Rome", None),))
        >>> NameSearch(["Rome", "New Rome"]).outside([passage])
        [(0, 0, 8), (0, 16, 20)]
        """
        places = self._places(passages, searched)
        if not places:
            return []
        together = self._all
        lengths = list(map(len, self._names))
        longest = max(lengths)
        outside: list[tuple[int, int, int]] = []
        crossed: list[int] = []
        index = -1
        taken = following = number = 0
        text = ""
        own: Sequence[Link] = ()
        for where, start, name in places:
            end = start + lengths[name]
            if where != index:
                index, taken, following = where, 0, 0
                passage = passages[where]
                text = passage[2]
                own = passage[3]
                number = len(own)
            if start >= taken:
                outside.append((where, start, end))
            elif end > taken and start == outside[-1][1]:
                outside[-1] = (where, start, end)
            else:
                continue
            taken = end
            while following < number and own[following][0] < end:
                following += 1
            # A name that stands across the end of a link has in it what lies between that and what was found, with one
            # character of each: asked of all names together.
            if following:
                before = own[following - 1][1]
                if start - before < longest and (before == start or text[before - 1 : start + 1] in together):
                    crossed.append(where)
            if following < number:
                after = own[following][0]
                if after - start <= longest and (after == end or text[start : after + 1] in together):
                    crossed.append(where)
        return self._as_wholes(passages, outside, crossed) if crossed else outside

    def _as_wholes(
        self, passages: Sequence[ParsedPassage], outside: list[tuple[int, int, int]], crossed: list[int]
    ) -> list[tuple[int, int, int]]:
        """What is found, with what it is instead in the crossed passages: they are searched as wholes."""
        found = [place for place in outside if place[0] not in crossed]
        for index in set(crossed):
            found += [
                (index, start, end) for start, end in _apart(self.spans(passages[index].text), passages[index].links)
            ]
        found.sort()
        return found


def _apart(spans: list[tuple[int, int]], links: Sequence[Link]) -> list[tuple[int, int]]:
    """The spans that overlap no link; both are in order."""
    kept = []
    following = 0
    for start, end in spans:
        while following < len(links) and links[following].end <= start:
            following += 1
        if following == len(links) or links[following].start >= end:
            kept.append((start, end))
    return kept
