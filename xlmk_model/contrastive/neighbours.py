"""Nearest vectors within groups: what hard negatives are chosen from. E vectors, D width, K neighbours."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
CHUNK = 2**25
"""Most similarities that are held at a time: 128 MB in float32."""


def _pairs(vectors: Tensor, text: Tensor, members: Tensor, count: int) -> tuple[Ints, Ints, Floats]:
    """Of one group: (place, place of a near one, minus their product) for the `count` nearest of each member."""
    own, same = vectors[members], text[members]
    kept = min(count, len(members))
    rows, columns, distances = [], [], []
    step = max(1, CHUNK // len(members))
    for start in range(0, len(members), step):
        scores = own[start : start + step] @ own.T  # [rows, members]
        scores.masked_fill_(same[start : start + step, None] == same[None, :], -torch.inf)
        best, at = scores.topk(kept, dim=1)
        row, order = torch.isfinite(best).nonzero(as_tuple=True)
        rows.append(members[row + start])
        columns.append(members[at[row, order]])
        distances.append(-best[row, order].double())
    return torch.cat(rows).cpu().numpy(), torch.cat(columns).cpu().numpy(), torch.cat(distances).cpu().numpy()


def nearest_in_groups(vectors: Tensor, text: Tensor, groups: Sequence[Ints], count: int) -> Ints:
    """The places of the nearest vectors of each, [E, count], -1 where there are fewer.

    nearest[i] are those j with the largest dot products <vectors[i], vectors[j]>, nearest first, for which
      1. some group holds both i and j;
      2. their texts differ: text[i] != text[j] (so j is not i).

    >>> vectors = torch.tensor([[1.0, 0.0], [0.9, 0.1], [0.8, 0.2], [1.0, 0.0]])
    >>> nearest_in_groups(vectors, torch.tensor([5, 6, 7, 5]), [np.array([0, 1, 3]), np.array([0, 2])], 2).tolist()
    [[1, 2], [0, 3], [0, -1], [1, -1]]
    """
    device = vectors.device
    found = [
        _pairs(vectors, text.to(device), torch.from_numpy(group).to(device), count)
        for group in groups
        if len(group) > 1
    ]
    result = np.full((len(vectors), count), -1, np.int64)
    if not found:
        return result
    row, column, order = (np.concatenate(parts) for parts in zip(*found, strict=True))
    _, once = np.unique(np.stack([row, column]), axis=1, return_index=True)
    row, column, order = row[once], column[once], order[once]
    ranked = np.lexsort((column, order, row))
    row, column = row[ranked], column[ranked]
    place = np.arange(len(row)) - np.searchsorted(row, row)  # among those of its row
    kept = place < count
    result[row[kept], place[kept]] = column[kept]
    return result
