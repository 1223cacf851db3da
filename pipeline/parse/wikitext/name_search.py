"""Where any of a page's names stands in a text: one pass over the words, whatever the number of names.

A name of a script with spaces stands as itself: no letter, digit, apostrophe or hyphen before it, no letter, digit or
hyphen behind it. In scripts without spaces a name may begin and end anywhere. Of names that begin at one place the
longest counts, and what it covers begins no other.
"""

import re
from collections.abc import Iterable, Iterator

_NO_SPACES = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_HEAD = re.compile(r"\w+|[\s\S]")
_STARTS = r"[%s](?<![\w'’-][\s\S])(?:(?<=\w)\w*)?"
_GOES_ON = re.compile(r"[\w-]")


def without_spaces(name: str) -> bool:
    """Whether a name is (also) of a script that puts no spaces between words.

    >>> without_spaces("Rome"), without_spaces("ローマ")
    (False, True)
    """
    return _NO_SPACES.search(name) is not None


class NameSearch:
    """Finds some names in texts.

    >>> search = NameSearch(["Rome", "Rome Statute", "東京"])
    >>> text = "Rome, the Rome Statute, Romes, Rome-based, 大東京"
    >>> [text[start:end] for start, end in search.spans(text)]
    ['Rome', 'Rome Statute', '東京']
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._bounded: dict[str, list[str]] = {}
        self._anywhere: dict[str, list[str]] = {}
        for name in names:
            if without_spaces(name):
                self._anywhere.setdefault(name[:2], []).append(name)
            else:
                head = _HEAD.match(name)
                assert head is not None, "a name has a letter"
                self._bounded.setdefault(head[0], []).append(name)
        initials = sorted({head[0] for head in self._bounded})
        self._starts = re.compile(_STARTS % "".join(map(re.escape, initials))) if initials else None

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Start and end of each name in the text, in order, none overlapping another."""
        found = [*self._words(text), *self._pairs(text)]
        taken = 0
        for start, minus_end in sorted(found):
            if start >= taken:
                taken = -minus_end
                yield start, taken

    def _words(self, text: str) -> Iterator[tuple[int, int]]:
        """(start, -end) of the names that begin with a word or mark of the text and end with one.

        A name's head is its first run of letters and digits: where the name stands, the text has that run as a whole.
        """
        if self._starts is None:
            return
        names_of = self._bounded.get
        for head in self._starts.finditer(text):
            for name in names_of(head[0], ()):
                end = head.start() + len(name)
                if text.startswith(name, head.start()) and not _GOES_ON.match(text, end):
                    yield head.start(), -end

    def _pairs(self, text: str) -> Iterator[tuple[int, int]]:
        """(start, -end) of the names that may begin anywhere, by their first two characters."""
        if not self._anywhere:
            return
        names_of = self._anywhere.get
        for start, pair in enumerate(map(str.__add__, text, text[1:])):
            for name in names_of(pair, ()):
                if text.startswith(name, start):
                    yield start, -(start + len(name))
