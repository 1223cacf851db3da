"""Rows of the word embeddings whose gradient is added in place, at the rows that were read.

Torch's own embedding gives each forward pass a gradient of the whole matrix [V, H], mostly zeros: 384 MB at 250,000
pieces of width 384, which is then added to what is there. Here a pass costs what its tokens cost.
"""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional


def gradient_of(parameter: Tensor) -> Tensor:
    """The parameter's gradient to add to in place; zeros are made where it has none."""
    if parameter.grad is None:
        parameter.grad = torch.zeros_like(parameter)
    return parameter.grad


class _WordRows(torch.autograd.Function):
    """weight[ids]; the backward pass adds to `weight.grad` itself and hands nothing on."""

    @staticmethod
    def forward(ctx: Any, weight: Tensor, ids: Tensor, pad: int) -> Tensor:
        ctx.weight, ctx.ids, ctx.pad = weight, ids, pad
        return functional.embedding(ids, weight)

    @staticmethod
    def backward(ctx: Any, *outer: Tensor) -> tuple[None, None, None]:
        ids = ctx.ids.flatten()
        read = (ids != ctx.pad).nonzero().flatten()
        rows = outer[0].flatten(0, -2)[read].to(ctx.weight.dtype)
        gradient_of(ctx.weight).index_add_(0, ids[read], rows)
        return None, None, None


def word_rows(weight: Tensor, ids: Tensor, pad: int) -> Tensor:
    """Rows [*ids, H] of the embedding matrix [V, H]; those of `pad` have no gradient.

    After a backward pass `weight.grad` is what torch's embedding with `padding_idx=pad` gives; it must not be asked for
    in another way (`torch.autograd.grad`, hooks).

    >>> weight = torch.nn.Parameter(torch.ones(4, 2))
    >>> word_rows(weight, torch.tensor([[3, 0, 3, 1]]), pad=1).sum().backward()
    >>> weight.grad[:, 0].tolist()
    [1.0, 0.0, 0.0, 2.0]
    """
    rows: Tensor = _WordRows.apply(weight, ids, pad)  # type: ignore[no-untyped-call]
    return rows
