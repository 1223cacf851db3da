"""Frozen embeddings and blocks stay as they were to the bit; all else moves."""

from dataclasses import replace
from pathlib import Path

import pytest
from safetensors.torch import load_file

from pipeline.errors import ConfigError, MismatchError
from xlmk_model.checkpoint import latest_checkpoint
from xlmk_model.config import TrainConfig, with_overrides
from xlmk_model.init import new_model
from xlmk_model.shards import open_dataset
from xlmk_model.trainer import train


def test_embeddings_and_lower_blocks_stay(fast_config: TrainConfig, tmp_path: Path) -> None:
    config = with_overrides(replace(fast_config, out=tmp_path / "run"), ["frozen_layers=1", "steps=3"])
    before = new_model(config, open_dataset(config.shards)).state_dict()
    train(config, progress=lambda _line: None)
    after = load_file(latest_checkpoint(config.out) / "model.safetensors")
    same = {name for name, value in after.items() if before[name].equal(value)}
    frozen = {name for name in after if ".embeddings." in name or ".encoder.layer.0." in name}
    moved = {name for name in after if ".encoder.layer.1." in name or ".lm_head.dense" in name}
    assert frozen and frozen <= same
    assert moved and not moved & same


def test_too_many_frozen_layers_are_refused(fast_config: TrainConfig) -> None:
    config = with_overrides(fast_config, ["frozen_layers=2"])
    with pytest.raises(MismatchError, match=r"frozen_layers = 2, but the encoder has 2 blocks"):
        new_model(config, open_dataset(config.shards))
    with pytest.raises(ConfigError, match=r"optim\.frozen_layers"):
        with_overrides(fast_config, ["optim.frozen_layers=-1"])
