"""One step's forward and backward passes: gradients of the weighted losses, each divided once by its global count.

A batch is cut into forward passes by length; their gradients add up, so the cut changes nothing but memory and time.
Contrastive objectives go in three stages, since each query needs all keys:

    1. encoder passes → states of queries and keys (kept with their graphs, or without: `grad_cache`)
    2. states, cut off from the encoder → gather, heads, loss → gradients of heads and of the states
    3. those gradients → back through the encoder passes (`grad_cache`: run again with the same dropout, one at a time)
"""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

import torch
from torch import Tensor

from xlmk_model.batches import KnowledgeBatch, MlmBatch, Requests, StepBatch
from xlmk_model.config import TrainConfig
from xlmk_model.contrastive import global_sum
from xlmk_model.encoder import pass_groups, request_passes, request_states
from xlmk_model.model import XlmkModel
from xlmk_model.objectives import ContrastiveSums, Objective, knowledge_sums, prediction_sum


@dataclass
class StepSums:
    """Of one global batch: sums and counts by name, and the keys that go to the queues if the step counts."""

    values: dict[str, float] = field(default_factory=dict)
    keys: dict[Objective, ContrastiveSums] = field(default_factory=dict)


@dataclass
class CachedPass:
    """A forward pass that stage 3 goes back through: its requests, and its states with or without their graph."""

    numbers: Tensor
    requests: Requests
    states: Tensor
    random: list[Tensor]


def autocast(config: TrainConfig, device: torch.device) -> AbstractContextManager[object]:
    """bf16 autocast if the configuration asks for it."""
    return torch.autocast(device.type, torch.bfloat16) if config.run.precision == "bfloat16" else nullcontext()


def random_state(device: torch.device) -> list[Tensor]:
    """State of the generators that dropout draws from."""
    return [torch.get_rng_state()] + ([torch.cuda.get_rng_state(device)] if device.type == "cuda" else [])


def set_random_state(state: list[Tensor], device: torch.device) -> None:
    """Inverse of `random_state`."""
    torch.set_rng_state(state[0])
    if device.type == "cuda":
        torch.cuda.set_rng_state(state[1], device)


class StepRunner:
    """Runs steps of one model on one rank."""

    def __init__(self, model: XlmkModel, config: TrainConfig, device: torch.device) -> None:
        """`model` is on `device`."""
        self.model, self.config, self.device = model, config, device

    def _cached_passes(self, requests: Requests) -> list[CachedPass]:
        """Stage 1."""
        keep_graph = not self.config.knowledge.grad_cache
        passes = []
        for numbers, part in request_passes(requests, self.config.data.forward_tokens):
            random = random_state(self.device)
            with torch.set_grad_enabled(keep_graph), autocast(self.config, self.device):
                passes.append(CachedPass(numbers, part, request_states(self.model.encoder, part), random))
        return passes

    def _leaf(self, passes: Iterable[CachedPass], count: int) -> Tensor:
        """States [count, H] of the first `count` requests, cut off from the encoder and ready for a gradient.

        It asks for a gradient even with no rows: ranks meet in the exchange of gradients.
        """
        hidden = self.model.encoder.config.hidden_size
        states = torch.zeros(count, hidden, device=self.device, dtype=self.model.encoder.dtype)
        for cached in passes:
            own = cached.numbers < count
            states[cached.numbers[own]] = cached.states.detach()[own].to(states.dtype)
        return states.requires_grad_()

    def _backward(self, passes: Sequence[CachedPass], leaf: Tensor, labels: Tensor, factor: float) -> Tensor:
        """Stage 3, with MLM on the requests after those of `leaf`; returns the sum of that MLM loss."""
        mlm = torch.zeros((), device=self.device, dtype=leaf.dtype)
        after = random_state(self.device)
        assert leaf.grad is not None
        for group in pass_groups([cached.requests for cached in passes], self.config.data.forward_tokens):
            total = torch.zeros((), device=self.device, dtype=leaf.dtype)
            hidden, wanted = [], []
            with autocast(self.config, self.device):
                for cached in passes[group.start : group.stop]:
                    states = cached.states
                    if not states.requires_grad:
                        set_random_state(cached.random, self.device)
                        states = request_states(self.model.encoder, cached.requests)
                    own = cached.numbers < len(leaf)
                    total = total + (states[own] * leaf.grad[cached.numbers[own]].to(states.dtype)).sum()
                    hidden.append(states[~own])
                    wanted.append(labels[cached.numbers[~own] - len(leaf)])
                if sum(map(len, wanted)):
                    part = prediction_sum(self.model.encoder, torch.cat(hidden), torch.cat(wanted), factor)
                    mlm += part.detach()
                    total = total + part * factor
            torch.autograd.backward(total)
        set_random_state(after, self.device)
        return mlm

    def _mlm(self, batch: MlmBatch, factor: float) -> Tensor:
        """Gradients of `factor` times the MLM loss, for as many passes together as may be held; returns its sum."""
        total = torch.zeros((), device=self.device, dtype=self.model.encoder.dtype)
        passes = request_passes(batch.requests, self.config.data.forward_tokens)
        for group in pass_groups([part for _, part in passes], self.config.data.forward_tokens):
            numbers = torch.cat([passes[at][0] for at in group])
            with autocast(self.config, self.device):
                states = torch.cat([request_states(self.model.encoder, passes[at][1]) for at in group])
                part = prediction_sum(self.model.encoder, states, batch.label[numbers], factor)
            torch.autograd.backward(part * factor)
            total += part.detach()
        return total

    def _knowledge(self, name: Objective, batch: KnowledgeBatch, factors: dict[str, float], sums: StepSums) -> Tensor:
        """All three stages of MEP or OE; returns the sum of the MLM loss on the same passages and texts."""
        queries = self._cached_passes(batch.queries)
        keys = self._cached_passes(batch.keys.requests)
        query_leaf, key_leaf = self._leaf(queries, len(batch.qid)), self._leaf(keys, len(batch.keys.qid))
        with autocast(self.config, self.device):
            result = knowledge_sums(
                self.model,
                name,
                batch,
                query_states=query_leaf,
                key_states=key_leaf,
                config=self.config.knowledge,
            )
        torch.autograd.backward(result.loss * factors[name])
        mlm = self._backward(queries, query_leaf, batch.labels, factors["mlm"])
        mlm += self._backward(keys, key_leaf, batch.keys.labels, factors["mlm"])
        sums.keys[name] = result
        return mlm

    def run(self, batch: StepBatch) -> StepSums:
        """Add the gradients of this rank's part of the global loss to the parameters; sums are over all ranks."""
        config, mlm, parts = self.config, batch.mlm, {"mep": batch.mep, "oe": batch.oe}
        counts = {"mlm": len(mlm.label) if mlm else 0}
        for name, part in parts.items():
            counts[name] = len(part.qid) if part else 0
            counts["mlm"] += len(part.labels) + len(part.keys.labels) if part else 0
        totals = global_sum(torch.tensor(list(counts.values()), dtype=torch.float64)).tolist()
        weights = {"mlm": config.mlm.weight, "mep": config.knowledge.mep_weight, "oe": config.knowledge.oe_weight}
        factors = {name: weights[name] / max(1.0, total) for name, total in zip(counts, totals, strict=True)}
        sums = StepSums({f"{name}_count": total for name, total in zip(counts, totals, strict=True)})
        losses = {"mlm": torch.zeros((), device=self.device, dtype=self.model.encoder.dtype)}
        if mlm:
            losses["mlm"] += self._mlm(mlm, factors["mlm"])
        objectives: tuple[Objective, Objective] = ("mep", "oe")
        for objective in objectives:
            knowledge = parts[objective]
            if knowledge is not None:
                losses["mlm"] += self._knowledge(objective, knowledge, factors, sums)
                losses[objective] = sums.keys[objective].loss.detach()
                losses[f"{objective}_first"] = (sums.keys[objective].ranks == 0).sum()
                losses[f"{objective}_same_language"] = knowledge.same_language.sum()
                if config.knowledge.hard_negatives:
                    hard = len(knowledge.keys.qid) - len(knowledge.qid)
                    losses[f"{objective}_hard_negatives"] = torch.tensor(hard)
        found = global_sum(torch.stack([value.double().cpu() for value in losses.values()])).tolist()
        for name, value in zip(losses, found, strict=True):
            sums.values[f"{name}_sum"] = value
            sums.values.setdefault(f"{name}_count", sums.values[f"{name.split('_')[0]}_count"])
        return sums
