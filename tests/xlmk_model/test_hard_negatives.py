"""Hard negatives: mined as stated (against plain loops), drawn as stated, and exact over a resume."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.xlmk_model.synthetic_shards import World
from tests.xlmk_model.test_training import assert_same_run, at, quiet
from xlmk_model.checkpoint import MINED, latest_checkpoint
from xlmk_model.collate import Planner, StepMaker
from xlmk_model.config import TrainConfig, with_overrides
from xlmk_model.contrastive.neighbours import nearest_in_groups
from xlmk_model.init import new_model
from xlmk_model.metrics import read_metrics
from xlmk_model.shards import open_dataset
from xlmk_model.trainer.mining import Miner

SETTINGS = ["hard_negatives=2", "mine_every=2", "mine_near=5"]


@pytest.mark.parametrize("seed", range(5))
def test_nearest_equal_loops(seed: int) -> None:
    random = np.random.default_rng(seed)
    count = 3
    vectors = torch.from_numpy(random.normal(size=(20, 4)))
    text = torch.from_numpy(random.integers(15, size=20))
    groups = [np.sort(random.choice(20, size, replace=False)) for size in (1, 2, 7, 12)]
    expected = []
    for i in range(20):
        near = {j for group in groups if i in group for j in group.tolist() if int(text[i]) != int(text[j])}
        ranked = sorted(near, key=lambda j: -float(vectors[i] @ vectors[j]))[:count]
        expected.append(ranked + [-1] * (count - len(ranked)))
    assert nearest_in_groups(vectors, text, groups, count).tolist() == expected


@pytest.fixture(scope="module")
def mined(world: World, fast_config: TrainConfig) -> StepMaker:
    config = with_overrides(fast_config, [*SETTINGS, "start_step=0", "mep_rows=16", "oe_rows=16"])
    dataset = open_dataset(world.folder)
    maker = StepMaker(dataset, config)
    model = new_model(config, dataset).train()
    maker.hard = Miner(dataset, config, maker.source, torch.device("cpu")).mine(model, 0)
    assert model.training
    return maker


def kind(entity: int) -> int:
    """The class that the synthetic shards give an entity."""
    return entity % 4


def test_mined_are_of_the_type_and_of_the_range(world: World, mined: StepMaker) -> None:
    table = mined.hard
    assert len(table.mep_entity) > 40 and len(table.oe_answer) > 4
    for entity in table.mep_entity.tolist():
        near = table.near_entity(entity)
        assert near and entity not in near and len(set(near)) == len(near)
        assert {kind(other) for other in near} == {kind(entity)}
        assert not world.held_out & {entity, *near}
    answers = {tuple(answer) for answer in table.oe_answer.tolist()}
    for relation, entity in answers:
        near = table.near_answer(relation, entity)
        assert entity not in near
        assert {(relation, other) for other in near} <= answers
    assert any(table.near_answer(*answer) for answer in answers)


def test_batches_hold_them_after_the_true_texts(world: World, mined: StepMaker) -> None:
    plan = Planner.of(open_dataset(world.folder), mined.config).plan(0, {})
    batch = mined.make(plan)
    for name, part in (("mep", batch.mep), ("oe", batch.oe)):
        assert part is not None
        rows = len(part.qid)
        assert torch.equal(part.keys.qid[:rows], part.qid)
        hard = part.keys.qid[rows:].tolist()
        assert len(hard) == 2 * rows if name == "mep" else 0 < len(hard) <= 2 * rows
    assert batch.mep is not None
    own, hard = batch.mep.qid.tolist(), batch.mep.keys.qid[len(batch.mep.qid) :].tolist()
    for n, entity in enumerate(own):
        assert set(hard[2 * n : 2 * n + 2]) <= set(mined.hard.near_entity(entity))
    parts = [mined.make(plan, rank=rank, world=2).mep for rank in range(2)]
    assert [q for part in parts if part for q in part.keys.qid[len(part.qid) :].tolist()] == hard


def test_true_objects_are_never_drawn(mined: StepMaker) -> None:
    seen = 0
    for drawn in range(60):
        row = mined.triple_row(drawn, torch.Generator().manual_seed(drawn))
        if row is not None:
            seen += len(row.hard)
            assert not {text.qid for text in row.hard} & set(row.true_objects.tolist())
            assert all(row.text.lang in (text.lang, "cc") for text in row.hard)  # cc lacks some texts
    assert seen > 20


@pytest.fixture(scope="module")
def unbroken(fast_config: TrainConfig, tmp_path_factory: pytest.TempPathFactory) -> TrainConfig:
    """A run that mined at steps 2 and 4."""
    few = ["queue=12", "checkpoint_every=0", "validate_every=0", "validate_rows=2", "steps=5"]
    config = at(fast_config, tmp_path_factory.mktemp("unbroken") / "run", *SETTINGS, *few)
    quiet(config)
    return config


@pytest.mark.parametrize(("stop", "workers"), [(3, 0), (4, 1)])
def test_resumed_equals_never_stopped(unbroken: TrainConfig, tmp_path: Path, stop: int, workers: int) -> None:
    """Stopped between two minings, and where one is due; batches made here, or ahead by another process."""
    broken = replace(unbroken, out=tmp_path / "broken")
    quiet(at(broken, broken.out, f"stop_at={stop}"))
    assert (latest_checkpoint(broken.out) / MINED).is_file()
    quiet(at(broken, broken.out, f"workers={workers}"))
    assert_same_run(unbroken.out, broken.out)
    lines = [line for line in read_metrics(broken.out / "metrics.jsonl") if "mep_hard_negatives" in line]
    assert lines and all(line["mep_hard_negatives"] == 2 for line in lines)
    assert all(abs(sum(line["mep_text"].values()) - 1) < 1e-9 for line in lines)
