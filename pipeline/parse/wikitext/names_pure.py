"""The scanner's search for names, in Python: every name at every place outside of links.

A few names are looked for one by one, at the speed of `str.find`: names times characters. Of more names, those with a
capital are looked for only where a capital stands that is followed by the same characters; unless these stand more
often than once in `_RARE` characters, when the name is one to be looked for by itself again. So the work is never more
than names times characters, and of what is written to be read a small part of that.
"""

import re
import string
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import accumulate, count
from operator import itemgetter

from pipeline.records import Link

_CAPITAL = b"A"
_CAPITALS_ALIKE = bytes.maketrans(string.ascii_uppercase.encode(), _CAPITAL * len(string.ascii_uppercase))
_HEAD = slice(3)
"""So many characters behind a capital, fewer where another capital follows, tell at which names to look there."""
_RARE = 250
"""A head that follows more than one of so many characters is no help."""
_WORD = re.compile(r"[^\x00-@\[-`a-z{-\x7f\W]\w*")
"""What begins with a capital or a letter beyond ASCII, to the end of its word: the same in a name and around it."""
_JOINS_BEFORE = frozenset("_'’-")
_JOINS_AFTER = frozenset("_-")
_GAP = "\n"
"""Stands for each character of a link in the text that is searched; no name has one."""
_FEW_NAMES = 16
"""So many names are looked for one by one; more of them by their capitals."""
_FEW_OTHERS = 40
"""So many of the rest with letters beyond ASCII are looked for one by one; of more, those whose words are all there."""


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
    few = len(names) <= _FEW_NAMES
    found = _one_by_one(text, enumerate(names)) if few else _at_capitals(text, names, anywhere)
    found.sort()
    where = 0
    placed = []
    for start, index in found:
        if index < anywhere:
            before, after = text[start - 1], text[start + len(names[index])]  # the last one of all is a gap
            if before.isalnum() or after.isalnum() or before in _JOINS_BEFORE or after in _JOINS_AFTER:
                continue
        while starts[where + 1] <= start:
            where += 1
        placed.append((where, start - starts[where], index))
    return placed


def _one_by_one(text: str, names: Iterable[tuple[int, str]]) -> list[tuple[int, int]]:
    """(start, index) of every name in the text, whatever stands around it."""
    found = []
    for index, name in [(index, name) for index, name in names if name in text]:  # few of many, the others seen sooner
        start = text.find(name)
        while start >= 0:
            found.append((start, index))
            start = text.find(name, start + 1)
    return found


def _at_capitals(text: str, names: Sequence[str], anywhere: int) -> list[tuple[int, int]]:
    """The same, of names that stand alone all places where they do: each is looked for where its rarest capital may be.

    >>> _at_capitals("In Rome, the Rome Statute" + " and more" * 100, ["Rome", "the Rome", "In Oslo"], 3)
    [(3, 0), (13, 0), (9, 1)]
    """
    pieces = _alike(text).split(_CAPITAL)
    heads = list(map(itemgetter(_HEAD), pieces))
    heads[0] = b""  # no capital stands before it
    times = Counter(heads).get
    most = len(text) // _RARE
    others = []
    sought: dict[bytes, list[tuple[int, int]]] = {}
    for index, alike in enumerate(_alike(_GAP.join(names)).split(_GAP.encode())):
        before, *behind = alike.split(_CAPITAL)
        if behind and len(behind[-1]) < _HEAD.stop:
            behind.pop()  # its head may be longer in the text
        rarest, least, position, offset = b"", most + 1, len(before), 0
        for piece in behind:
            head = piece[_HEAD]
            number = times(head, 0)
            if number < least:
                rarest, least, offset = head, number, position
            position += 1 + len(piece)
        if least > most:
            others.append(index)
        elif least:
            sought.setdefault(rarest, []).append((index, offset))
    found = []
    for head, end, capitals in zip(heads[1:], accumulate(map(len, pieces)), count()):
        if head in sought:
            at = end + capitals
            for index, offset in sought[head]:
                name = names[index]
                if text[at] == name[offset] and text.startswith(name, at - offset):
                    found.append((at - offset, index))
    if sum(not names[index].isascii() for index in others) > _FEW_OTHERS:
        known = set(_WORD.findall(text)).issuperset
        others = [index for index in others if index >= anywhere or known(_WORD.findall(names[index]))]
    return found + _one_by_one(text, [(index, names[index]) for index in others])


def _alike(text: str) -> bytes:
    """A byte for each character: all capitals are alike, and so are all characters beyond Latin-1."""
    return text.encode("latin-1", "replace").translate(_CAPITALS_ALIKE)


def _blotted(texts: Sequence[str], links: Sequence[Sequence[Link]]) -> tuple[list[int], str]:
    """All texts with a gap behind each and each link blotted out; where each begins, and where they end."""
    starts = [0]
    pieces: list[str] = []
    total = 0
    for text, own in zip(texts, links, strict=True):
        total += len(text) + 1
        starts.append(total)
        position = 0
        for start, end, _, _ in own:
            pieces += text[position:start], _GAP * (end - start)
            position = end
        pieces += text[position:] if position else text, _GAP
    return starts, "".join(pieces)
