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
        steps=700,
        model=ModelConfig(
            layers=2, hidden=96, ffn=192, heads=4, positions=130, dropout=0.0, init_std=0.1, projection=96
        ),
        data=DataConfig(mlm_rows=64, mep_rows=64, oe_rows=32, max_tokens=64, text_tokens=48, forward_tokens=1024),
        knowledge=KnowledgeConfig(start_step=150, mask_mentions=0.5),
        optim=OptimConfig(lr=2e-3, warmup_steps=100),
        # One thread: at this width two are a quarter faster on free cores, and many times slower on busy ones.
        run=RunConfig(threads=1, log_every=50, validate_every=350, checkpoint_every=350, validate_rows=256),
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
    """XLM-R base's shape (12 layers of 768), for continued training from it."""
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


def xlmk() -> TrainConfig:
    """Our defaults for the paper's setting: continue from XLM-R base. The same as `base`, under the project's name."""
    return replace(base(), preset="xlmk")


def paper() -> TrainConfig:
    """As near to XLM-K as its released code shows (github.com/microsoft/Unicoder, pretraining/xlmk, commit cd9dd95).

    Shown there: two-layer heads of the encoder's width with BatchNorm and no bias, the last one without weights
    (contrastive_utils.py); a queue of earlier keys; queries and keys in one batch choosing among each other in both
    directions, own side included; MLM on the passages of the mentions, too; the state of the mention's first piece as
    query and of the first token as key (xlm_k_model.py, xlmk_loss.py); attention dropout on, encoder of XLM-R base.
    Not shown, so ours: temperature, queue size, batch size, learning rate, steps, masking of the mention, language
    sampling, weights of the losses (arguments without defaults there), the data, and the whole of object entailment:
    the released loss has no such task. Ours on purpose: exact masks, an empty queue that counts as empty, gradients to
    the keys of other ranks, float32 logits.
    """
    config = base()
    return replace(
        config,
        preset="paper",
        model=replace(config.model, projection=768, head_norm="batch", attention_dropout=0.1),
        mlm=replace(config.mlm, on_mentions=True),
        knowledge=replace(config.knowledge, own_side=True, bidirectional=True, queue=8192),
    )


PRESETS = {"tiny": tiny, "small": small, "base": base, "large": large, "xlmk": xlmk, "paper": paper}


def preset(name: str, *, shards: Path | None = None, out: Path | None = None) -> TrainConfig:
    """The configuration of that name, with shards and run folder set if given; raises ConfigError for unknown names.

    >>> preset("tiny").model.hidden
    96
    >>> preset("huge")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    pipeline.errors.ConfigError: no preset 'huge'; known: base, large, paper, small, tiny, xlmk; next: ...
    """
    if name not in PRESETS:
        known = ", ".join(sorted(PRESETS))
        raise ConfigError(f"no preset {name!r}; known: {known}", next_step="xlmk train --preset tiny")
    config = PRESETS[name]()
    return replace(config, shards=shards or config.shards, out=out or config.out)
