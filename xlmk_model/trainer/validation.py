"""Validation: the losses and the retrieval of each objective on fixed rows of the valid split."""

from dataclasses import replace

import torch
from torch import Tensor

from xlmk_model.batches import StepBatch, first_tokens, to_device
from xlmk_model.collate import Planner, StepMaker
from xlmk_model.config import TrainConfig
from xlmk_model.contrastive import global_sum
from xlmk_model.encoder import request_passes, request_states, states_at
from xlmk_model.metrics import means
from xlmk_model.model import XlmkModel
from xlmk_model.objectives import Objective, knowledge_sums, prediction_sum
from xlmk_model.shards import Dataset
from xlmk_model.trainer.step import autocast


def validation_config(config: TrainConfig) -> TrainConfig:
    """The same rows at every validation of every run: languages evenly, mentions always masked, seed 0."""
    rows = config.run.validate_rows
    return replace(
        config,
        seed=0,
        data=replace(config.data, mlm_rows=rows, mep_rows=rows, oe_rows=rows, alpha=0.0, flatten_entities=0.0),
        mlm=replace(config.mlm, weight=1.0, text_rows=0, relation_rows=0, on_mentions=False, on_texts=False),
        knowledge=replace(config.knowledge, mep_weight=1.0, oe_weight=1.0, start_step=0, mask_mentions=1.0),
    )


class Validator:
    """Holds this rank's rows of the valid split; each is drawn at most once."""

    def __init__(self, dataset: Dataset, config: TrainConfig, *, rank: int, world: int) -> None:
        """Reads the rows."""
        fixed = validation_config(config)
        planner = Planner.of(dataset, fixed, split="valid")
        plan = planner.plan(0, {})
        sizes = {f"{kind}/{lang}": count for kind, langs in planner.rows.items() for lang, count in langs.items()}
        once = replace(
            plan,
            mlm=tuple(row for row in plan.mlm if row[1] < sizes[f"mlm/{row[0]}"]),
            mep=tuple(row for row in plan.mep if row[1] < sizes[f"mep/{row[0]}"]),
            oe=tuple(row for row in plan.oe if row < planner.triples),
        )
        self.config = fixed
        self.batch: StepBatch = StepMaker(dataset, fixed, split="valid").make(once, rank=rank, world=world)

    @torch.no_grad()
    def run(self, model: XlmkModel, device: torch.device) -> dict[str, float]:
        """Losses, and recall@1 and @10 among the distinct rows of the batch; the model ends in training mode as it was.

        An objective without rows is not in the result.
        """
        was_training = model.training
        model.eval()
        batch, limit = to_device(self.batch, device), self.config.data.forward_tokens
        sums: dict[str, Tensor] = {}
        with autocast(self.config, device):
            if batch.mlm:
                sums["mlm_count"] = torch.tensor(len(batch.mlm.label))
                sums["mlm_sum"] = torch.zeros(())
                for numbers, part in request_passes(batch.mlm.requests, limit):
                    states = request_states(model.encoder, part)
                    sums["mlm_sum"] += prediction_sum(model.encoder, states, batch.mlm.label[numbers]).cpu()
            objectives: tuple[Objective, Objective] = ("mep", "oe")
            for name in objectives:
                rows = batch.mep if name == "mep" else batch.oe
                if rows is None:
                    continue
                queries = states_at(model.encoder, rows.queries, limit)
                keys = states_at(model.encoder, first_tokens(rows.keys.tokens), limit)
                found = knowledge_sums(
                    model, name, rows, query_states=queries, key_states=keys, config=self.config.knowledge
                )
                for key, value in (
                    (name, found.loss),
                    (f"{name}_recall_at_1", (found.ranks < 1).sum()),
                    (f"{name}_recall_at_10", (found.ranks < 10).sum()),
                ):
                    sums[f"{key}_sum"], sums[f"{key}_count"] = value, torch.tensor(found.count)
        model.train(was_training)
        totals = global_sum(torch.tensor([float(value) for value in sums.values()], dtype=torch.float64))
        measured = means(dict(zip(sums, totals.tolist(), strict=True)))
        return {f"{name}_loss" if name in ("mlm", "mep", "oe") else name: value for name, value in measured.items()}


def selection_loss(measured: dict[str, float], config: TrainConfig) -> float | None:
    """What "best" means: the weighted sum of the validation losses that were measured; None if there were none."""
    weights = {"mlm": config.mlm.weight, "mep": config.knowledge.mep_weight, "oe": config.knowledge.oe_weight}
    parts = [weight * measured[f"{name}_loss"] for name, weight in weights.items() if f"{name}_loss" in measured]
    return sum(parts) if parts else None
