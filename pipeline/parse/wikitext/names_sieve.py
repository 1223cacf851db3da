"""Where any of many names stands in a long text, by numpy: all places and all names at once.

Each three characters in a row have a number of 16 bits. How often each number is in the text says which three
characters of a name are the rarest; where these stand, and nowhere else, the name is compared with the text. Of the
names of what an article links most stand nowhere in it but in links: some three of their characters are not there.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

_ROW = 3
"""So many characters have a number; shorter names are left to the caller."""
_NUMBERS = 1 << 16
_FIRST = np.uint16(40503)
_SECOND = np.uint16(25717)
_NONE = "\n" * (_ROW - 1)
_RARE = 250
"""Three characters that stand more than once in so many are no help: the name is left to the caller."""
_PLACE_BITS = 32

_Numbers = npt.NDArray[np.uint16]


def find_many(text: str, names: Sequence[str]) -> tuple[list[tuple[int, int]], list[int]]:
    """(start, index) of every name in the text, whatever stands around it; and the indexes of the names not looked for.

    Those are names without rare characters, so that the work here is less than names times characters. A name has two
    characters or more and no line end.

    >>> find_many("In Rome, the Rome Statute" + " and more" * 100, ["Rome", "the Rome", "and", "In Oslo"])
    ([(3, 0), (9, 1), (13, 0)], [2])
    """
    numbers = _numbers(text).astype(np.intp)
    times = np.bincount(numbers, minlength=_NUMBERS)
    of_names = _numbers("\n".join(names) + _NONE)
    lengths = np.fromiter(map(len, names), np.intp, len(names))
    ends = lengths.cumsum()
    ends += np.arange(len(names))
    spans = np.empty((len(names), 2), np.intp)  # of the numbers of each name; an empty one stands for its first
    starts = np.subtract(ends, lengths, out=spans[:, 0])
    np.subtract(ends, _ROW - 1, out=spans[:, 1])
    ranked = times.take(of_names)
    ranked <<= _PLACE_BITS
    ranked |= np.arange(len(ranked))
    least = np.minimum.reduceat(ranked, spans.ravel())[::2]  # the times of the rarest, and where it is
    often = least >> _PLACE_BITS
    others = (often > len(text) // _RARE) | (lengths < _ROW)
    there = ((often > 0) & ~others).nonzero()[0]  # what may be: of most pages a third of the names
    rarest = least[there] & ((1 << _PLACE_BITS) - 1)
    sought: dict[int, list[tuple[int, int, str]]] = {}
    for index, number, offset in zip(
        there.tolist(), of_names[rarest].tolist(), (rarest - starts[there]).tolist(), strict=True
    ):
        sought.setdefault(number, []).append((index, offset, names[index]))
    wanted = np.zeros(_NUMBERS, np.bool_)
    wanted[list(sought)] = True
    places = wanted.take(numbers).nonzero()[0]
    found = []
    for place, number in zip(places.tolist(), numbers[places].tolist(), strict=True):
        for index, offset, name in sought[number]:
            if text.startswith(name, place - offset):
                found.append((place - offset, index))
    return found, others.nonzero()[0].tolist()


def _numbers(text: str) -> _Numbers:
    """The number of each three characters in a row."""
    written = text.encode("utf-16-le", "surrogatepass")
    if len(written) == 2 * len(text):
        units = np.frombuffer(written, "<u2")
    else:  # some characters are two units of UTF-16 long
        units = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4").astype(np.uint16)
    numbers = units[:-2] * _FIRST
    numbers += units[1:-1]
    numbers *= _SECOND
    numbers += units[2:]
    return numbers
