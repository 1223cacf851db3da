"""Gradients of one global batch in float64, by this process alone or by the ranks of a gloo group."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from safetensors.torch import save_file
from torch import Tensor

from xlmk_model.collate import Planner, StepMaker
from xlmk_model.config import TrainConfig, with_overrides
from xlmk_model.contrastive import rank_and_world
from xlmk_model.init import new_model
from xlmk_model.optim import new_optimizer, sum_gradients
from xlmk_model.shards import open_dataset
from xlmk_model.trainer.mining import Miner
from xlmk_model.trainer.step import StepRunner

VARIANTS = {
    "layer": "mep_rows=7 oe_rows=5",
    "batch": "mep_rows=7 oe_rows=5 head_norm=batch",
    "one row": "mep_rows=1 oe_rows=1 mlm_rows=1",
    "own side, all positives": "own_side=true all_positives=true bidirectional=true on_mentions=true on_texts=true",
    "queue": "queue=9",
    "with updates": "queue=9 optim.lr=0.001 mep_rows=7 head_norm=batch",
    "grad cache": "grad_cache=true forward_tokens=60 head_norm=batch on_mentions=true on_texts=true",
    "hard negatives": "hard_negatives=2 queue=9 mep_rows=7 own_side=true head_norm=batch all_positives=true",
    "for MLM alone": "on_mentions=true on_texts=true mep_weight=0 oe_weight=0",
}


OPTIONS: dict[str, dict[str, Any]] = {"with updates": {"steps": 4, "update": True}}
"""How `gradients` is called for some variants."""


def gradients(config: TrainConfig, settings: str, *, steps: int = 2, update: bool = False) -> dict[str, Tensor]:
    """Summed gradients by parameter after `steps` steps (earlier ones fill the queue), and the sums.

    With `update` AdamW changes the parameters between them.
    """
    config = with_overrides(replace(config, knowledge=replace(config.knowledge, start_step=0)), settings.split())
    dataset = open_dataset(config.shards)
    model = new_model(config, dataset).double().train()
    runner, maker = StepRunner(model, config, torch.device("cpu")), StepMaker(dataset, config)
    planner, counters = Planner.of(dataset, config), {}
    rank, world = rank_and_world()
    if config.knowledge.hard_negatives:
        maker.hard = Miner(dataset, config, maker.source, torch.device("cpu")).mine(model, 0)
    optimizer = new_optimizer(model, config.optim)
    for step in range(steps):
        if step and update:
            sum_gradients(model)
            optimizer.step()
        model.zero_grad(set_to_none=True)
        plan = planner.plan(step, counters)
        counters = plan.after
        torch.manual_seed(step)
        sums = runner.run(maker.make(plan, rank=rank, world=world))
        for name, found in sums.keys.items():
            model.queue(name).push(found.key, found.key_qid, found.key_text)
    sum_gradients(model)
    found_gradients = {name: p.grad for name, p in model.named_parameters() if p.grad is not None}
    values = {f"sum of {key}": torch.tensor(value, dtype=torch.float64) for key, value in sums.values.items()}
    return {**found_gradients, **values}


def rank_main(rank: int, world: int, folder: Path, config: TrainConfig) -> None:
    """Body of one process: all variants, written by rank 0 to `folder/VARIANT.safetensors`."""
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{folder}/rendezvous", rank=rank, world_size=world)
    for name, settings in VARIANTS.items():
        found = gradients(config, settings, **OPTIONS.get(name, {}))
        if rank == 0:
            save_file(found, folder / f"{name}.safetensors")
    dist.destroy_process_group()
