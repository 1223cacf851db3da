"""Bootstrap intervals of item scores: items are drawn again, the same for all models; a branch is its seeds' mean."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cli.workflows.real_text.probes import Scores
from xlmk_model.sampling import keyed_seed

METRICS = ("recall at 1", "recall at 10", "MRR")


@dataclass(frozen=True, kw_only=True)
class Measure:
    """A metric in percent: of the start, of each branch (mean over seeds) and `second - first` with its 95% interval.

    `by_seed` are the branches' values for each seed; the interval is about items, not about seeds.
    """

    probe: str
    metric: str
    items: int
    start: float
    first: float
    second: float
    by_seed: dict[str, list[float]]
    difference: float
    low: float
    high: float


def measures(
    probe: str, start: Scores, first: Mapping[int, Scores], second: Mapping[int, Scores], *, resamples: int = 2000
) -> list[Measure]:
    """One measure a metric; `first` and `second` are the branches' scores by seed, all on the same items.

    >>> own = {"a": [1.0, 1.0, 1.0], "b": [0.0, 1.0, 0.5]}
    >>> found = measures("x", own, {0: own}, {0: {"a": [1.0] * 3, "b": [1.0] * 3}}, resamples=200)[0]
    >>> found.start, found.first, found.second, found.difference, found.low, found.high
    (50.0, 50.0, 100.0, 50.0, 0.0, 100.0)
    """
    items = sorted(start)
    table = {name: [_rows(scores, items) for scores in side.values()] for name, side in _sides(first, second).items()}
    random = np.random.Generator(np.random.PCG64(keyed_seed("real text", probe)))
    drawn = random.integers(len(items), size=(resamples, len(items)))
    means = {name: np.mean(rows, axis=0) for name, rows in table.items()}  # [items, metrics]
    change = means["second"] - means["first"]
    spread = change[drawn].mean(axis=1)  # [resamples, metrics]
    own = _rows(start, items).mean(axis=0)
    return [
        Measure(
            probe=probe,
            metric=metric,
            items=len(items),
            start=_percent(own[n]),
            first=_percent(means["first"][:, n].mean()),
            second=_percent(means["second"][:, n].mean()),
            by_seed={name: [_percent(rows[:, n].mean()) for rows in table[name]] for name in table},
            difference=_percent(change[:, n].mean()),
            low=_percent(np.quantile(spread[:, n], 0.025)),
            high=_percent(np.quantile(spread[:, n], 0.975)),
        )
        for n, metric in enumerate(METRICS)
    ]


def _sides(first: Mapping[int, Scores], second: Mapping[int, Scores]) -> dict[str, Mapping[int, Scores]]:
    return {"first": first, "second": second}


def _rows(scores: Scores, items: Sequence[str]) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.array([scores[item] for item in items], np.float64)


def _percent(share: float | np.floating[object]) -> float:  # type: ignore[type-var]
    return round(100 * float(share), 2)
