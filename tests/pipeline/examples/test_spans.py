"""Spans against the obvious: every token that shares a character with the mention."""

from typing import NamedTuple

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.examples.spans import Mentions, align_spans


class Case(NamedTuple):
    """Offsets of a text's tokens, and mentions in it: (start, end, qid)."""

    offsets: list[tuple[int, int]]
    mentions: list[tuple[int, int, int]]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Gaps are white space, empty tokens a lone ▁, equal ones a character of several tokens."""
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
    places = st.tuples(st.integers(0, at), st.integers(0, at)).map(sorted)
    drawn = draw(st.lists(places.filter(lambda place: place[0] < place[1]), max_size=6))
    return Case([*rows, (at, at)], [(start, end, qid) for qid, (start, end) in enumerate(drawn)])


def columns(cases: list[Case]) -> tuple[np.ndarray, np.ndarray, Mentions]:
    """Several texts as `align_spans` takes them."""
    offsets = np.array([row for case in cases for row in case.offsets], np.int32).reshape(-1, 2)
    bounds = np.cumsum([0, *(len(case.offsets) for case in cases)])
    rows = [(number, *mention) for number, case in enumerate(cases) for mention in case.mentions]
    return offsets, bounds, Mentions(*np.array(rows, np.int64).reshape(-1, 4).T)


@settings(max_examples=200, deadline=None)
@given(st.lists(cases(), min_size=1, max_size=4))
def test_spans_are_the_tokens_that_share_a_character(drawn: list[Case]) -> None:
    spans, counts = align_spans(*columns(drawn))
    found = list(zip(*(column.tolist() for column in (*spans.mentions, spans.first, spans.last)), strict=True))
    expected = []
    lost = {"no_tokens": 0, "overlap": 0, "widened": 0}
    for number, (offsets, mentions) in enumerate(drawn):
        taken: set[int] = set()
        for start, end, qid in sorted(mentions, key=lambda mention: (mention[0], -mention[1], mention[2])):
            shares = [n for n, (a, b) in enumerate(offsets) if a < end and b > start and a < b]
            covered = range(shares[0], shares[-1] + 1) if shares else range(0)
            if not shares:
                lost["no_tokens"] += 1
            elif taken & set(covered):
                lost["overlap"] += 1
            else:
                expected.append((number, start, end, qid, covered.start, covered.stop))
                lost["widened"] += offsets[shares[0]][0] < start or offsets[shares[-1]][1] > end
                taken |= set(covered)
    assert found == expected
    assert counts == {reason: number for reason, number in lost.items() if number}


def test_widened_mentions_are_counted() -> None:
    offsets = [(0, 0), (0, 5), (5, 5)]
    assert align_spans(*columns([Case(offsets, [(1, 3, 7)])]))[1] == {"widened": 1}
    assert align_spans(*columns([Case(offsets, [(0, 5, 7)])]))[1] == {}
    spans, counts = align_spans(*columns([Case(offsets, [])]))
    assert len(spans.first) == len(spans.mentions.qid) == 0 and counts == {}
