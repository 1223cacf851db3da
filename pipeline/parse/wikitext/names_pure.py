"""The scanner's search for names, in Python: every name at every place outside of links."""

import re
from collections.abc import Sequence

from pipeline.records import Link

_WORD = re.compile(r"[^\x00-@\[-`a-z{-\x7f\W]\w*")
"""What begins with a capital or a letter beyond ASCII, to the end of its word: the same in a name and around it."""
_JOINS_BEFORE = frozenset("_'’-")
_JOINS_AFTER = frozenset("_-")
_GAP = "\n"
"""Stands for each character of a link in the text that is searched; no name has one."""
_FEW_NAMES = 40
"""So many names are looked for one by one; of more, first those whose words with a capital are all in the text."""


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
