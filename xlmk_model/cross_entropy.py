"""Linear layer and cross-entropy in one, without ever holding all logits: for vocabularies of 250,000 pieces.

P predictions, H width, V pieces, R rows of a chunk. Loss and gradients are made in the same sweep over chunks of rows,
so that the logits [R, V] of a chunk live only while it is worked on and are computed once.
"""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

CHUNK_LOGITS = 128 * 2**20
"""Most logits of a chunk: 512 MB in float32."""
SLICE_LOGITS = 2**22
"""Most logits that are wide (float32) at a time while a softmax is taken: 16 MB, so that they stay near the cache."""


def compute_dtype(features: Tensor) -> torch.dtype:
    """What matrices are multiplied in: autocast's type if it is on, else that of the features."""
    device = features.device.type
    return torch.get_autocast_dtype(device) if torch.is_autocast_enabled(device) else features.dtype


class _LinearCrossEntropy(torch.autograd.Function):
    """Sum of -log softmax(features @ weight.T + bias)[label]."""

    @staticmethod
    def forward(ctx: Any, features: Tensor, weight: Tensor, bias: Tensor, labels: Tensor) -> Tensor:
        narrow = compute_dtype(features)
        wide = torch.promote_types(features.dtype, torch.float32)
        with torch.autocast(features.device.type, enabled=False):
            weights, biases = weight.to(narrow), bias.to(narrow)
            needed = any(ctx.needs_input_grad)
            total = torch.zeros((), dtype=wide, device=features.device)
            grad_features = torch.empty_like(features) if needed else None
            grad_weight = torch.zeros_like(weight) if needed else None
            grad_bias = torch.zeros_like(bias) if needed else None
            rows = max(1, CHUNK_LOGITS // len(weight))
            for start in range(0, len(labels), rows):
                own = features[start : start + rows].to(narrow)
                logits = functional.linear(own, weights, biases)  # [R, V]
                total += _softmax_minus_one_hot(logits, labels[start : start + rows], wide)
                if grad_features is not None and grad_weight is not None and grad_bias is not None:
                    grad_features[start : start + rows] = (logits @ weights).to(features.dtype)
                    if narrow == grad_weight.dtype:
                        grad_weight.addmm_(logits.T, own)
                    else:
                        grad_weight += logits.T @ own
                    grad_bias += logits.sum(dim=0, dtype=wide).to(bias.dtype)
        ctx.save_for_backward(grad_features, grad_weight, grad_bias)
        return total

    @staticmethod
    def backward(ctx: Any, *outer: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        features, weight, bias = ctx.saved_tensors
        (scale,) = outer
        return features.mul_(scale), weight.mul_(scale), bias.mul_(scale), None


def _softmax_minus_one_hot(logits: Tensor, labels: Tensor, wide: torch.dtype) -> Tensor:
    """Turn logits [R, V] in place into their gradient, softmax minus the label's 1; returns the summed loss."""
    total = torch.zeros((), dtype=wide, device=logits.device)
    rows = max(1, SLICE_LOGITS // logits.shape[1])
    for start in range(0, len(labels), rows):
        part = logits[start : start + rows]
        label = labels[start : start + rows, None]
        scores = part.to(wide)
        normaliser = scores.logsumexp(dim=1, keepdim=True)  # [r, 1]
        total += (normaliser - scores.gather(1, label)).sum()
        shares = torch.sub(scores, normaliser).exp_()
        part.copy_(shares.scatter_add_(1, label, torch.full_like(normaliser, -1.0)))
    return total


def linear_cross_entropy(features: Tensor, weight: Tensor, bias: Tensor, labels: Tensor) -> Tensor:
    """Sum over p of -log softmax(features[p] @ weight.T + bias)[labels[p]], in float32 (or wider if the features are).

    `features` [P, H], `weight` [V, H], `bias` [V], `labels` [P]. The gradient can be taken once.

    >>> loss = linear_cross_entropy(torch.zeros(2, 3), torch.zeros(4, 3), torch.zeros(4), torch.tensor([0, 3]))
    >>> round(float(loss), 4)  # 2 log 4
    2.7726
    """
    loss: Tensor = _LinearCrossEntropy.apply(features, weight, bias, labels)  # type: ignore[no-untyped-call]
    return loss
