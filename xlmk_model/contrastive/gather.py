"""Rows of all ranks, with gradient. Without torch.distributed every function is the identity.

Each rank's loss covers its own queries against the candidates of all ranks; the gradient of a candidate is the sum of
what all ranks' losses say about it. Parameter gradients summed over ranks then equal those of one process with it all.
"""

from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor


def rank_and_world() -> tuple[int, int]:
    """(rank of this process, number of processes); (0, 1) outside torch.distributed."""
    return (dist.get_rank(), dist.get_world_size()) if dist.is_initialized() else (0, 1)


def global_sum(values: Tensor) -> Tensor:
    """The element-wise sum over ranks, without gradient."""
    if rank_and_world()[1] == 1:
        return values
    summed = values.cuda() if dist.get_backend() == "nccl" else values.clone()
    dist.all_reduce(summed)
    return summed.to(values.device)


def row_counts(rows: int, device: torch.device) -> list[int]:
    """How many rows each rank has."""
    rank, world = rank_and_world()
    counts = torch.zeros(world, dtype=torch.int64, device=device)
    counts[rank] = rows
    found: list[int] = global_sum(counts).tolist()
    return found


class _GatherBlocks(torch.autograd.Function):
    """[n, ...] of each rank → [ranks, n, ...] on every rank; a block's gradient is the sum of all ranks' gradients."""

    @staticmethod
    def forward(_ctx: Any, block: Tensor) -> Tensor:
        parts = [torch.empty_like(block) for _ in range(rank_and_world()[1])]
        dist.all_gather(parts, block.contiguous())
        return torch.stack(parts)

    @staticmethod
    def backward(_ctx: Any, *outer: Tensor) -> Tensor:
        summed = outer[0].contiguous()
        dist.all_reduce(summed)
        return summed[rank_and_world()[0]]


def gather_rows(rows: Tensor) -> tuple[Tensor, int]:
    """(the rows of all ranks in rank order, place of this rank's first row); ranks may have different numbers of rows.

    Rows are padded to the longest rank for the exchange, since ragged exchanges are not possible with gloo.
    """
    rank, world = rank_and_world()
    if world == 1:
        return rows, 0
    counts = row_counts(len(rows), rows.device)
    room = rows.new_zeros((max(counts) - len(rows), *rows.shape[1:]))
    padded = torch.cat([rows, room])
    blocks: Tensor = _GatherBlocks.apply(padded)  # type: ignore[no-untyped-call]
    return torch.cat([block[:count] for block, count in zip(blocks, counts, strict=True)]), sum(counts[:rank])
