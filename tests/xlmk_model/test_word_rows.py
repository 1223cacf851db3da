"""Gradients that are added in place equal torch's own: embeddings, and the decoder that is tied to them."""

import torch
from torch.nn import functional

from xlmk_model.cross_entropy import linear_cross_entropy
from xlmk_model.word_rows import word_rows


def test_tied_gradients_equal_torch() -> None:
    generator = torch.Generator().manual_seed(0)
    weight = torch.randn(9, 4, dtype=torch.float64, generator=generator)
    bias = torch.randn(9, dtype=torch.float64, generator=generator)
    ids, labels = torch.tensor([[0, 8, 8, 1], [0, 3, 1, 1]]), torch.tensor([2, 5, 5])
    ours, theirs = ([tensor.clone().requires_grad_() for tensor in (weight, bias)] for _ in range(2))
    for step in range(2):  # the second adds to the first
        states = torch.tanh(word_rows(ours[0], ids, pad=1)).flatten(0, 1)[1 + step : 4 + step]
        (linear_cross_entropy(states, *ours, labels, factor=0.3) * 0.3).backward()
        states = torch.tanh(functional.embedding(ids, theirs[0], padding_idx=1)).flatten(0, 1)[1 + step : 4 + step]
        (functional.cross_entropy(functional.linear(states, *theirs), labels, reduction="sum") * 0.3).backward()
    for own, other in zip(ours, theirs, strict=True):
        assert own.grad is not None and other.grad is not None
        assert torch.allclose(own.grad, other.grad, atol=1e-12, rtol=0)


def test_frozen_embeddings_get_no_gradient() -> None:
    weight, bias = torch.randn(9, 4), torch.zeros(9)
    states = torch.randn(3, 4, requires_grad=True)
    (linear_cross_entropy(states, weight, bias, torch.tensor([1, 2, 3]), factor=2.0) * 2.0).backward()
    assert weight.grad is None and bias.grad is None
    assert states.grad is not None
    assert not word_rows(weight, torch.tensor([[1, 2]]), pad=0).requires_grad
