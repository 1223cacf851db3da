"""Gates: each can pass, each can be missed, by means over seeds."""

import pytest

from cli.workflows.knowledge.branches import Branch
from cli.workflows.knowledge.gates import Figure, check_gates
from tests.cli.workflows.knowledge.figures import figures


def missed(found: dict[Branch, dict[Figure, list[float]]]) -> set[tuple[str, str]]:
    return {(gate.name, gate.wanted) for gate in check_gates(found) if not gate.passed}


def test_figures_on_the_thresholds_pass() -> None:
    assert missed(figures()) == set()
    assert len(check_gates(figures())) == 8


@pytest.mark.parametrize(
    ("branch", "figure", "value", "gate"),
    [
        ("mlm+mep+oe", "descriptions linked R@10", 39.9, ("descriptions linked R@10", "≥ 40 %")),
        ("permuted", "descriptions linked R@10", 8.1, ("descriptions linked R@10", "≥ 5x both controls")),
        ("mlm+mep+oe", "names linked R@10", 19.9, ("names linked R@10", "≥ 20 %")),
        ("mlm", "names linked R@10", 8.1, ("names linked R@10", "≥ 2.5x both controls")),
        ("permuted", "descriptions unlinked R@10", 8.1, ("descriptions unlinked R@10", "≥ 2x both controls")),
        (
            "permuted",
            "continent en→xx, unseen countries",
            30.1,
            ("continent en→xx, unseen countries", "≥ 5 points above both controls"),
        ),
        ("permuted", "names linked R@10", 12.1, ("names linked R@10: permuted against mlm", "within 1.5x")),
        ("permuted", "names linked R@10", 5.3, ("names linked R@10: permuted against mlm", "within 1.5x")),
    ],
)
def test_a_figure_beyond_its_threshold_misses_its_gate(
    branch: Branch, figure: Figure, value: float, gate: tuple[str, str]
) -> None:
    found = figures()
    found[branch][figure] = [value] * 3
    assert gate in missed(found)


def test_the_mean_decides_not_a_single_seed() -> None:
    found = figures()
    found["mlm+mep+oe"]["names linked R@10"] = [10.0, 20.0, 30.0]
    assert missed(found) == set()


def test_two_seeds_are_too_few() -> None:
    assert missed(figures(2)) == {("seeds", "≥ 3")}
