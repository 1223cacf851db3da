"""Where any of a page's names stands in its passages, outside of its links.

A name of a script with spaces stands as itself: no letter, digit, apostrophe or hyphen before it, no letter, digit or
hyphen behind it. In scripts without spaces a name may begin and end anywhere. Of names that begin at one place the
longest counts, and what it covers begins no other; so does a name that stands across the end of a link, though it is
none that is given.
"""

import re
from collections.abc import Callable, Iterable, Sequence

from pipeline.parse.wikitext import scanner
from pipeline.parse.wikitext.model import PassageRow
from pipeline.records import LinkRow

_NO_SPACES = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_GAP = "\n"
NamePlace = tuple[int, int, int, str]
"""(index of the passage, start, end, name): the passage's `text[start:end]` is the name."""


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
        if without_spaces(self._all):
            anywhere = [name for name in bounded if without_spaces(name)]
            bounded = [name for name in bounded if not without_spaces(name)]
            self._names = bounded + anywhere
        self._bounded = len(bounded)

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Start and end of each name in the text, in order, none overlapping another."""
        return [(start, end) for _, start, end, _ in self.outside([((), "paragraph", text, ())])]

    def outside(self, passages: Sequence[PassageRow], searched: str | None = None) -> list[NamePlace]:
        """The places of the `spans` of each text that overlap no link of it, in order.

        Links are left out at first; only where a name might reach from a link into what was found the text is searched
        as a whole. `searched` is what the scanner's `link_surfaces` gives for `find_names`.

        >>> passage = ((), "paragraph", "New Rome, Rome, Rome", ((10, 14, "Rome", None),))
        >>> NameSearch(["Rome", "New Rome"]).outside([passage])
        [(0, 0, 8, 'New Rome'), (0, 16, 20, 'Rome')]
        """
        names = self._names
        places = scanner.current.find_names(passages, searched, names, self._bounded)
        if not places:
            return []
        is_name = self._is_name
        together = self._all
        longest = max(map(len, names))
        lengths = [-1] * len(names)  # of those found, 0 of what is none
        outside: list[NamePlace] = []
        crossed: list[int] = []
        where = -1
        begin = stop = 0  # of the passage among all, the character behind it included
        taken = following = number = 0
        text = ""
        own: Sequence[LinkRow] = ()
        for place, index in places:
            length = lengths[index]
            if length < 0:
                name = names[index]
                length = lengths[index] = len(name) if is_name is None or is_name(name) else 0
            if not length:
                continue
            if place >= stop:
                while place >= stop:
                    where += 1
                    begin = stop
                    stop += len(passages[where][2]) + 1
                _, _, text, own = passages[where]
                number = len(own)
                taken = following = 0
            start = place - begin
            end = start + length
            if start >= taken:
                outside.append((where, start, end, names[index]))
            elif end > taken and start == outside[-1][1]:
                outside[-1] = (where, start, end, names[index])
            else:
                continue
            taken = end
            while following < number and own[following][0] < end:
                following += 1
            # A name that stands across the end of a link has in it what lies between that and what was found, with one
            # character of each: asked of all names together, of one character first, for which that is far quicker.
            if following:
                before = own[following - 1][1]
                if start - before < longest and (
                    before == start or (text[before] in together and text[before - 1 : start + 1] in together)
                ):
                    crossed.append(where)
            if following < number:
                after = own[following][0]
                if after - start <= longest and (after == end or text[start : after + 1] in together):
                    crossed.append(where)
        return self._as_wholes(passages, outside, crossed) if crossed else outside

    def _as_wholes(
        self, passages: Sequence[PassageRow], outside: list[NamePlace], crossed: list[int]
    ) -> list[NamePlace]:
        """What is found, with what it is instead in the crossed passages: they are searched as wholes."""
        found = [place for place in outside if place[0] not in crossed]
        for index in set(crossed):
            _, _, text, links = passages[index]
            found += [(index, start, end, text[start:end]) for start, end in _apart(self.spans(text), links)]
        found.sort()
        return found


def _apart(spans: list[tuple[int, int]], links: Sequence[LinkRow]) -> list[tuple[int, int]]:
    """The spans that overlap no link; both are in order."""
    kept = []
    following = 0
    for start, end in spans:
        while following < len(links) and links[following][1] <= start:
            following += 1
        if following == len(links) or links[following][0] >= end:
            kept.append((start, end))
    return kept
