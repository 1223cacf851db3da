"""The branches differ in what is said of them and in nothing else."""

from pathlib import Path

from cli.workflows.knowledge.branches import BRANCHES, GATED, Branch, Schedule, branch_config, start_config, world_of
from cli.workflows.knowledge.jobs import Plan
from xlmk_model.config import to_flat

ROOT = Path("folder")


def flat(branch: Branch) -> dict[str, object]:
    config = branch_config(branch, ROOT / "shards", ROOT / "run", 1, Schedule(), start=ROOT / "start")
    return dict(to_flat(config))


def differing(one: dict[str, object], other: dict[str, object]) -> dict[str, tuple[object, object]]:
    return {key: (one[key], other[key]) for key in one if one[key] != other[key]}


def test_the_control_has_mlm_on_everything_and_no_knowledge() -> None:
    assert differing(flat("mlm"), flat("mlm+mep+oe")) == {
        "mlm.on_texts": (True, False),
        "knowledge.mep_weight": (0.0, 1.0),
        "knowledge.oe_weight": (0.0, 0.3),
        "knowledge.mask_mentions": (0.0, 0.5),
    }
    assert flat("mlm")["mlm.on_mentions"] is True


def test_the_permuted_branch_differs_by_its_world_alone() -> None:
    assert differing(flat("permuted"), flat("mlm+mep+oe")) == {}
    assert [branch for branch in BRANCHES if world_of(branch) == "permuted"] == ["permuted"]


def test_the_remedy_goes_on_from_the_mixed_branch_with_more_mlm() -> None:
    changed = differing(flat("remedy"), flat("mlm+mep+oe"))
    assert changed == {"steps": (300, 900), "mlm.on_texts": (True, False), "mlm.weight": (5.0, 0.1)}
    plan = Plan(
        out=ROOT,
        shards={"true": ROOT, "permuted": ROOT},
        seeds=(1, 2),
        branches=BRANCHES,
        schedule=Schedule(),
        classes={},
    )
    assert plan.branch(2, "remedy").init == plan.branch(2, "mlm+mep+oe").out
    assert {branch: plan.branch(1, branch).init for branch in GATED} == dict.fromkeys(GATED, plan.start(1).out)
    assert (plan.after(None), plan.after("mlm+mep+oe"), plan.after("mlm")) == (list(GATED), ["remedy"], [])
    assert plan.steps == 2 * (100 + 3 * 900 + 300)


def test_the_start_is_mlm_alone_on_the_same_kinds_of_rows() -> None:
    start = dict(to_flat(start_config(ROOT / "shards", ROOT / "run", 1, Schedule())))
    assert set(differing(start, flat("mlm"))) == {"steps", "init", "optim.schedule"}
