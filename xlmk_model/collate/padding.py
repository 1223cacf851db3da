"""Rows of different length as one padded tensor, and how a batch is cut into forward passes."""

from collections.abc import Sequence

import torch
from torch import Tensor

from xlmk_model.batches import Tokens


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


def forward_passes(lengths: Tensor, limit: int) -> list[Tensor]:
    """Cut rows of these lengths into passes of at most `limit` padded tokens: row numbers of each, longest first.

    Rows of like length come together, so that little is padding. A single row may exceed the limit.

    >>> [rows.tolist() for rows in forward_passes(torch.tensor([3, 9, 8, 2]), limit=18)]
    [[1, 2], [0, 3]]
    """
    order = torch.argsort(lengths, descending=True, stable=True)
    passes, start = [], 0
    while start < len(order):
        longest = int(lengths[order[start]])
        stop = start + max(1, limit // max(1, longest))
        passes.append(order[start:stop])
        start = stop
    return passes
