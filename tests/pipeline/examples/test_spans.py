"""Spans against the obvious: every token that shares a character with the mention."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.examples.spans import align_spans
from pipeline.records import Span


@st.composite
def tokenised(draw: st.DrawFn) -> tuple[np.ndarray, int]:
    """Offsets of a text: gaps are white space, empty tokens a lone ▁, equal ones a character of several tokens."""
    rows, at = [(0, 0)], 0
    for _ in range(draw(st.integers(0, 12))):
        at += draw(st.integers(0, 1))
        kind = draw(st.sampled_from(["plain", "lone", "twice"]))
        if kind == "lone":
            rows.append((at, at))
        else:
            end = at + draw(st.integers(1, 4))
            rows += [(at, end)] * (2 if kind == "twice" else 1)
            at = end
    return np.array([*rows, (at, at)], np.int32), at


@settings(max_examples=500, deadline=None)
@given(tokenised(), st.data())
def test_spans_are_the_tokens_that_share_a_character(case: tuple[np.ndarray, int], data: st.DataObject) -> None:
    offsets, length = case
    places = st.tuples(st.integers(0, length), st.integers(0, length)).map(sorted).map(tuple)
    drawn = data.draw(st.lists(places.filter(lambda place: place[0] < place[1]), max_size=6))
    mentions = [(start, end, qid) for qid, (start, end) in enumerate(drawn)]
    spans, kept, counts = align_spans(offsets, mentions)
    assert len(spans) == len(kept) and len(kept) + counts["no_tokens"] + counts["overlap"] == len(mentions)
    taken: set[int] = set()
    lost = {"no_tokens": 0, "overlap": 0}
    found = iter(zip(spans, kept, strict=True))
    for start, end, qid in sorted(mentions, key=lambda mention: (mention[0], -mention[1], mention[2])):
        shares = [n for n, (a, b) in enumerate(offsets.tolist()) if a < end and b > start and a < b]
        covered = range(shares[0], shares[-1] + 1) if shares else range(0)
        if not shares:
            lost["no_tokens"] += 1
        elif taken & set(covered):
            lost["overlap"] += 1
        else:
            assert next(found) == (Span(covered.start, covered.stop, qid), (start, end, qid))
            taken |= set(covered)
    assert lost == {"no_tokens": counts["no_tokens"], "overlap": counts["overlap"]}
    assert next(found, None) is None


def test_widened_mentions_are_counted() -> None:
    offsets = np.array([[0, 0], [0, 5], [5, 5]], np.int32)
    assert align_spans(offsets, [(1, 3, 7)])[2] == {"widened": 1}
    assert align_spans(offsets, [(0, 5, 7)])[2] == {}
    assert align_spans(offsets, []) == ([], [], {})
