"""Groups of the optimizer: word embeddings may learn faster than everything else."""

import pytest
import torch
from torch import nn

from pipeline.errors import ConfigError
from xlmk_model.config import OptimConfig
from xlmk_model.optim import new_optimizer, set_learning_rate


class Tiny(nn.Module):
    """A table of words and a layer, by the names that transformers gives them."""

    def __init__(self) -> None:
        super().__init__()
        self.word_embeddings = nn.Embedding(3, 2)
        self.dense = nn.Linear(2, 2)


def test_word_embeddings_move_by_their_own_rate() -> None:
    model = Tiny()
    before = {name: parameter.detach().clone() for name, parameter in model.named_parameters()}
    optimizer = new_optimizer(model, OptimConfig(lr=1.0, embedding_lr_scale=10.0, weight_decay=0.0))
    set_learning_rate(optimizer, 0.001)
    for parameter in model.parameters():
        parameter.grad = torch.ones_like(parameter)
    optimizer.step()
    moved = {name: (before[name] - parameter).detach() for name, parameter in model.named_parameters()}
    # Adam's first step is the learning rate in each coordinate that has a gradient.
    assert torch.allclose(moved["word_embeddings.weight"], torch.tensor(0.01), rtol=1e-3)
    assert torch.allclose(moved["dense.weight"], torch.tensor(0.001), rtol=1e-3)
    assert torch.allclose(moved["dense.bias"], torch.tensor(0.001), rtol=1e-3)


def test_frozen_words_are_in_no_group() -> None:
    model = Tiny()
    model.word_embeddings.requires_grad_(False)
    assert len(new_optimizer(model, OptimConfig()).param_groups) == 2


def test_a_scale_of_nothing_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"optim\.embedding_lr_scale"):
        OptimConfig(embedding_lr_scale=0.0)
