"""Named starting configurations: functions, so that each is a value one can look at and change."""

from dataclasses import replace
from pathlib import Path

from pipeline.errors import ConfigError
from xlmk_model.config.sections import DataConfig, KnowledgeConfig, ModelConfig
from xlmk_model.config.training import OptimConfig, RunConfig, TrainConfig


def tiny() -> TrainConfig:
    """0.7 M parameters at a vocabulary of 4,500: the demo and the acceptance experiment, minutes on two CPU cores."""
    return TrainConfig(
        preset="tiny",
        steps=1200,
        model=ModelConfig(
            layers=2, hidden=96, ffn=192, heads=4, positions=130, dropout=0.0, init_std=0.1, projection=96
        ),
        data=DataConfig(mlm_rows=64, mep_rows=64, oe_rows=32, max_tokens=64, text_tokens=48, forward_tokens=4096),
        knowledge=KnowledgeConfig(start_step=300, mask_mentions=0.5),
        optim=OptimConfig(lr=2e-3, warmup_steps=100),
        run=RunConfig(log_every=50, validate_every=300, checkpoint_every=300, validate_rows=256),
    )


def small() -> TrainConfig:
    """6 layers of 384: experiments on one machine, a GPU or a patient CPU."""
    return TrainConfig(
        preset="small",
        steps=20_000,
        model=ModelConfig(layers=6, hidden=384, ffn=1536, heads=6, projection=256),
        data=DataConfig(mlm_rows=128, mep_rows=128, oe_rows=64, max_tokens=256),
        optim=OptimConfig(lr=5e-4),
        run=RunConfig(validate_every=1000, checkpoint_every=1000, precision="bfloat16"),
    )


def base() -> TrainConfig:
    """XLM-R base's shape (12 layers of 768), for continued training from it: the size the paper reports on."""
    return TrainConfig(
        preset="base",
        data=DataConfig(mlm_rows=1024, mep_rows=1024, oe_rows=512),
        optim=OptimConfig(lr=1e-4, warmup_steps=2000),
        run=RunConfig(validate_every=2000, checkpoint_every=2000, precision="bfloat16"),
    )


def large() -> TrainConfig:
    """XLM-R large's shape: 24 layers of 1024."""
    config = base()
    return replace(
        config,
        preset="large",
        model=ModelConfig(layers=24, hidden=1024, ffn=4096, heads=16),
        optim=replace(config.optim, lr=5e-5),
        run=replace(config.run, activation_checkpointing=True),
    )


PRESETS = {"tiny": tiny, "small": small, "base": base, "large": large}


def preset(name: str, *, shards: Path | None = None, out: Path | None = None) -> TrainConfig:
    """The configuration of that name, with shards and run folder set if given; raises ConfigError for unknown names.

    >>> preset("tiny").model.hidden
    96
    >>> preset("huge")
    Traceback (most recent call last):
    ...
    pipeline.errors.ConfigError: no preset 'huge'; known: base, large, small, tiny; next: xlmk train --preset tiny
    """
    if name not in PRESETS:
        known = ", ".join(sorted(PRESETS))
        raise ConfigError(f"no preset {name!r}; known: {known}", next_step="xlmk train --preset tiny")
    config = PRESETS[name]()
    return replace(config, shards=shards or config.shards, out=out or config.out)
