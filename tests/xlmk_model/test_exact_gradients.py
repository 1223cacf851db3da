"""However a global batch is cut (ranks, forward passes, GradCache), its gradient is the same, to 1e-10 in float64."""

from pathlib import Path

import pytest
import torch
import torch.multiprocessing
from safetensors.torch import load_file
from torch import Tensor

from tests.xlmk_model.gradients import OPTIONS, VARIANTS, gradients, rank_main
from xlmk_model.config import TrainConfig, with_overrides

ROWS = {"layer": 7, "batch": 7, "one row": 1, "with updates": 7, "hard negatives": 7}
"""MEP rows of the variants where the ranks have different numbers of rows; in "one row" one rank has none."""


@pytest.fixture(scope="module")
def plain(fast_config: TrainConfig) -> TrainConfig:
    return with_overrides(fast_config, ["model.dropout=0", "forward_tokens=100000"])


def differences(ours: dict[str, Tensor], theirs: dict[str, Tensor], limit: float = 1e-10) -> dict[str, float]:
    """Largest difference of each tensor that is above the limit; a gradient missing on one side counts as zeros."""
    found = {}
    for name in ours.keys() | theirs.keys():
        one = ours.get(name, torch.zeros(()))
        other = theirs.get(name, torch.zeros(()))
        if float((one - other).abs().max()) > limit:
            found[name] = float((one - other).abs().max())
    return found


def test_two_ranks_equal_one_process(plain: TrainConfig, tmp_path: Path) -> None:
    torch.multiprocessing.spawn(rank_main, args=(2, tmp_path, plain), nprocs=2)
    for name, settings in VARIANTS.items():
        alone = gradients(plain, settings, **OPTIONS.get(name, {}))
        assert float(alone["sum of mep_count"]) == ROWS.get(name, 8)
        together = load_file(tmp_path / f"{name}.safetensors")
        assert differences(alone, together, 1e-6 if name == "with updates" else 1e-10) == {}, name
        strongest = max(float(value.abs().max()) for key, value in alone.items() if "mep_query" in key)
        assert strongest > 0 or name in ("one row", "for MLM alone")


@pytest.mark.parametrize("norm", ["layer", "batch"])
def test_grad_cache_and_forward_passes_change_nothing(plain: TrainConfig, norm: str) -> None:
    base = f"head_norm={norm} on_mentions=true on_texts=true"
    whole = gradients(plain, base)
    assert differences(whole, gradients(plain, f"{base} forward_tokens=40")) == {}
    assert differences(whole, gradients(plain, f"{base} grad_cache=true")) == {}
    assert differences(whole, gradients(plain, f"{base} grad_cache=true forward_tokens=40")) == {}


def test_grad_cache_repeats_dropout(plain: TrainConfig) -> None:
    settings = "model.dropout=0.3 forward_tokens=60 on_mentions=true"
    kept = gradients(plain, settings, steps=1)
    cached = gradients(plain, f"{settings} grad_cache=true", steps=1)
    assert differences(kept, cached) == {}
    assert differences(kept, gradients(plain, "model.dropout=0 on_mentions=true", steps=1)) != {}


def test_activation_checkpointing_changes_nothing(plain: TrainConfig) -> None:
    settings = "activation_checkpointing=true model.dropout=0.3"
    assert differences(gradients(plain, settings, steps=1), gradients(plain, "model.dropout=0.3", steps=1)) == {}
