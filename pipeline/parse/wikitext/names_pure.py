"""The scanner's search for names, in Python: the surfaces of links, and every name at every place outside of links.

Few names or a short text are searched name by name, at the speed of `str.find`; many names in a long text all at once.
The work is never more than names times characters, and of what is written to be read a small part of that.
"""

import re
from collections.abc import Iterable, Sequence

from pipeline.parse.wikitext.model import PassageRow
from pipeline.parse.wikitext.names_sieve import find_many

_WORD = re.compile(r"[^\x00-@\[-`a-z{-\x7f\W]\w*")
"""What begins with a capital or a letter beyond ASCII, to the end of its word: the same in a name and around it."""
_LETTERS = re.compile(r"[^\W_]*+")
_JOINS_BEFORE = frozenset("_'’-")
_JOINS_AFTER = frozenset("_-")
_APART = frozenset(" \n.,()")
"""Most of what stands before and behind a name that stands alone: seen at once."""
_GAP = "\n"
"""Stands for each character of a link in the text that is searched; no name has one."""
_FEW_NAMES = 16
"""So many names are looked for one by one."""
_LITTLE_WORK = 300_000
"""And more of them where names times characters are no more than this: to search at once has its cost for each page."""
_FEW_OTHERS = 40
"""So many of the rest with letters beyond ASCII are looked for one by one; of more, those whose words are all there."""


class _Gaps(dict[int, str]):
    """Number of characters → so many gaps; those of most links are ready."""

    def __missing__(self, length: int) -> str:
        return _GAP * length


_GAPS = _Gaps((length, _GAP * length) for length in range(64))


def link_surfaces(passages: Sequence[PassageRow]) -> tuple[dict[str, str], set[str], int, str]:
    r"""Surface of a link → its first target; surfaces of several targets; number of characters; text for `find_names`.

    That text is all passages with each link blotted out and a gap behind each: made here, in the same loop.

    >>> links = ((0, 4, "Rome", None), (6, 10, "Rome (film)", None))
    >>> link_surfaces([((), "paragraph", "Rome, Rome.", links), ((), "paragraph", "a", ())])
    ({'Rome': 'Rome'}, {'Rome'}, 12, '\n\n\n\n, \n\n\n\n.\na\n')
    """
    targets: dict[str, str] = {}
    ambiguous: set[str] = set()
    pieces: list[str] = []
    target_of = targets.setdefault
    append = pieces.append
    gaps = _GAPS
    for passage in passages:
        text = passage[2]
        position = 0
        for start, end, target, _ in passage[3]:
            surface = text[start:end]
            known = target_of(surface, target)
            if known is not target and known != target:
                ambiguous.add(surface)
            append(text[position:start])
            append(gaps[end - start])
            position = end
        append(text[position:])
        append(_GAP)
    outside = "".join(pieces)
    return targets, ambiguous, len(outside) - len(passages), outside


def find_names(
    passages: Sequence[PassageRow], outside: str | None, names: Sequence[str], anywhere: int
) -> list[tuple[int, int]]:
    """(start, index of the name) of every name at every place outside of links, in this order.

    Starts count the characters of all passages one behind another, and one more behind each passage.
    `outside` is what `link_surfaces` says; without it that is asked. Names have two characters or more and are one
    line; the links of a passage are in order and lie apart. The names before index `anywhere` must stand as themselves:
    no letter, digit, apostrophe or hyphen before them, no letter, digit or hyphen behind them; the end of a link is as
    good as the end of the text.

    >>> find_names([((), "paragraph", "aaa bb, b", ())], None, ["aaa", "bb", "aa"], 2)
    [(0, 0), (0, 2), (1, 2), (4, 1)]
    >>> links = ((0, 2, "T", None), (3, 4, "T", None))
    >>> passages = [((), "term", "bb bbb", links), ((), "definition", "bb", ())]
    >>> find_names(passages, None, ["bb"], 1)
    [(4, 0), (7, 0)]
    """
    if not names:
        return []
    text = link_surfaces(passages)[3] if outside is None else outside
    if len(names) <= _FEW_NAMES or len(names) * len(text) <= _LITTLE_WORK:
        found = _one_by_one(text, enumerate(names), anywhere)
    else:
        found = _at_once(text, names, anywhere)
    found.sort()
    return found


def _part_of_more(before: str, after: str) -> bool:
    """Whether the characters before and behind a name make it a part of a longer word."""
    return before.isalnum() or before in _JOINS_BEFORE or after.isalnum() or after in _JOINS_AFTER


def _one_by_one(text: str, names: Iterable[tuple[int, str]], anywhere: int) -> list[tuple[int, int]]:
    """(start, index) of the names in the text that stand as they must; the text ends with a gap."""
    found = []
    apart = _APART
    for index, name in [(index, name) for index, name in names if name in text]:  # few of many, the others seen sooner
        bounded = index < anywhere
        size = len(name)
        start = text.find(name)
        while start >= 0:
            before = text[start - 1]  # the last one of all is a gap
            after = text[start + size]
            if not bounded or (before in apart and after in apart) or not _part_of_more(before, after):
                found.append((start, index))
            elif before.isalnum():  # within a word: so is what begins before its end
                letters = _LETTERS.match(text, start)
                assert letters is not None, "there may be none"
                start = letters.end()
            start = text.find(name, start + 1)
    return found


def _at_once(text: str, names: Sequence[str], anywhere: int) -> list[tuple[int, int]]:
    """The same, all names at once; the text has three characters."""
    found, others = find_many(text, names)
    found = [
        (start, index)
        for start, index in found
        if index >= anywhere or not _part_of_more(text[start - 1], text[start + len(names[index])])
    ]
    if sum(not names[index].isascii() for index in others) > _FEW_OTHERS:
        known = set(_WORD.findall(text)).issuperset
        others = [index for index in others if index >= anywhere or known(_WORD.findall(names[index]))]
    return found + _one_by_one(text, [(index, names[index]) for index in others], anywhere)
