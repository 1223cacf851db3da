"""Pieces of texts by code points, against Python's own slices."""

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.tables.surfaces import surfaces

TEXTS = st.lists(st.text(st.sampled_from("aé東😀 "), max_size=8), min_size=1, max_size=4)


@settings(max_examples=200, deadline=None)
@given(TEXTS, st.lists(st.tuples(st.integers(0, 3), st.integers(0, 9), st.integers(0, 9))), st.booleans())
def test_slices_of_any_texts(texts: list[str], places: list[tuple[int, int, int]], as_mentions: bool) -> None:
    places = [(row % len(texts), min(pair), max(pair)) for row, *pair in places]
    if as_mentions:  # ascending and disjoint: the fast way
        places = sorted(places)
        places = [b for a, b in zip([(-1, 0, 0), *places], places, strict=False) if b[0] > a[0] or b[1] >= a[2]]
    array = pa.array(["before", *texts]).slice(1)
    columns = [pa.array([place[number] for place in places], pa.int64()).to_numpy() for number in range(3)]
    assert surfaces(array, *columns).to_pylist() == [texts[row][start:end] for row, start, end in places]


def test_places_that_ascend_and_overlap() -> None:
    rows, starts, ends = (pa.array(column).to_numpy() for column in ([0, 0, 1], [0, 1, 0], [3, 2, 9]))
    assert surfaces(pa.array(["Città", "東京"]), rows, starts, ends).to_pylist() == ["Cit", "i", "東京"]
