"""Results of several seeds: mean and spread by language, as a table, JSON and CSV."""

import csv
import io
import json
import statistics
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.errors import InputError
from pipeline.manifest.storage import atomic_path, read_json, write_bytes, write_json
from xlmk_model.evaluation.tasks import Floats, Task

FORMAT = 1
"""Bumped by hand when the files change."""
AVERAGE = "average"
IDENTITY = "finetune.json"
"""What a folder of results belongs to: task, settings, digests of model and files."""
ITEMS = "items.json"
"""In a seed's folder: language → scores of each test item (see `Task.aggregate`)."""


@dataclass(frozen=True, kw_only=True)
class Results:
    """`mean` and `spread` (sample standard deviation, 0 for one seed) by language and metric, in percent.

    The key "average" is the plain mean over the context languages. `chosen` is the step and dev score by seed.
    """

    task: str
    source_lang: str | None
    seeds: tuple[int, ...]
    chosen: dict[str, dict[str, float]]
    mean: dict[str, dict[str, float]]
    spread: dict[str, dict[str, float]]

    def contract(self) -> dict[str, dict[str, float]]:
        """The means by language: the shape that `--json` prints for given predictions as well."""
        return {lang: metrics for lang, metrics in self.mean.items() if lang != AVERAGE}

    def rows(self) -> list[tuple[object, ...]]:
        """A row a language: its name, then mean ± spread of each metric."""
        many = len(self.seeds) > 1
        return [
            (lang, *(f"{v:.2f} ± {self.spread[lang][m]:.2f}" if many else f"{v:.2f}" for m, v in metrics.items()))
            for lang, metrics in self.mean.items()
        ]


def with_average(metrics: Mapping[str, dict[str, float]], names: tuple[str, ...]) -> dict[str, dict[str, float]]:
    """Metrics by language with their plain mean over the context languages (keys without "/") added.

    >>> with_average({"de": {"f1": 40.0}, "en": {"f1": 60.0}, "en/de": {"f1": 1.0}}, ("f1",))["average"]
    {'f1': 50.0}
    """
    langs = [lang for lang in metrics if "/" not in lang]
    average = {name: statistics.fmean(metrics[lang][name] for lang in langs) for name in names}
    return {**metrics, AVERAGE: average}


def summarise(task: Task, source_lang: str | None, seeds: Mapping[int, Mapping[str, Any]]) -> Results:
    """Mean and spread over the seeds' test metrics."""
    tests = [with_average(done["test"], task.metrics) for done in seeds.values()]
    values = {lang: {name: [test[lang][name] for test in tests] for name in task.metrics} for lang in tests[0]}
    return Results(
        task=task.name,
        source_lang=source_lang,
        seeds=tuple(seeds),
        chosen={str(seed): dict(done["dev"]) for seed, done in seeds.items()},
        mean={lang: {m: statistics.fmean(v) for m, v in metrics.items()} for lang, metrics in values.items()},
        spread={
            lang: {m: statistics.stdev(v) if len(v) > 1 else 0.0 for m, v in metrics.items()}
            for lang, metrics in values.items()
        },
    )


def as_csv(results: Results, seeds: Mapping[int, Mapping[str, Any]], task: Task) -> str:
    """One line a language, metric and seed, and with seed `mean` and `sd`; values in percent."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["task", "lang", "metric", "seed", "value"])
    for lang in results.mean:
        for name in task.metrics:
            for seed, done in seeds.items():
                value = with_average(done["test"], task.metrics)[lang][name]
                writer.writerow([task.name, lang, name, seed, f"{value:.4f}"])
            writer.writerow([task.name, lang, name, "mean", f"{results.mean[lang][name]:.4f}"])
            writer.writerow([task.name, lang, name, "sd", f"{results.spread[lang][name]:.4f}"])
    return text.getvalue()


def write_results(out: Path, *, task: Task, source_lang: str | None, seeds: Mapping[int, Mapping[str, Any]]) -> Results:
    """Writes OUT/results.json and OUT/results.csv and returns the results."""
    results = summarise(task, source_lang, seeds)
    with atomic_path(out / "results.csv") as staged:
        staged.write_text(as_csv(results, seeds, task), encoding="utf-8")
    rule = f"best {task.main} on the dev files in the source language ({source_lang}); no test language is seen"
    rule = rule if source_lang else "given predictions"
    write_json(out / "results.json", {"format": FORMAT, "checkpoint": rule, **asdict(results)})
    return results


def write_scored(out: Path, task: Task, tests: Mapping[str, str], metrics: Mapping[str, dict[str, float]],
                 scores: Mapping[str, Floats]) -> Results:  # fmt: skip
    """Writes scored predictions as a folder of results of one seed, 0, so that folders can be compared.

    `tests` are digests of the test files by language pair.
    """
    write_json(out / IDENTITY, {"task": task.name, "tests": dict(tests)})
    items = {lang: values.tolist() for lang, values in scores.items()}
    write_bytes(out / "seed-0" / ITEMS, json.dumps(items, sort_keys=True).encode())
    done = {"format": FORMAT, "seed": 0, "dev": {}, "test": dict(metrics)}
    write_json(out / "seed-0" / "complete.json", done)
    return write_results(out, task=task, source_lang=None, seeds={0: done})


def read_results(out: Path) -> tuple[dict[str, Any], dict[int, dict[str, Floats]]]:
    """results.json of a folder, and the item scores by seed and language; raises InputError if it has none."""
    found = read_json(out / "results.json")
    if found is None:
        raise InputError(f"{out} holds no results.json", next_step="xlmk evaluate TASK --model ... --out DIR")
    numbers: Any = found["seeds"]
    seeds = {}
    for seed in numbers:
        path = out / f"seed-{seed}" / ITEMS
        items = read_json(path)
        if items is None:
            raise InputError(f"{path} is missing or broken", next_step=f"remove {path.parent} and evaluate again")
        seeds[int(seed)] = {lang: np.array(scores, np.float64) for lang, scores in items.items()}
    return dict(found), seeds
