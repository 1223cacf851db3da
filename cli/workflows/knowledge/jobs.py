"""The training jobs of the experiment, in processes of one thread each, resumable one by one.

A job is a seed's start, or a branch of a seed with its probes: OUT/seed-N/BRANCH/ with the run and probes.json. A
branch waits for the run that it starts from alone. A job that is done is skipped; one that was killed resumes from
its checkpoint.
"""

import json
import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import wait as wait_for_end
from pathlib import Path
from typing import Any

from cli.workflows.knowledge.branches import Branch, Schedule, before, branch_config, start_config, world_of
from pipeline.manifest.digests import digest
from pipeline.manifest.storage import write_json
from xlmk_model.config import TrainConfig, to_flat
from xlmk_model.metrics import read_metrics

Progress = Callable[[str], None]
SECONDS_BETWEEN_LOOKS = 5.0
PROBES_FORMAT = 1
"""Raised by hand when the probes change, so that finished runs are probed anew."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is to be done: folders of shards by world, seeds, branches, lengths, classes of entities."""

    out: Path
    shards: Mapping[str, Path]
    seeds: Sequence[int]
    branches: Sequence[Branch]
    schedule: Schedule
    classes: Mapping[int, int]

    def start(self, seed: int) -> TrainConfig:
        """The MLM run that the branches of a seed start from."""
        return start_config(self.shards["true"], self.out / f"seed-{seed}" / "start", seed, self.schedule)

    def branch(self, seed: int, branch: Branch) -> TrainConfig:
        """A branch of a seed."""
        first = before(branch)
        return branch_config(
            branch,
            self.shards[world_of(branch)],
            self.out / f"seed-{seed}" / branch,
            seed,
            self.schedule,
            start=(self.branch(seed, first) if first else self.start(seed)).out,
        )

    @property
    def runs(self) -> list[TrainConfig]:
        """All runs: each seed's start and its branches."""
        branches = [self.branch(seed, branch) for seed in self.seeds for branch in self.branches]
        return [self.start(seed) for seed in self.seeds] + branches

    @property
    def steps(self) -> int:
        """Steps of all runs."""
        return sum(run.steps for run in self.runs)

    def steps_done(self) -> int:
        """Steps of all runs so far, as their metrics say."""
        metrics = [read_metrics(run.out / "metrics.jsonl") for run in self.runs]
        return sum(max((line["step"] for line in lines), default=0) for lines in metrics)

    def after(self, done: Branch | None) -> list[Branch]:
        """The branches that may begin when another one is done; None: the start."""
        return [branch for branch in self.branches if before(branch) == done]


def train_only(config: TrainConfig) -> float:
    """Trains or resumes a run to its end; returns the CPU seconds it took. Raises JobFailedError if it is stopped."""
    from xlmk_model.trainer import train_to_end

    started = time.process_time()
    train_to_end(config, progress=lambda _line: None)
    return time.process_time() - started


def train_and_probe(config: TrainConfig, shards: Path, classes: Mapping[int, int]) -> float:
    """Trains or resumes a branch and writes its probes.json; returns the CPU seconds it took."""
    import torch

    from xlmk_model.evaluation.knowledge import evaluate_knowledge
    from xlmk_model.shards import open_dataset

    started = time.process_time()
    train_only(config)
    key = digest([PROBES_FORMAT, to_flat(config), open_dataset(config.shards).digest, open_dataset(shards).digest])
    path = config.out / "probes.json"
    if not path.exists() or json.loads(path.read_text(encoding="utf-8"))["digest"] != key:
        torch.set_num_threads(1)
        scores = evaluate_knowledge(config.out, shards, classes)
        valid = [line for line in read_metrics(config.out / "metrics.jsonl") if line["kind"] == "valid"]
        write_json(path, {"digest": key, "validation": valid[-1], **scores.to_json()})
    return time.process_time() - started


def _end_with_parent() -> None:
    """In a worker: end at once when the process that started it is gone, so that no orphan writes into a run."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        wait_for_end([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Worker processes started inside find OMP_NUM_THREADS=1: two of them would else take four threads on two cores."""
    before = os.environ.get("OMP_NUM_THREADS")
    os.environ["OMP_NUM_THREADS"] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ["OMP_NUM_THREADS"]
        else:
            os.environ["OMP_NUM_THREADS"] = before


def run_jobs(plan: Plan, processes: int, progress: Progress) -> float:
    """Runs all jobs, `processes` at a time; returns their CPU seconds. The first error stops what has not begun."""
    cpu, started, first = 0.0, time.monotonic(), plan.steps_done()
    context = multiprocessing.get_context("spawn")
    with _one_thread_each(), ProcessPoolExecutor(processes, mp_context=context, initializer=_end_with_parent) as pool:
        jobs: dict[Future[float], tuple[int, Branch | None]] = {}
        for seed in plan.seeds:
            jobs[pool.submit(train_only, plan.start(seed))] = (seed, None)
        while jobs:
            done, _ = wait(jobs, timeout=SECONDS_BETWEEN_LOOKS, return_when=FIRST_COMPLETED)
            for future in done:
                seed, name = jobs.pop(future)
                try:
                    cpu += future.result()
                except BaseException:
                    pool.shutdown(wait=False, cancel_futures=True)
                    raise
                progress(f"# seed {seed}: {name or 'start'} done")
                for branch in plan.after(name):
                    config = plan.branch(seed, branch)
                    job = pool.submit(train_and_probe, config, plan.shards["true"], dict(plan.classes))
                    jobs[job] = (seed, branch)
            progress(_line(plan, first, time.monotonic() - started))
    return cpu


def _line(plan: Plan, first: int, seconds: float) -> str:
    done = plan.steps_done()
    left = seconds / max(1, done - first) * (plan.steps - done)
    return f"step {done:,} of {plan.steps:,}   about {left / 60:.0f} min left"


def read_probes(plan: Plan) -> dict[Branch, list[dict[str, Any]]]:
    """Contents of probes.json by branch, one a seed."""
    return {
        branch: [
            json.loads((plan.branch(seed, branch).out / "probes.json").read_text(encoding="utf-8"))
            for seed in plan.seeds
        ]
        for branch in plan.branches
    }
