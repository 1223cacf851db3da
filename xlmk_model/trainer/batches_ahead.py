"""Batches in order, made in this process or ahead of time in others; which one does not change a batch."""

from collections.abc import Iterator
from typing import Any

from torch.utils.data import DataLoader, Dataset

from xlmk_model.batches import StepBatch
from xlmk_model.collate import Counters, Plan, Planner, StepMaker

Prepared = tuple[Plan, StepBatch]


class _Maker(Dataset[Prepared]):
    """The batch "at index plan": how torch's DataLoader is told to make one."""

    def __init__(self, maker: StepMaker, rank: int, world: int) -> None:
        self.maker, self.rank, self.world = maker, rank, world

    def __getitem__(self, plan: Plan) -> Prepared:
        return plan, self.maker.make(plan, rank=self.rank, world=self.world)


def _unchanged(prepared: Any) -> Any:
    return prepared


def plans(planner: Planner, *, step: int, counters: Counters, steps: int) -> Iterator[Plan]:
    """The plans of steps `step` to `steps` - 1."""
    while step < steps:
        plan = planner.plan(step, counters)
        yield plan
        step, counters = step + 1, plan.after


def batches(maker: StepMaker, wanted: Iterator[Plan], *, rank: int, world: int, workers: int) -> Iterator[Prepared]:
    """The plans with their batches, in order; `workers` processes make them two ahead each, 0 = when asked for."""
    dataset = _Maker(maker, rank, world)
    if not workers:
        yield from (dataset[plan] for plan in wanted)
        return
    yield from DataLoader(
        dataset, sampler=wanted, batch_size=None, num_workers=workers, collate_fn=_unchanged, prefetch_factor=2
    )
