"""The branches as training configurations: pure functions of shards, folder and seed.

All branches of a seed start from the same MLM checkpoint and draw the same rows in the same order (rows are functions
of seed, step and number): MEP's passages with a description of the linked entity in a drawn language, OE's inputs with
a description of the object. What they differ in:

    mlm         predicts hidden tokens in all of them, descriptions and OE inputs too: the largest MLM signal
    mlm+mep+oe  predicts hidden tokens in the passages, and MEP and OE; the mention is masked in half of the rows
    permuted    the same as mlm+mep+oe, on the world in which Wikidata is permuted
    remedy      goes on from the end of mlm+mep+oe, MLM weighing more, and in descriptions and OE inputs too
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, get_args

from xlmk_model.config import MlmConfig, TrainConfig, preset

Branch = Literal["mlm", "mlm+mep+oe", "permuted", "remedy"]
BRANCHES: tuple[Branch, ...] = get_args(Branch)
GATED: tuple[Branch, ...] = ("mlm", "mlm+mep+oe", "permuted")
"""The branches that the gates speak of."""

MLM_WEIGHT, REMEDY_MLM_WEIGHT = 0.1, 5.0
"""Of the MLM loss beside MEP's, whose weight is 1; where MLM is alone, only the optimizer's `eps` sees it."""


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """How long it trains and on how much a step; tests make it short."""

    start_steps: int = 100
    """Steps of MLM before the branches part."""
    branch_steps: int = 900
    """Steps of each branch."""
    remedy_steps: int = 300
    """Steps of `remedy` after those of mlm+mep+oe."""
    mep_rows: int = 64
    """Passages a step, each with one description."""
    oe_rows: int = 8
    """Triples a step: subject's description with relation, and object's description."""
    mlm_rows: int = 0
    """More passages a step, MLM's alone, from all: those without a linked mention come up here only."""


def base_config(shards: Path, out: Path, seed: int, schedule: Schedule) -> TrainConfig:
    """What start and branches have in common: MLM alone, mentions visible."""
    tiny = preset("tiny", shards=shards, out=out)
    return replace(
        tiny,
        seed=seed,
        model=replace(tiny.model, init_std=0.02, head_layers=1),
        data=replace(
            tiny.data,
            mlm_rows=schedule.mlm_rows,
            mep_rows=schedule.mep_rows,
            oe_rows=schedule.oe_rows,
            text_tokens=32,
            forward_tokens=2048,
            same_language=0.1,
            flatten_entities=0.0,
        ),
        mlm=MlmConfig(weight=MLM_WEIGHT, on_mentions=True, on_texts=True),
        knowledge=replace(tiny.knowledge, start_step=0, mep_weight=0.0, oe_weight=0.0, mask_mentions=0.0),
        # Names are rare: at the rate that the dense weights bear, their rows hardly move, and all that is learnt is
        # which kind of thing is meant.
        optim=replace(tiny.optim, lr=2e-3, embedding_lr_scale=10.0, beta2=0.999, eps=1e-8, warmup_steps=100),
        run=replace(tiny.run, device="cpu", log_every=25, validate_every=0, checkpoint_every=150, keep_checkpoints=1),
    )


def start_config(shards: Path, out: Path, seed: int, schedule: Schedule) -> TrainConfig:
    """MLM that all branches start from; the rate does not fall."""
    config = base_config(shards, out, seed, schedule)
    return replace(config, steps=schedule.start_steps, optim=replace(config.optim, schedule="constant"))


def branch_config(
    branch: Branch, shards: Path, out: Path, seed: int, schedule: Schedule, *, start: Path
) -> TrainConfig:
    """A branch, from the run `start`: that of `before(branch)`."""
    config = replace(base_config(shards, out, seed, schedule), steps=schedule.branch_steps, init=start)
    if branch == "mlm":
        return config
    knowledge = replace(config.knowledge, mep_weight=1.0, oe_weight=0.3, mask_mentions=0.5)
    if branch == "remedy":
        return replace(
            config, steps=schedule.remedy_steps, mlm=replace(config.mlm, weight=REMEDY_MLM_WEIGHT), knowledge=knowledge
        )
    return replace(config, mlm=replace(config.mlm, on_texts=False), knowledge=knowledge)


def before(branch: Branch) -> Branch | None:
    """The branch whose end this one starts from; None: the seed's start.

    >>> before("remedy"), before("permuted")
    ('mlm+mep+oe', None)
    """
    return "mlm+mep+oe" if branch == "remedy" else None


def world_of(branch: Branch) -> str:
    """The world a branch is trained on; all are scored on the true one.

    >>> world_of("permuted"), world_of("mlm")
    ('permuted', 'true')
    """
    return "permuted" if branch == "permuted" else "true"
