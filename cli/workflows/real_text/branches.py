"""The two branches, from one start and on equal rows of each kind of text: MLM alone, and MLM + MEP + OE."""

from dataclasses import dataclass
from pathlib import Path

from xlmk_model.config import TrainConfig, preset, with_overrides

BRANCHES = ("mlm", "mlm+mep+oe")
_COMMON = """warmup_steps=10 lr=1e-4 frozen_layers=6 dropout=0 max_tokens=64 text_tokens=48 forward_tokens=2048
    projection=256 validate_every=0 checkpoint_every=20 keep_checkpoints=1 validate_rows=64 log_every=10
    run.device=cpu run.threads=1 run.precision=float32 alpha=0.3"""
_ROWS = {
    "mlm": "mlm_rows=16 mep_rows=0 oe_rows=0 mlm.text_rows=16 mlm.relation_rows=8",
    "mlm+mep+oe": "mlm_rows=8 mep_rows=8 oe_rows=8 mask_mentions=0.5 mlm.on_mentions=true",
}
"""Rows a step: the same number of each kind of text. `mlm`: 16 passages, 16 entity texts, 8 OE inputs, all masked.
`mlm+mep+oe`: 8 passages masked, 8 with a mention and its entity's text, 8 OE inputs and their objects' texts."""


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """How much is done; `seeds` are those of the branches."""

    steps: int = 50
    seeds: tuple[int, ...] = (0, 1)
    head_rows: int = 800
    ner_steps: int = 25
    xnli_steps: int = 20
    qa_steps: int = 20


def branch_config(name: str, seed: int, *, shards: Path, start: Path, out: Path, steps: int) -> TrainConfig:
    """The configuration of a branch's run."""
    settings = [*_COMMON.split(), *_ROWS[name].split(), f"steps={steps}", f"seed={seed}", f"init={start}"]
    return with_overrides(preset("small", shards=shards, out=out), settings)
