"""Do batches keep up? The share of a step that goes into making its batch, on real shards.

    OMP_NUM_THREADS=1 python -m benchmarks.training_data --shards SHARDS [--steps 6] [--rows 32]

A step has `--rows` passages for MLM, as many for MEP and half as many triples for OE, for a model of 6 layers of 384 in
one thread. Batches are made by the same process (`data.workers=0`), so the share printed is what a step waits at worst;
with `data.workers` they are made aside, two ahead each, and a step waits only if that takes longer than the step.
"""

import argparse
import json
import statistics
import time
from pathlib import Path

import torch

from xlmk_model.collate import Planner, StepMaker
from xlmk_model.config import DataConfig, ModelConfig, TrainConfig
from xlmk_model.init import new_model
from xlmk_model.shards import open_dataset
from xlmk_model.trainer.step import StepRunner

MODEL = ModelConfig(layers=6, hidden=384, ffn=1536, heads=6, positions=258)


def main() -> None:
    """Measure some steps and print one line of JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--shards", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=6, help="the first of them is not counted")
    parser.add_argument("--rows", type=int, default=32)
    args = parser.parse_args()
    torch.set_num_threads(1)
    rows = {"mlm_rows": args.rows, "mep_rows": args.rows, "oe_rows": args.rows // 2}
    config = TrainConfig(shards=args.shards, model=MODEL, data=DataConfig(max_tokens=256, **rows))
    dataset = open_dataset(args.shards)
    planner, maker = Planner.of(dataset, config), StepMaker(dataset, config)
    model = new_model(config, dataset).train()
    runner = StepRunner(model, config, torch.device("cpu"))
    plan = planner.plan(0, {})
    making, running, tokens = [], [], []
    for step in range(args.steps):
        began = time.thread_time()
        batch = maker.make(plan)
        made = time.thread_time()
        runner.run(batch)
        running.append(time.thread_time() - made)
        making.append(made - began)
        tokens.append(batch.tokens)
        model.zero_grad(set_to_none=True)
        plan = planner.plan(step + 1, plan.after)
    shares = [data / (data + work) for data, work in zip(making[1:], running[1:], strict=True)]
    speeds = [count / data for count, data in zip(tokens[1:], making[1:], strict=True)]
    print(
        json.dumps(
            {
                "vocabulary": dataset.vocabulary.size,
                **rows,
                "share_of_step": round(statistics.median(shares), 4),
                "tokens_per_second_of_making": round(statistics.median(speeds)),
                "tokens_per_step": round(statistics.median(tokens[1:])),
            }
        )
    )


if __name__ == "__main__":
    main()
