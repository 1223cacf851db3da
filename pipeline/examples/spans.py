"""Mentions in code points → mentions in tokens, for many texts at once."""

from collections import Counter
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Offsets = npt.NDArray[np.int32]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


class Mentions(NamedTuple):
    """Mentions in some texts, one array a column: the number of the text, [start, end) in its code points, the item."""

    text: Ints
    start: Ints
    end: Ints
    qid: Ints

    def take(self, chosen: Ints | Mask) -> "Mentions":
        """Those at these places, or where the mask says so."""
        return Mentions(*(column[chosen] for column in self))

    def in_order(self) -> "Mentions":
        """By text, by beginning, of those that begin together the longer one first."""
        return self.take(np.lexsort((self.qid, -self.end, self.start, self.text)))


class Spans(NamedTuple):
    """Tokens [first, last) of the text of each of the `mentions`, counted from its `<s>`."""

    first: Ints
    last: Ints
    mentions: Mentions

    def take(self, chosen: Ints | Mask) -> "Spans":
        """Those at these places, or where the mask says so."""
        return Spans(self.first[chosen], self.last[chosen], self.mentions.take(chosen))


def align_spans(offsets: Offsets, bounds: Ints, mentions: Mentions) -> tuple[Spans, Counter[str]]:
    """Token spans of mentions, in order, and why others have none.

    `offsets` [tokens, 2]: code points that each token comes from, of all texts in a row, each text's from bounds[n] to
    bounds[n + 1] and ascending in both columns, empty for specials.

    1. A mention's span is every token that shares a code point with it: the fewest tokens that cover it.
    2. If they cover more than the mention it counts as `widened` and is kept.
    3. It is dropped as `no_tokens` where no token shares a code point with it (white space alone).
    4. Spans are disjoint and ascending: of two that share a token the earlier one stays, of two that begin together the
       longer one; the other is dropped as `overlap`.

    >>> offsets = np.array([[0, 0], [0, 4], [5, 7], [7, 9], [9, 9]])          # "Rome Italy" as ▁Rome ▁It al…
    >>> mentions = Mentions(*np.array([[0, 0, 4, 220], [0, 5, 8, 38], [0, 5, 7, 39]]).T)
    >>> spans, counts = align_spans(offsets, np.array([0, 5]), mentions)
    >>> spans.first.tolist(), spans.last.tolist(), spans.mentions.qid.tolist(), counts
    ([1, 2], [2, 4], [220, 38], Counter({'overlap': 1, 'widened': 1}))
    """
    mentions = mentions.in_order()
    counts: Counter[str] = Counter()
    first, last = _touched(offsets, bounds, mentions)
    some = first < last
    spans = Spans(first[some], last[some], mentions.take(some))
    apart = disjoint(spans)
    counts["no_tokens"], counts["overlap"] = int((~some).sum()), int((~apart).sum())
    spans = spans.take(apart)
    covers_more = offsets[spans.first, 0] < spans.mentions.start
    covers_more |= offsets[spans.last - 1, 1] > spans.mentions.end
    counts["widened"] = int(covers_more.sum())
    begin = bounds[spans.mentions.text]
    return spans._replace(first=spans.first - begin, last=spans.last - begin), +counts


def disjoint(spans: Spans) -> Mask:
    """Which spans stay by rule 4 of `align_spans`; they are in order."""
    text, stays = spans.mentions.text, np.ones(len(spans.first), np.bool_)
    clash = np.zeros(len(text), np.bool_)
    clash[1:] = (text[1:] == text[:-1]) & (spans.first[1:] < spans.last[:-1])
    for start, end in _runs(text, np.unique(text[clash])):
        free = -1
        for at in range(start, end):
            stays[at] = spans.first[at] >= free
            free = spans.last[at] if stays[at] else free
    return stays


def rank(texts: Ints) -> Ints:
    """How many of the same text come before: of ascending numbers of texts.

    >>> rank(np.array([0, 0, 0, 2, 2])).tolist()
    [0, 1, 2, 0, 1]
    """
    return np.arange(len(texts)) - np.searchsorted(texts, texts, side="left")


def _runs(texts: Ints, chosen: Ints) -> list[tuple[int, int]]:
    """From where to where each of the chosen texts stands among the ascending ones."""
    sides = (np.searchsorted(texts, chosen, side=side).tolist() for side in ("left", "right"))
    return list(zip(*sides, strict=True))


def _touched(offsets: Offsets, bounds: Ints, mentions: Mentions) -> tuple[Ints, Ints]:
    """The first token that shares a code point with each mention, and the one after the last, in `offsets`."""
    # Places count on from text to text, so that one binary search does for all.
    step = int(max(offsets.max(initial=0), mentions.end.max(initial=0))) + 2
    base = np.repeat(np.arange(len(bounds) - 1) * step, np.diff(bounds))
    own = mentions.text * step
    first = np.searchsorted(offsets[:, 1] + base, mentions.start + own, side="right")
    last = np.searchsorted(offsets[:, 0] + base, mentions.end + own, side="left")
    first = np.maximum(first, bounds[mentions.text] + 1)
    last = np.minimum(last, bounds[mentions.text + 1] - 1)
    # Tokens at the ends that come from no character (a `▁` alone) do not belong to it.
    empty = offsets[:, 0] >= offsets[:, 1]
    while (lone := (first < last) & empty[np.minimum(first, len(empty) - 1)]).any():
        first = first + lone
    while (lone := (first < last) & empty[last - 1]).any():
        last = last - lone
    return first, last
