"""Shapes and layers of the projection heads."""

import pytest
import torch
from torch import Tensor, nn

from xlmk_model.config.sections import HeadNorm
from xlmk_model.heads import ProjectionHead


@pytest.mark.parametrize("norm", ["layer", "batch", "none"])
@pytest.mark.parametrize("layers", [1, 2])
def test_each_row_has_length_one_and_the_wanted_layers(norm: HeadNorm, layers: int) -> None:
    head = ProjectionHead(6, 4, norm, layers)
    vectors: Tensor = head(torch.randn(5, 6, generator=torch.Generator().manual_seed(1)))
    assert vectors.shape == (5, 4)
    assert torch.allclose(vectors.norm(dim=-1), torch.ones(5))
    assert sum(isinstance(module, nn.Linear) for module in head.modules()) == layers


def test_one_layer_is_a_linear_map_and_a_normalisation() -> None:
    head = ProjectionHead(3, 3, "none", 1)
    states = torch.randn(4, 3, generator=torch.Generator().manual_seed(2))
    by_hand = states @ head.last.weight.T + head.last.bias
    assert torch.allclose(head(states), by_hand / by_hand.norm(dim=-1, keepdim=True))
