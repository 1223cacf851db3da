"""From rows to batches: a plan says which rows a step takes, a maker turns it into tensors."""

from xlmk_model.collate.maker import StepMaker
from xlmk_model.collate.padding import pad_rows
from xlmk_model.collate.plan import Counters, Plan, Planner

__all__ = ["Counters", "Plan", "Planner", "StepMaker", "pad_rows"]
