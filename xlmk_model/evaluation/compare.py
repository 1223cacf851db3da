"""Two folders of results on the same test files: differences with paired bootstrap intervals.

Test items are drawn with replacement, the same for both folders; each seed's metric is computed on the drawn items and
the seeds' mean is compared. So the interval tells how far the difference depends on which items are in the test set;
the spread over seeds is reported beside it by the results themselves.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.errors import ConfigError, MismatchError
from pipeline.manifest.storage import read_json
from xlmk_model.evaluation.results import AVERAGE, IDENTITY, read_results
from xlmk_model.evaluation.tasks import TASKS, Floats, Task
from xlmk_model.sampling import keyed_seed

CHUNK = 200
"""Resamplings whose weights are in memory at a time."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """`second - first` of a metric in a language, in percentage points, with its 95% interval.

    `p` is two-sided: twice the share of resamplings on the other side of 0, at least 2 / (resamplings + 1), at most 1.
    """

    lang: str
    metric: str
    items: int
    first: float
    second: float
    difference: float
    low: float
    high: float
    p: float


def resampled(seeds: Mapping[int, Floats], other: Mapping[int, Floats], task: Task, *, resamples: int, seed: int,
              key: str) -> tuple[Floats, Floats]:  # fmt: skip
    """[resamples, metrics] of both sides on the same drawn items, each the mean over its seeds.

    An aggregate of the mean of items equals that of all items, so only weighted means are needed.
    """
    sides: tuple[list[Floats], list[Floats]] = ([], [])
    count = len(next(iter(seeds.values())))
    random = np.random.Generator(np.random.PCG64(keyed_seed("bootstrap", seed, key)))
    for start in range(0, resamples, CHUNK):
        size = min(CHUNK, resamples - start)
        drawn = random.integers(count, size=(size, count)) + count * np.arange(size)[:, None]
        weights = np.bincount(drawn.ravel(), minlength=size * count).reshape(size, count) / count
        for values, scores in zip(sides, (seeds, other), strict=True):
            by_seed = [[list(task.aggregate(row[None]).values()) for row in weights @ own] for own in scores.values()]
            values.append(np.mean(np.array(by_seed), axis=0))
    return np.concatenate(sides[0]), np.concatenate(sides[1])


def _differences(
    task: Task, lang: str, items: int, points: tuple[Floats, Floats], drawn: tuple[Floats, Floats]
) -> list[Difference]:
    found = []
    for n, metric in enumerate(task.metrics):
        change = drawn[1][:, n] - drawn[0][:, n]
        low, high = (float(value) for value in np.quantile(change, [0.025, 0.975]))
        side = min(int((change <= 0).sum()), int((change >= 0).sum()))
        found.append(
            Difference(
                lang=lang,
                metric=metric,
                items=items,
                first=float(points[0][n]),
                second=float(points[1][n]),
                difference=float(points[1][n] - points[0][n]),
                low=low,
                high=high,
                p=min(1.0, 2 * (side + 1) / (len(change) + 1)),
            )
        )
    return found


def _check(first: Path, second: Path) -> Task:
    """The task of both; raises MismatchError unless they are results of the same task on the same test files."""
    ours, theirs = (read_json(folder / IDENTITY) or {} for folder in (first, second))
    for name in ("task", "tests"):
        if ours.get(name) != theirs.get(name):
            raise MismatchError(
                f"{first} and {second} are not comparable: {name} is {ours.get(name)!r} and {theirs.get(name)!r}",
                next_step="evaluate both on the same test files",
            )
    return TASKS[str(ours.get("task"))]


def compare(first: Path, second: Path, *, resamples: int = 10_000, seed: int = 0) -> list[Difference]:
    """Differences by language and metric, and of the average over the context languages.

    Raises InputError for folders without results, MismatchError if they are of other tasks or test files.
    """
    if resamples < 100:
        raise ConfigError(f"resamples = {resamples}: must be at least 100")
    sides = [read_results(folder)[1] for folder in (first, second)]
    return paired_differences(_check(first, second), sides[0], sides[1], resamples=resamples, seed=seed)


def paired_differences(
    task: Task,
    first: Mapping[int, Mapping[str, Floats]],
    second: Mapping[int, Mapping[str, Floats]],
    *,
    resamples: int = 10_000,
    seed: int = 0,
) -> list[Difference]:
    """`second - first`, each given as seed → language → item scores (see `Task.aggregate`) of the same test items."""
    sides = (first, second)
    found: list[Difference] = []
    points_of: dict[str, tuple[Floats, Floats]] = {}
    drawn_of: dict[str, tuple[Floats, Floats]] = {}
    langs = list(next(iter(sides[0].values())))
    for lang in langs:
        ours, theirs = ({n: items[lang] for n, items in side.items()} for side in sides)
        points = [np.mean([list(task.aggregate(x).values()) for x in side.values()], axis=0) for side in (ours, theirs)]
        points_of[lang] = points[0], points[1]
        drawn_of[lang] = resampled(ours, theirs, task, resamples=resamples, seed=seed, key=lang)
        found += _differences(task, lang, len(next(iter(ours.values()))), points_of[lang], drawn_of[lang])
    contexts = [lang for lang in langs if "/" not in lang]
    total = sum(len(next(iter(sides[0].values()))[lang]) for lang in contexts)
    average = [np.mean([points_of[lang][n] for lang in contexts], axis=0) for n in range(2)]
    spread = [np.mean([drawn_of[lang][n] for lang in contexts], axis=0) for n in range(2)]
    return found + _differences(task, AVERAGE, total, (average[0], average[1]), (spread[0], spread[1]))
