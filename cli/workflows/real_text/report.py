"""What the experiment found, as JSON, a text and a plot."""

import math
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from cli.workflows.real_text.branches import BRANCHES
from cli.workflows.real_text.experiment import KINDS, START, Experiment
from cli.workflows.real_text.intervals import Measure, measures
from cli.workflows.real_text.probes import POOLINGS, Scores, split_held_out
from cli.workflows.real_text.tasks import task_differences
from pipeline.manifest.storage import atomic_path, write_bytes, write_json
from xlmk_model.evaluation.compare import Difference
from xlmk_model.evaluation.tasks import TASKS
from xlmk_model.shards import open_dataset

Done = Mapping[str, Mapping[str, Any]]
JSON, TEXT, PLOT = "real-text.json", "real-text.txt", "real-text.png"


def probe_measures(done: Done, seeds: tuple[int, ...], held_out: list[int]) -> list[Measure]:
    """All measures of the probes; entities in training and held out apart."""

    def scores(model: str, probe: str, pooling: str) -> dict[str, Scores]:
        own: Scores = done[f"probe-{model}"]["scores"][probe][pooling]
        if probe not in KINDS:
            return {probe: own}
        return {f"{probe}, {group}": part for group, part in split_held_out(own, held_out).items()}

    found = []
    for probe in done[f"probe-{START}"]["scores"]:
        for pooling in POOLINGS:
            start = scores(START, probe, pooling)
            sides = [{s: scores(f"{branch}-{s}", probe, pooling) for s in seeds} for branch in BRANCHES]
            for name, own in start.items():
                first, second = ({s: side[s][name] for s in seeds} for side in sides)
                if own:
                    found += measures(f"{name} ({pooling})", own, first, second)
    return found


def _task_lines(experiment: Experiment, done: Done) -> tuple[dict[str, Any], list[str]]:
    """Fine-tuning: differences between the branches as JSON, and lines of text."""
    value: dict[str, Any] = {}
    lines = []
    for task in experiment.files:
        if not all(f"{task}-{name}" in done for name in experiment.tuned(task)):
            continue
        seeds = [s for s in experiment.sizes.seeds if f"{BRANCHES[0]}-{s}" in experiment.tuned(task)]
        first, second = ({s: experiment.out / "results" / f"{task}-{branch}-{s}" for s in seeds} for branch in BRANCHES)
        found = task_differences(task, first, second)
        start = done[f"{task}-{START}"]["metrics"]
        value[task] = {"seeds": seeds, "start": start, "differences": [asdict(row) for row in found]}
        for row in found:
            if row.metric == TASKS[task].main:
                lines.append(_task_row(task, row, start[row.lang][row.metric], len(seeds)))
    return value, lines


def _task_row(task: str, row: Difference, start: float, seeds: int) -> str:
    return (
        f"{task + ' ' + row.lang:<34}{row.metric:<14}{row.items:>6}{start:>8.2f}{row.first:>8.2f}{row.second:>8.2f}"
        f"{row.difference:>8.2f}   {row.low:+.2f} … {row.high:+.2f}  ({seeds} runs a branch)"
    )


def _probe_row(row: Measure) -> str:
    return (
        f"{row.probe:<34}{row.metric:<14}{row.items:>6}{row.start:>8.2f}{row.first:>8.2f}{row.second:>8.2f}"
        f"{row.difference:>8.2f}   {row.low:+.2f} … {row.high:+.2f}"
    )


def write_report(experiment: Experiment, done: Done) -> str:
    """Writes OUT/real-text.json, .txt and .png of the stages that are done; returns the text."""
    found: list[Measure] = []
    if all(f"probe-{name}" in done for name in experiment.models):
        held_out = open_dataset(experiment.shards).held_out.tolist()
        found = probe_measures(done, experiment.sizes.seeds, held_out)
    tasks, task_lines = _task_lines(experiment, done)
    training = {name: stage for name, stage in done.items() if name.startswith("train-")}
    seconds = {name: stage["cpu_seconds"] for name, stage in done.items()}
    write_json(
        experiment.out / JSON,
        {
            "sizes": asdict(experiment.sizes),
            "stages": {name: dict(done[name]) for name in _STAGES if name in done},
            "training": {name: dict(stage) for name, stage in training.items()},
            "probes": [asdict(row) for row in found],
            "tasks": tasks,
            "cpu_seconds": seconds,
        },
    )
    header = f"{'percent':<34}{'metric':<14}{'items':>6}{'start':>8}{'mlm':>8}{'+mep+oe':>8}{'diff':>8}   95% interval"
    lines = [f"{name}: {_flat(done[name])}" for name in _STAGES if name in done]
    lines += [
        f"{name}: {stage['tokens']:,} tokens, MLM loss on valid pages {stage['before']['mlm_loss']:.3f} → "
        f"{stage['after']['mlm_loss']:.3f}"
        for name, stage in training.items()
    ]
    if found or task_lines:
        lines += ["", header, *map(_probe_row, found), *task_lines, ""]
    lines += [f"CPU: {sum(seconds.values()) / 60:.1f} minutes in all; {_flat(_by_stage(seconds))}"]
    text = "\n".join(lines) + "\n"
    write_bytes(experiment.out / TEXT, text.encode())
    if found:
        with atomic_path(experiment.out / PLOT) as staged:
            plot(found, staged)
    return text


_STAGES = ("tables", "vocabulary", "shards", "head")


def _by_stage(seconds: Mapping[str, float]) -> dict[str, float]:
    sums: dict[str, float] = {}
    for name, value in seconds.items():
        key = name.replace("-", " ").split()[0]
        sums[key] = round(sums.get(key, 0.0) + value, 1)
    return sums


def _flat(value: Mapping[str, Any]) -> str:
    parts = []
    for key, own in value.items():
        if isinstance(own, Mapping):
            parts.append(f"{key} ({_flat(own)})")
        elif isinstance(own, float):
            parts.append(f"{key} {own:.4g}")
        else:
            parts.append(f"{key} {own:,}")
    return ", ".join(parts)


def plot(found: list[Measure], path: Path) -> None:
    """Differences in recall at 1 with their intervals, a line a probe."""
    from matplotlib.figure import Figure

    rows = [row for row in found if row.metric == "recall at 1"][::-1]
    figure = Figure(figsize=(8, 0.35 * len(rows) + 1.2), layout="constrained")
    axes = figure.subplots()
    middles = [row.difference for row in rows]
    low = [max(0.0, row.difference - row.low) for row in rows]
    high = [max(0.0, row.high - row.difference) for row in rows]
    axes.errorbar(middles, range(len(rows)), xerr=[low, high], fmt="o", capsize=3)
    axes.axvline(0, color="grey", linewidth=1)
    axes.set_yticks(range(len(rows)), [f"{row.probe}, {row.items} items" for row in rows])
    axes.set_xlabel("recall@1, MLM + MEP + OE minus MLM alone\n(points, 95 % interval over items)")
    limit = max([1.0, *(abs(value) for row in rows for value in (row.low, row.high) if math.isfinite(value))])
    axes.set_xlim(-1.1 * limit, 1.1 * limit)
    figure.savefig(path, format="png", dpi=110)
