"""Rows of different length as one padded tensor, and how a batch is cut into forward passes."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from xlmk_model.batches import Tokens

PASS_COST = 64
"""What a pass takes beside its tokens, in tokens' time, on a CPU: about 15 for 6 layers of 384, else more."""
GPU_PASS_COST = 4096
"""The same on a GPU, where a pass is hundreds of small kernels: a guess, none was at hand."""


def pad_rows(rows: Sequence[Tensor], pad: int) -> Tokens:
    """Right-pad 1-D int64 rows to the longest.

    >>> pad_rows([torch.tensor([0, 5, 2]), torch.tensor([0, 2])], pad=1).ids.tolist()
    [[0, 5, 2], [0, 2, 1]]
    """
    lengths = torch.tensor([len(row) for row in rows], dtype=torch.int64)
    ids = torch.full((len(rows), int(lengths.max()) if rows else 0), pad, dtype=torch.int64)
    for at, row in enumerate(rows):
        ids[at, : len(row)] = row
    return Tokens(ids=ids, lengths=lengths)


def forward_passes(lengths: Tensor, limit: int, cost: int = PASS_COST) -> list[Tensor]:
    """Cut rows of these lengths into passes of at most `limit` padded tokens: row numbers of each, longest first.

    Rows of like length come together. Of all such cuts this is the one with the least padded tokens + `cost` x passes,
    so that neither padding nor many small passes waste time. A single row may exceed the limit.

    >>> [rows.tolist() for rows in forward_passes(torch.tensor([3, 9, 8, 2]), limit=18)]
    [[1, 2], [0, 3]]
    >>> [rows.tolist() for rows in forward_passes(torch.tensor([3, 9, 8, 2]), limit=100, cost=5)]
    [[1, 2], [0, 3]]
    >>> [rows.tolist() for rows in forward_passes(torch.tensor([3, 9, 8, 2]), limit=100, cost=50)]
    [[1, 2, 0, 3]]
    """
    order = torch.argsort(lengths, descending=True, stable=True)
    sizes: list[int] = lengths[order].tolist()
    rows = len(sizes)
    least = np.zeros(rows + 1, np.int64)  # of the rows from here on: padded tokens + cost of their passes
    stops = [0] * rows
    for start in range(rows - 1, -1, -1):
        most = min(rows - start, max(1, limit // max(1, sizes[start])))
        costs = sizes[start] * np.arange(1, most + 1) + least[start + 1 : start + 1 + most]
        best = int(costs.argmin())
        least[start], stops[start] = costs[best] + cost, start + 1 + best
    passes, start = [], 0
    while start < rows:
        passes.append(order[start : stops[start]])
        start = stops[start]
    return passes


def groups(sizes: Sequence[int], limit: int) -> list[range]:
    """Cut neighbours into runs whose sizes add up to at most `limit`; a single one may exceed it.

    >>> groups([5, 3, 4, 9, 1], limit=8)
    [range(0, 2), range(2, 3), range(3, 4), range(4, 5)]
    """
    found, start, total = [], 0, 0
    for at, size in enumerate(sizes):
        if at > start and total + size > limit:
            found.append(range(start, at))
            start, total = at, 0
        total += size
    return [*found, range(start, len(sizes))] if sizes else []
