"""Shards of the synthetic world, written once, and a configuration that trains on them in a second."""

from pathlib import Path

import pytest

from tests.xlmk_model.synthetic_shards import World, write_shards
from xlmk_model.config import TrainConfig, preset, with_overrides


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """60 entities, 3 languages, 100 train passages each."""
    return write_shards(tmp_path_factory.mktemp("world") / "shards", rows=100)


@pytest.fixture(scope="session")
def fast_config(world: World) -> TrainConfig:
    """A few steps of a very small model; every test sets its own run folder."""
    settings = """hidden=32 ffn=64 heads=2 projection=16 model.dropout=0.1 mlm_rows=8 mep_rows=8 oe_rows=6 steps=6
        start_step=2 warmup_steps=2 log_every=2 validate_every=3 checkpoint_every=2 validate_rows=16 forward_tokens=256
        run.device=cpu run.threads=1"""
    return with_overrides(preset("tiny", shards=world.folder, out=Path("unset")), settings.split())
