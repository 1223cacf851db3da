"""The fused cross-entropy against torch's, with gradients, in one chunk and in many."""

import pytest
import torch
from torch.nn import functional

from xlmk_model import cross_entropy
from xlmk_model.cross_entropy import linear_cross_entropy


@pytest.mark.parametrize(("chunk", "part"), [(10**9, 10**9), (40, 10), (7, 30)])
def test_equals_full_logits(monkeypatch: pytest.MonkeyPatch, chunk: int, part: int) -> None:
    monkeypatch.setattr(cross_entropy, "CHUNK_LOGITS", chunk)
    monkeypatch.setattr(cross_entropy, "SLICE_LOGITS", part)
    generator = torch.Generator().manual_seed(0)
    sizes = [(11, 5), (13, 5), (13,)]
    ours = [torch.randn(size, dtype=torch.float64, generator=generator, requires_grad=True) for size in sizes]
    theirs = [tensor.detach().clone().requires_grad_() for tensor in ours]
    labels = torch.randint(13, (11,), generator=generator)
    loss = linear_cross_entropy(*ours, labels)
    expected = functional.cross_entropy(functional.linear(*theirs), labels, reduction="sum")
    (loss * 3).backward()
    (expected * 3).backward()
    assert abs(float(loss.detach()) - float(expected.detach())) < 1e-12
    for own, other in zip(ours, theirs, strict=True):
        assert own.grad is not None and other.grad is not None
        assert torch.allclose(own.grad, other.grad, atol=1e-12, rtol=0)


def test_autocast_is_close_and_the_loss_is_wide() -> None:
    generator = torch.Generator().manual_seed(0)
    features = torch.randn(20, 16, generator=generator, requires_grad=True)
    weight = torch.randn(30, 16, generator=generator, requires_grad=True)
    bias, labels = torch.zeros(30, requires_grad=True), torch.randint(30, (20,), generator=generator)
    exact = float(linear_cross_entropy(features, weight, bias, labels).detach())
    with torch.autocast("cpu", torch.bfloat16):
        loss = linear_cross_entropy(features, weight, bias, labels)
    loss.backward()
    assert loss.dtype == torch.float32
    assert abs(float(loss.detach()) - exact) < 0.01 * exact
    assert weight.grad is not None and weight.grad.dtype == torch.float32
