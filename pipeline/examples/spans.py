"""Mentions in code points → mentions in tokens."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from pipeline.records import Span

Offsets = npt.NDArray[np.int32]


def align_spans(
    offsets: Offsets, mentions: Sequence[tuple[int, int, int]]
) -> tuple[list[Span], list[tuple[int, int, int]], Counter[str]]:
    """Token spans of mentions, the mentions they are of, and why others have none.

    `offsets` [tokens, 2]: code points each token comes from, both columns ascending, empty for specials;
    `mentions`: (start, end, qid), half-open, in code points of the same text.

    1. A mention's span is every token that shares a code point with it: the fewest tokens that cover it.
    2. If they cover more than the mention it counts as `widened` and is kept.
    3. It is dropped as `no_tokens` where no token shares a code point with it (white space alone).
    4. Spans are disjoint and ascending: of two that share a token the earlier one stays, of two that begin together the
       longer one; the other is dropped as `overlap`.

    >>> offsets = np.array([[0, 0], [0, 4], [5, 7], [7, 9], [9, 9]])          # "Rome Italy" as ▁Rome ▁It al…
    >>> align_spans(offsets, [(0, 4, 220), (5, 8, 38), (5, 7, 39)])
    ([Span(start=1, end=2, qid=220), Span(start=2, end=4, qid=38)], [(0, 4, 220), (5, 8, 38)], \
Counter({'widened': 1, 'overlap': 1}))
    """
    if not mentions:
        return [], [], Counter()
    ordered = in_order(mentions)
    places = np.array([mention[:2] for mention in ordered], np.int64)
    firsts = np.searchsorted(offsets[:, 1], places[:, 0], side="right").tolist()
    lasts = np.searchsorted(offsets[:, 0], places[:, 1], side="left").tolist()
    touched = []
    for mention, *pair in zip(ordered, firsts, lasts, strict=True):
        first, last = _without_empty(offsets, max(pair[0], 1), min(pair[1], len(offsets) - 1))
        wide = first < last and bool(offsets[first, 0] < mention[0] or offsets[last - 1, 1] > mention[1])
        touched.append((first, last, wide))
    return disjoint(ordered, touched)


def in_order(mentions: Sequence[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """By beginning, of those that begin together the longer one first."""
    return sorted(mentions, key=lambda mention: (mention[0], -mention[1], mention[2]))


def disjoint(
    ordered: Sequence[tuple[int, int, int]], touched: Sequence[tuple[int, int, bool]]
) -> tuple[list[Span], list[tuple[int, int, int]], Counter[str]]:
    """Rules 2 to 4 of `align_spans`: `touched` are the tokens of each of the `ordered` mentions and if these are wider.

    >>> disjoint([(0, 4, 220), (5, 8, 38), (5, 7, 39)], [(1, 2, False), (2, 4, True), (2, 3, False)])
    ([Span(start=1, end=2, qid=220), Span(start=2, end=4, qid=38)], [(0, 4, 220), (5, 8, 38)], \
Counter({'widened': 1, 'overlap': 1}))
    """
    counts: Counter[str] = Counter()
    spans: list[Span] = []
    kept: list[tuple[int, int, int]] = []
    free = 1
    for mention, (first, last, wide) in zip(ordered, touched, strict=True):
        if first >= last:
            counts["no_tokens"] += 1
        elif first < free:
            counts["overlap"] += 1
        else:
            counts["widened"] += wide
            spans.append(Span(first, last, mention[2]))
            kept.append(mention)
            free = last
    return spans, kept, +counts


def _without_empty(offsets: Offsets, first: int, last: int) -> tuple[int, int]:
    """The range without tokens at its ends that come from no character (a `▁` alone)."""
    while first < last and offsets[first, 0] >= offsets[first, 1]:
        first += 1
    while first < last and offsets[last - 1, 0] >= offsets[last - 1, 1]:
        last -= 1
    return first, last
