"""Cuts into forward passes: every row once, within the limit, and none cheaper (against trying all cuts)."""

from functools import cache

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from xlmk_model.collate.padding import forward_passes


@given(st.lists(st.integers(1, 30), max_size=14), st.integers(1, 200), st.integers(0, 60))
@settings(max_examples=60, deadline=None)
def test_no_cut_is_cheaper(lengths: list[int], limit: int, cost: int) -> None:
    ordered = sorted(lengths, reverse=True)

    @cache
    def least(first: int) -> int:
        stops = range(first + 1, len(ordered) + 1)
        allowed = [stop for stop in stops if stop == first + 1 or ordered[first] * (stop - first) <= limit]
        return min((ordered[first] * (stop - first) + cost + least(stop) for stop in allowed), default=0)

    passes = [rows.tolist() for rows in forward_passes(torch.tensor(lengths, dtype=torch.int64), limit, cost)]
    assert sorted(row for rows in passes for row in rows) == list(range(len(lengths)))
    sizes = [len(rows) * max(lengths[row] for row in rows) for rows in passes]
    assert all(size <= limit or len(rows) == 1 for size, rows in zip(sizes, passes, strict=True))
    assert sum(sizes) + cost * len(passes) == least(0)
