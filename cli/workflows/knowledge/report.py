"""The experiment's result: figures by branch with their spread, gates, lines for the screen."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import mean
from typing import Any

from cli.workflows.knowledge.branches import Branch
from cli.workflows.knowledge.gates import FIGURES, Figure, Gate, spread

Probes = Mapping[str, Any]
"""Contents of one probes.json."""


def gated_figures(probes: Probes) -> dict[Figure, float]:
    """The figures that gates speak of, in percent."""
    names, descriptions = probes["names"]["groups"], probes["descriptions"]["groups"]
    return {
        "names linked R@1": 100 * names["linked"]["recall_at_1"],
        "names linked R@10": 100 * names["linked"]["recall_at_10"],
        "names unlinked R@10": 100 * names["unlinked"]["recall_at_10"],
        "descriptions linked R@10": 100 * descriptions["linked"]["recall_at_10"],
        "descriptions unlinked R@10": 100 * descriptions["unlinked"]["recall_at_10"],
        "continent en→xx, unseen countries": 100 * probes["classes"]["all"]["accuracy"],
    }


def other_figures(probes: Probes) -> dict[str, float]:
    """What is reported without a gate: losses in nats, shares in percent; lines that know no text are indented."""
    mentions, triples = probes["mentions"], probes["triples"]
    return {
        "MLM loss, held-out passages": probes["validation"]["mlm_loss"],
        "continent: always the commonest": 100 * probes["classes"]["all"]["majority"],
        "masked mention → description R@1": 100 * mentions["model"]["recall_at_1"],
        "masked mention → description R@10": 100 * mentions["model"]["recall_at_10"],
        "  always the commonest entity R@1": 100 * mentions["commonest"]["recall_at_1"],
        "  always the commonest entity R@10": 100 * mentions["commonest"]["recall_at_10"],
        "held-out OE H@1": 100 * triples["model"]["hits_at_1"],
        "held-out OE H@10": 100 * triples["model"]["hits_at_10"],
        "  always the commonest object H@1": 100 * triples["commonest"]["hits_at_1"],
        "  always the commonest object H@10": 100 * triples["commonest"]["hits_at_10"],
    }


@dataclass(frozen=True, kw_only=True)
class ExperimentReport:
    """`figures` and `others`: branch → name → one value a seed. `views`: the states that each branch's rule chose."""

    seeds: tuple[int, ...]
    world: dict[str, int]
    figures: dict[Branch, dict[Figure, list[float]]]
    others: dict[Branch, dict[str, list[float]]]
    views: dict[Branch, dict[str, list[str]]]
    gates: list[Gate]
    seconds: dict[str, float]
    training_cpu_seconds: float

    @property
    def passed(self) -> bool:
        """Whether every gate is met."""
        return all(gate.passed for gate in self.gates)

    def to_json(self) -> dict[str, Any]:
        """What `--json` prints and report.json holds."""
        return {"passed": self.passed, **asdict(self)}


def by_branch(
    probes: Mapping[Branch, Sequence[Probes]],
) -> tuple[
    dict[Branch, dict[Figure, list[float]]], dict[Branch, dict[str, list[float]]], dict[Branch, dict[str, list[str]]]
]:
    """(figures, others, views) of the report, from the probes of each branch, one a seed."""
    figures: dict[Branch, dict[Figure, list[float]]] = {}
    others: dict[Branch, dict[str, list[float]]] = {}
    views: dict[Branch, dict[str, list[str]]] = {}
    for branch, seeds in probes.items():
        gated, free = [gated_figures(one) for one in seeds], [other_figures(one) for one in seeds]
        figures[branch] = {name: [one[name] for one in gated] for name in FIGURES}
        others[branch] = {name: [one[name] for one in free] for name in free[0]}
        views[branch] = {
            kind: ["layer {} {}".format(*one[kind]["view"]) for one in seeds] for kind in ("names", "descriptions")
        }
    return figures, others, views


def cell(values: Sequence[float], digits: int = 1) -> str:
    """Mean and sample standard deviation over seeds.

    >>> cell([10.0, 12.0, 14.0]), cell([2.0])
    ('12.0 ± 2.0', '2.0')
    """
    return f"{mean(values):.{digits}f}" + (f" ± {spread(values):.{digits}f}" if len(values) > 1 else "")


def screen(report: ExperimentReport) -> list[str]:
    """Everything for people."""
    branches = list(report.figures)
    world = "   ".join(f"{name} {count:,}" for name, count in report.world.items())
    rows = [("mean ± deviation over seeds", *branches)]
    rows += [(f"{name}, %", *(cell(report.figures[b][name]) for b in branches)) for name in FIGURES]
    free: list[tuple[str, ...]] = [("without a gate", *("" for _ in branches))]
    for name in report.others[branches[0]]:
        loss = name.startswith("MLM loss")
        unit = "nats" if loss else "%"
        free.append((f"{name}, {unit}", *(cell(report.others[b][name], 2 if loss else 1) for b in branches)))
    views = [
        (f"states of {kind}", *(_common(report.views[b][kind]) for b in branches)) for kind in ("names", "descriptions")
    ]
    lines = [f"seeds {', '.join(map(str, report.seeds))}", world, ""]
    lines += _aligned([*rows, *free, *views])
    lines += ["", "gates (means over seeds)"]
    lines += _aligned([("passed" if g.passed else "MISSED", g.name, g.wanted, g.found) for g in report.gates])
    stages = "   ".join(f"{name} {seconds:.0f}" for name, seconds in report.seconds.items())
    return [*lines, "", f"seconds: {stages}; CPU seconds of training and probes: {report.training_cpu_seconds:.0f}"]


def _common(views: Sequence[str]) -> str:
    return views[0] if len(set(views)) == 1 else ", ".join(views)


def _aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    return ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows]
