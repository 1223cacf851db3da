"""Linear layer and cross-entropy in one, without ever holding all logits: for vocabularies of 250,000 pieces.

P predictions, H width, V pieces, R rows of a chunk. Loss and gradients are made in the same sweep over chunks of rows,
so that the logits [R, V] of a chunk live only while it is worked on and are computed once.
"""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from xlmk_model.word_rows import gradient_of

CHUNK_LOGITS = 128 * 2**20
"""Most logits of a chunk: 512 MB in float32."""
SLICE_LOGITS = 2**22
"""Most logits that are wide (float32) at a time while a softmax is taken: 16 MB, so that they stay near the cache."""

_MEMORY: dict[torch.dtype, Tensor] = {}
"""Of a chunk's logits, by type: fresh memory of that size costs the system about a third of the product's time."""


def compute_dtype(features: Tensor) -> torch.dtype:
    """What matrices are multiplied in: autocast's type if it is on, else that of the features."""
    device = features.device.type
    return torch.get_autocast_dtype(device) if torch.is_autocast_enabled(device) else features.dtype


class _LinearCrossEntropy(torch.autograd.Function):
    """Sum of -log softmax(features @ weight.T + bias)[label]."""

    @staticmethod
    def forward(
        ctx: Any, features: Tensor, weight: Tensor, bias: Tensor, labels: Tensor, factor: float | None
    ) -> Tensor:
        narrow = compute_dtype(features)
        wide = torch.promote_types(features.dtype, torch.float32)
        with torch.autocast(features.device.type, enabled=False):
            weights, biases = weight.to(narrow), bias.to(narrow)
            total = torch.zeros((), dtype=wide, device=features.device)
            make, share = (torch.zeros_like, 1.0) if factor is None else (gradient_of, factor)
            needed = ctx.needs_input_grad
            grad_features = torch.empty_like(features) if needed[0] else None
            grad_weight, grad_bias = make(weight) if needed[1] else None, make(bias) if needed[2] else None
            rows = max(1, CHUNK_LOGITS // len(weight))
            for start in range(0, len(labels), rows):
                own = features[start : start + rows].to(narrow)
                logits = _chunk_logits(own, weights, biases)  # [R, V]
                total += _softmax_minus_one_hot(logits, labels[start : start + rows], wide)
                if grad_features is not None:
                    grad_features[start : start + rows] = (logits @ weights).to(features.dtype)
                if grad_weight is not None and narrow == grad_weight.dtype:
                    grad_weight.addmm_(logits.T, own, alpha=share)
                elif grad_weight is not None:
                    grad_weight.add_(logits.T @ own, alpha=share)
                if grad_bias is not None:
                    grad_bias.add_(logits.sum(dim=0, dtype=wide).to(bias.dtype), alpha=share)
        ctx.save_for_backward(grad_features, *((grad_weight, grad_bias) if factor is None else (None, None)))
        return total

    @staticmethod
    def backward(ctx: Any, *outer: Tensor) -> tuple[Tensor | None, ...]:
        gradients = [None if tensor is None else tensor.mul_(outer[0]) for tensor in ctx.saved_tensors]
        return (*gradients, None, None)


def _softmax_minus_one_hot(logits: Tensor, labels: Tensor, wide: torch.dtype) -> Tensor:
    """Turn logits [R, V] in place into their gradient, softmax minus the label's 1; returns the summed loss."""
    total = torch.zeros((), dtype=wide, device=logits.device)
    rows = max(1, SLICE_LOGITS // logits.shape[1])
    for start in range(0, len(labels), rows):
        part = logits[start : start + rows]
        label = labels[start : start + rows, None]
        scores = part.to(wide)  # the same memory if they are wide already
        own, top = scores.gather(1, label), scores.amax(dim=1, keepdim=True)  # [r, 1]
        scores.sub_(top).exp_()
        sums = scores.sum(dim=1, keepdim=True)
        total += (sums.log() + top - own).sum()
        scores.div_(sums).scatter_add_(1, label, torch.full_like(sums, -1.0))
        if scores.dtype != part.dtype:
            part.copy_(scores)
    return total


def _chunk_logits(features: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """features @ weight.T + bias, [R, V]; on a CPU in memory that the next call uses again."""
    if features.device.type != "cpu":
        return functional.linear(features, weight, bias)
    count = len(features) * len(weight)
    if count > len(_MEMORY.get(features.dtype, ())):
        _MEMORY[features.dtype] = torch.empty(count, dtype=features.dtype)
    logits = _MEMORY[features.dtype][:count].view(len(features), len(weight))
    return torch.addmm(bias, features, weight.T, out=logits)


def linear_cross_entropy(
    features: Tensor, weight: Tensor, bias: Tensor, labels: Tensor, *, factor: float | None = None
) -> Tensor:
    """Sum over p of -log softmax(features[p] @ weight.T + bias)[labels[p]], in float32 (or wider if the features are).

    `features` [P, H], `weight` [V, H], `bias` [V], `labels` [P]. The gradient can be taken once.
    With `factor` the gradients of weight and bias are not handed on: `factor` times each is added to `.grad` at once,
    in the forward sweep, so that no second [V, H] is held or added up. The caller then goes backward from
    `factor * loss`, which gives the features theirs.

    >>> loss = linear_cross_entropy(torch.zeros(2, 3), torch.zeros(4, 3), torch.zeros(4), torch.tensor([0, 3]))
    >>> round(float(loss), 4)  # 2 log 4
    2.7726
    """
    loss: Tensor = _LinearCrossEntropy.apply(features, weight, bias, labels, factor)  # type: ignore[no-untyped-call]
    return loss
