"""What is printed and written of the figures; plans and what is done of them."""

import json
from pathlib import Path
from typing import Any

import pytest

from cli.workflows.knowledge.branches import GATED, Schedule
from cli.workflows.knowledge.gates import check_gates
from cli.workflows.knowledge.jobs import Plan
from cli.workflows.knowledge.plot import write_plot
from cli.workflows.knowledge.report import ExperimentReport, by_branch, screen
from tests.cli.workflows.knowledge.figures import figures


def probes(value: float) -> dict[str, Any]:
    """A probes.json in which every share is `value`."""
    ranks = {"recall_at_1": value / 2, "recall_at_10": value, "mrr": value, "queries": 10}
    line = {"queries": 10, "mrr": value, "hits_at_1": value / 2, "hits_at_10": value}
    aligned = {"view": [1, "mean"], "groups": {"linked": ranks, "unlinked": ranks}}
    return {
        "names": aligned,
        "descriptions": aligned,
        "classes": {"all": {"accuracy": value, "majority": 0.2, "queries": 10}},
        "mentions": {"model": ranks, "commonest": ranks},
        "triples": {"model": line, "commonest": line},
        "validation": {"mlm_loss": 2.5},
    }


def report_of(seeds: int) -> ExperimentReport:
    found, others, views = by_branch({branch: [probes(0.25)] * seeds for branch in GATED})
    del found
    return ExperimentReport(
        seeds=tuple(range(1, seeds + 1)),
        world={"entities": 663},
        figures=figures(seeds),
        others=others,
        views=views,
        gates=check_gates(figures(seeds)),
        seconds={"sample": 1.0},
        training_cpu_seconds=2.0,
    )


def test_figures_are_percent_of_each_seed() -> None:
    found, others, views = by_branch({"mlm": [probes(0.25), probes(0.5)]})
    assert found["mlm"]["names linked R@1"] == [12.5, 25.0]
    assert found["mlm"]["continent en→xx, unseen countries"] == [25.0, 50.0]
    assert others["mlm"]["MLM loss, held-out passages"] == [2.5, 2.5]
    assert views["mlm"]["names"] == ["layer 1 mean", "layer 1 mean"]


def test_screen_and_json_say_which_gate_was_missed() -> None:
    good, short = report_of(3), report_of(2)
    assert good.passed and not short.passed
    assert "MISSED" not in "\n".join(screen(good))
    missed = [line for line in screen(short) if line.startswith("MISSED")]
    assert len(missed) == 1 and "seeds" in missed[0]
    value = json.loads(json.dumps(short.to_json()))
    assert value["passed"] is False and value["gates"][-1]["found"] == "2"
    assert any(line.startswith("names linked R@10, %") and "20.0 ± 0.0" in line for line in screen(good))


@pytest.mark.long  # matplotlib looks for fonts for half a minute where it never ran
def test_the_plot_is_a_small_picture_of_equal_bytes(tmp_path: Path) -> None:
    for name in ("one.png", "two.png"):
        write_plot(report_of(3), tmp_path / name)
    data = (tmp_path / "one.png").read_bytes()
    assert data.startswith(b"\x89PNG") and len(data) < 100_000
    assert data == (tmp_path / "two.png").read_bytes()


def test_a_plan_knows_its_steps_and_what_is_done(tmp_path: Path) -> None:
    shards = {"true": tmp_path / "true", "permuted": tmp_path / "permuted"}
    schedule = Schedule(start_steps=10, branch_steps=20)
    plan = Plan(out=tmp_path, shards=shards, seeds=(1, 2), branches=GATED, schedule=schedule, classes={})
    assert plan.steps == 2 * (10 + 3 * 20)
    assert plan.branch(2, "permuted").shards == shards["permuted"]
    assert plan.branch(2, "permuted").init == plan.start(2).out
    run = plan.start(1).out
    run.mkdir(parents=True)
    (run / "metrics.jsonl").write_text('{"kind": "train", "step": 5}\n{"kind": "train", "step": 7}\n{"ki')
    assert plan.steps_done() == 7
