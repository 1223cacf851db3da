"""Where any of a page's names stands in its texts, outside of its links.

A name of a script with spaces stands as itself: no letter, digit, apostrophe or hyphen before it, no letter, digit or
hyphen behind it. In scripts without spaces a name may begin and end anywhere. Of names that begin at one place the
longest counts, and what it covers begins no other; so does a name that stands across the end of a link, though it is
none that is given.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from pipeline.parse.wikitext import scanner
from pipeline.records import Link

_NO_SPACES = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_GAP = "\n"
"""Stands for each character of a link in the text that is searched; no name has one."""


def without_spaces(name: str) -> bool:
    """Whether a name is (also) of a script that puts no spaces between words.

    >>> without_spaces("Rome"), without_spaces("ローマ")
    (False, True)
    """
    return not name.isascii() and _NO_SPACES.search(name) is not None


class NameSearch:
    """Finds some names in texts.

    >>> search = NameSearch(["Rome", "Rome Statute", "東京"])
    >>> text = "Rome, the Rome Statute, Romes, Rome-based, 大東京"
    >>> [text[start:end] for start, end in search.spans(text)]
    ['Rome', 'Rome Statute', '東京']
    """

    def __init__(self, names: Iterable[str]) -> None:
        bounded: list[str] = []
        anywhere: list[str] = []
        for name in names:
            assert len(name) > 1 and _GAP not in name, "a name has two characters and is one line"
            (anywhere if without_spaces(name) else bounded).append(name)
        self._names = bounded + anywhere
        self._bounded = len(bounded)
        self._all = _GAP.join(self._names)
        self._longest = max(map(len, self._names), default=0)

    def spans(self, text: str, wanted: Callable[[str], bool] | None = None) -> list[tuple[int, int]]:
        """Start and end of each name in the text, in order, none overlapping another.

        `wanted` says of a name that was found whether it counts; it is asked once for each.
        """
        names = self._names
        found = scanner.current.find_names(text, names, self._bounded)
        if wanted is not None:
            kept = {index for index in {index for _, index in found} if wanted(names[index])}
            found = [one for one in found if one[1] in kept]
        taken = 0
        spans = []
        for start, minus_end in sorted([(start, -start - len(names[index])) for start, index in found]):
            if start >= taken:
                taken = -minus_end
                spans.append((start, taken))
        return spans

    def outside(
        self, texts: Sequence[str], links: Sequence[Sequence[Link]], wanted: Callable[[str], bool] | None = None
    ) -> Iterator[tuple[int, int, int]]:
        """(index of the text, start, end) of the `spans` of each text that overlap no link of it.

        All texts are searched at once, each link blotted out; only where a name might reach from a link into what was
        found the text is searched as a whole.

        >>> found = NameSearch(["Rome", "New Rome"]).outside(["New Rome, Rome, Rome"], [[Link(10, 14, "Rome", None)]])
        >>> list(found)
        [(0, 0, 8), (0, 16, 20)]
        """
        starts, blotted = _blotted(texts, links)
        by_text: dict[int, list[tuple[int, int]]] = {}
        index = 0
        for start, end in self.spans(blotted, wanted):
            while index + 1 < len(starts) and starts[index + 1] <= start:
                index += 1
            by_text.setdefault(index, []).append((start - starts[index], end - starts[index]))
        for index, found in by_text.items():
            text, own = texts[index], links[index]
            crossed = own and self._reaches(text, own, found)
            for start, end in _apart(self.spans(text, wanted), own) if crossed else found:
                yield index, start, end

    def _reaches(self, text: str, links: Sequence[Link], spans: list[tuple[int, int]]) -> bool:
        """Whether a name may stand across the end of a link and cover the beginning of one of the spans.

        Such a name has in it what lies between them, with one character of each.
        """
        following = 0
        for start, end in spans:
            while following < len(links) and links[following].start < end:
                following += 1
            if following:
                before = links[following - 1].end
                if before == start or (start - before < self._longest and text[before - 1 : start + 1] in self._all):
                    return True
            if following < len(links):
                after = links[following].start
                if after == end or (after - start < self._longest and text[start : after + 1] in self._all):
                    return True
        return False


def _blotted(texts: Sequence[str], links: Sequence[Sequence[Link]]) -> tuple[list[int], str]:
    """The texts, one behind the other with a gap between them and each link blotted out, and where each begins."""
    starts: list[int] = []
    pieces: list[str] = []
    total = 0
    for text, own in zip(texts, links, strict=True):
        starts.append(total)
        total += len(text) + 1
        position = 0
        for start, end, _, _ in own:
            pieces += (text[position:start], _GAP * (end - start))
            position = end
        pieces += (text[position:], _GAP)
    return starts, "".join(pieces)


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
