"""The tokens of some texts in flat arrays, as the `tokenizers` library gives them, put right where it is wrong."""

from collections.abc import Sequence
from itertools import chain, pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from tokenizers import Encoding

Ids = npt.NDArray[np.int32]
Ints = npt.NDArray[np.int64]


class Tokens(NamedTuple):
    """The tokens of some texts, one text after the other, `<s>` and `</s>` of each included.

    ids     [tokens]     int32
    offsets [tokens, 2]  int32: token i comes from `text[offsets[i, 0]:offsets[i, 1]]`, half-open, in code points
    bounds  [texts + 1]  int64: text n has the tokens from bounds[n] to bounds[n + 1]

    Of each text both columns of `offsets` ascend; ranges may overlap where one character became several tokens
    (`㎞` → `k` `m`). `<s>`, `</s>` and a `▁` that stands alone (the mark of a word's beginning, not part of it) have
    empty ranges.
    """

    ids: Ids
    offsets: Ids
    bounds: Ints

    @property
    def lengths(self) -> Ints:
        """Tokens of each text: [texts]."""
        return np.diff(self.bounds)

    def rows(self) -> list[Ids]:
        """The ids of each text: views of `ids`."""
        return [self.ids[start:end] for start, end in pairwise(self.bounds.tolist())]


def flat(encodings: Sequence[Encoding]) -> Tokens:
    """What the library says, as it says it."""
    lists = [encoding.ids for encoding in encodings]
    bounds = np.zeros(len(lists) + 1, np.int64)
    np.cumsum([len(row) for row in lists], out=bounds[1:])
    total = int(bounds[-1])
    ids = np.fromiter(chain.from_iterable(lists), np.int32, count=total)
    pairs = chain.from_iterable(chain.from_iterable(encoding.offsets for encoding in encodings))
    return Tokens(ids, np.fromiter(pairs, np.int32, count=2 * total).reshape(-1, 2), bounds)


def settle(tokens: Tokens, lone_meta: int) -> None:
    """Puts the offsets right, in place: empty ranges for `<s>`, `</s>` and the id `lone_meta`, ascending ends.

    >>> offsets = np.array([[0, 0], [0, 1], [0, 2], [0, 0]], np.int32)          # of "東京": <s> ▁ 東京 </s>
    >>> settle(Tokens(np.array([0, 6, 7, 2], np.int32), offsets, np.array([0, 4])), lone_meta=6)
    >>> offsets.tolist()
    [[0, 0], [0, 0], [0, 2], [2, 2]]
    """
    ids, offsets, bounds = tokens
    if not len(ids):
        return
    lone = ids == lone_meta
    offsets[lone, 1] = offsets[lone, 0]
    last = bounds[1:] - 1
    offsets[bounds[:-1]] = 0
    offsets[last, 1] = 0
    # One running maximum for all texts: each begins higher than the one before can end.
    base = np.repeat(np.arange(len(last)) * (int(offsets.max()) + 1), tokens.lengths)
    offsets[:, 1] = np.maximum.accumulate(offsets[:, 1] + base) - base
    offsets[last, 0] = offsets[last, 1]
