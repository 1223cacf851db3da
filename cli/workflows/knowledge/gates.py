"""The gates: means over seeds against fixed thresholds. Pure functions of the figures; nothing here trains."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import mean, stdev
from typing import Literal, get_args

from cli.workflows.knowledge.branches import Branch

Figure = Literal[
    "names linked R@1",
    "names linked R@10",
    "names unlinked R@10",
    "descriptions linked R@10",
    "descriptions unlinked R@10",
    "continent en→xx, unseen countries",
]
FIGURES: tuple[Figure, ...] = get_args(Figure)
KNOWING: Branch = "mlm+mep+oe"
CONTROLS: tuple[Branch, Branch] = ("mlm", "permuted")
LEAST_SEEDS = 3

Figures = Mapping[Branch, Mapping[Figure, Sequence[float]]]
"""Branch → figure → one value a seed, in percent."""


@dataclass(frozen=True, kw_only=True)
class Gate:
    """`found` against `wanted`, both as text; `passed` says the rest."""

    name: str
    wanted: str
    found: str
    passed: bool


def spread(values: Sequence[float]) -> float:
    """Sample standard deviation; 0 of a single value.

    >>> spread([1.0, 3.0]), spread([5.0])
    (1.4142135623730951, 0.0)
    """
    return stdev(values) if len(values) > 1 else 0.0


def _means(figures: Figures, figure: Figure) -> dict[Branch, float]:
    return {branch: mean(figures[branch][figure]) for branch in (KNOWING, *CONTROLS)}


def _at_least(figures: Figures, figure: Figure, limit: float) -> Gate:
    found = _means(figures, figure)[KNOWING]
    return Gate(name=figure, wanted=f"≥ {limit:g} %", found=f"{found:.1f} %", passed=found >= limit)


def _times(figures: Figures, figure: Figure, factor: float) -> Gate:
    found = _means(figures, figure)
    ratios = {control: found[KNOWING] / found[control] if found[control] else float("inf") for control in CONTROLS}
    return Gate(
        name=figure,
        wanted=f"≥ {factor:g}x both controls",
        found=", ".join(f"{ratio:.1f}x {control}" for control, ratio in ratios.items()),
        passed=all(found[KNOWING] >= factor * found[control] for control in CONTROLS) and found[KNOWING] > 0,
    )


def _above(figures: Figures, figure: Figure, points: float) -> Gate:
    found = _means(figures, figure)
    return Gate(
        name=figure,
        wanted=f"≥ {points:g} points above both controls",
        found=", ".join(f"{found[KNOWING] - found[control]:+.1f} {control}" for control in CONTROLS),
        passed=all(found[KNOWING] >= found[control] + points for control in CONTROLS),
    )


def _no_leak(figures: Figures, figure: Figure, factor: float) -> Gate:
    found = _means(figures, figure)
    mlm, permuted = (found[control] for control in CONTROLS)
    return Gate(
        name=f"{figure}: permuted against mlm",
        wanted=f"within {factor:g}x",
        found=f"{permuted / mlm:.2f}x" if mlm else "no mlm figure",
        passed=mlm > 0 and mlm / factor <= permuted <= mlm * factor,
    )


def check_gates(figures: Figures) -> list[Gate]:
    """All gates on the means over seeds; one of them is that there are at least three seeds."""
    seeds = len(figures[KNOWING]["names linked R@10"])
    return [
        _at_least(figures, "descriptions linked R@10", 40.0),
        _times(figures, "descriptions linked R@10", 5.0),
        _at_least(figures, "names linked R@10", 20.0),
        _times(figures, "names linked R@10", 2.5),
        _times(figures, "descriptions unlinked R@10", 2.0),
        _above(figures, "continent en→xx, unseen countries", 5.0),
        _no_leak(figures, "names linked R@10", 1.5),
        Gate(name="seeds", wanted=f"≥ {LEAST_SEEDS}", found=str(seeds), passed=seeds >= LEAST_SEEDS),
    ]
