"""Batches: what they hold, and that they depend on neither rank nor the order of making them."""

from dataclasses import replace

import pytest
import torch

from tests.xlmk_model.synthetic_shards import World
from xlmk_model.batches import KnowledgeBatch
from xlmk_model.collate import Plan, Planner, StepMaker
from xlmk_model.config import TrainConfig
from xlmk_model.shards import open_dataset


@pytest.fixture(scope="module")
def maker(world: World, fast_config: TrainConfig) -> StepMaker:
    return StepMaker(open_dataset(world.folder), fast_config)


def plan_at(world: World, config: TrainConfig, step: int) -> Plan:
    planner = Planner.of(open_dataset(world.folder), config)
    plan = planner.plan(0, {})
    for number in range(1, step + 1):
        plan = planner.plan(number, plan.after)
    return plan


def rows_of(batch: KnowledgeBatch) -> list[tuple[object, ...]]:
    """Rows without padding, to compare batches that are padded differently."""
    queries, keys = batch.queries.tokens, batch.keys.tokens
    return [
        (
            queries.ids[n, : queries.lengths[n]].tolist(),
            int(batch.queries.position[n]),
            int(batch.qid[n]),
            keys.ids[n, : keys.lengths[n]].tolist(),
            sorted(batch.true_object[batch.true_query == n].tolist()),
        )
        for n in range(len(batch.qid))
    ]


def test_ranks_together_make_the_global_batch(world: World, fast_config: TrainConfig, maker: StepMaker) -> None:
    plan = plan_at(world, fast_config, 3)
    whole = maker.make(plan)
    parts = [maker.make(plan, rank=rank, world=3) for rank in range(3)]
    for name in ("mep", "oe"):
        together = [row for part in parts for row in rows_of(getattr(part, name))]
        assert together == rows_of(getattr(whole, name))
        assert together
    labels = torch.cat([part.mlm.label for part in parts if part.mlm])
    assert whole.mlm is not None and torch.equal(labels, whole.mlm.label)
    assert sum(part.tokens for part in parts) == whole.tokens


def test_batches_are_functions_of_the_plan(world: World, fast_config: TrainConfig, maker: StepMaker) -> None:
    plan = plan_at(world, fast_config, 2)
    first = maker.make(plan)
    maker.make(plan_at(world, fast_config, 5))
    fresh = StepMaker(open_dataset(world.folder), fast_config).make(plan)
    for batch in (maker.make(plan), fresh):
        assert first.mlm is not None and batch.mlm is not None
        assert torch.equal(first.mlm.requests.tokens.ids, batch.mlm.requests.tokens.ids)
        assert first.mep is not None and batch.mep is not None
        assert rows_of(first.mep) == rows_of(batch.mep)


def test_mep_rows_hide_the_mention_and_key_describes_it(world: World, fast_config: TrainConfig) -> None:
    config = replace(fast_config, knowledge=replace(fast_config.knowledge, mask_mentions=1.0))
    dataset = open_dataset(world.folder)
    batch = StepMaker(dataset, config).make(plan_at(world, config, 2)).mep
    assert batch is not None and len(batch.qid) == 8
    texts = dataset.texts("description")
    for row, (ids, position, qid, key, _) in enumerate(rows_of(batch)):
        assert isinstance(ids, list) and isinstance(position, int) and isinstance(qid, int)
        assert ids[position] == dataset.vocabulary.mask
        assert world.words[f"name{qid - 1}"] not in ids
        assert key in [texts.tokens(number).tolist() for number in texts.find(qid).values()], row


def test_oe_rows_are_true_and_know_all_true_objects(world: World, fast_config: TrainConfig, maker: StepMaker) -> None:
    batch = maker.make(plan_at(world, fast_config, 2)).oe
    assert batch is not None
    for ids, position, qid, _, true_objects in rows_of(batch):
        assert position == 0
        assert isinstance(ids, list) and ids.count(2) == 3 and ids[0] == 0  # <s> subject </s></s> relation </s>
        assert isinstance(true_objects, list) and qid in true_objects


def test_held_out_entities_are_never_drawn(world: World, fast_config: TrainConfig) -> None:
    config = replace(fast_config, mlm=replace(fast_config.mlm, text_rows=20, relation_rows=10))
    dataset = open_dataset(world.folder)
    planner, maker = Planner.of(dataset, config), StepMaker(dataset, config)
    texts = dataset.texts("description")
    hidden = {tuple(texts.tokens(n).tolist()) for q in world.held_out for n in texts.find(q).values()}
    seen_texts = set()
    counters: dict[str, int] = {}
    for step in range(2, 30):
        plan = planner.plan(step, counters)
        counters = plan.after
        batch = maker.make(plan)
        for part in (batch.mep, batch.oe):
            assert part is not None
            assert not world.held_out & set(part.qid.tolist())
            seen_texts |= {tuple(row[3]) for row in rows_of(part) if isinstance(row[3], list)}
    assert seen_texts and not seen_texts & hidden
    drawn = {tuple(maker.source.draw_any(torch.Generator().manual_seed(n)).tolist()) for n in range(300)}
    assert len(drawn) > 80 and not drawn & hidden


def test_example_ids_name_the_rows(world: World, fast_config: TrainConfig, maker: StepMaker) -> None:
    names = maker.example_ids(plan_at(world, fast_config, 2))
    assert len(names) == 8 + 8 + 6
    assert all(name.startswith(("mlm/", "mep/", "oe/Q")) for name in names)


def test_mlm_alone_can_read_what_mep_and_oe_read(world: World, fast_config: TrainConfig) -> None:
    """With weights of 0 the same passages, descriptions and OE inputs come in the same order, for MLM on all."""
    both = replace(fast_config.mlm, on_mentions=True, on_texts=True)
    visible = replace(fast_config.knowledge, start_step=0, mask_mentions=0.0)
    mixed = replace(fast_config, mlm=both, knowledge=visible)
    alone = replace(mixed, knowledge=replace(visible, mep_weight=0.0, oe_weight=0.0))
    plain = replace(alone, mlm=fast_config.mlm)
    first_pieces = 0
    for step in range(4):
        plan = plan_at(world, mixed, step)
        batches = [StepMaker(open_dataset(world.folder), config).make(plan) for config in (mixed, alone)]
        for name in ("mep", "oe"):
            one, other = (getattr(batch, name) for batch in batches)
            for found in (one, other):
                assert len(found.labels) and len(found.keys.labels)
            assert torch.equal(one.qid, other.qid) and torch.equal(one.keys.text, other.keys.text)
            assert [restored(one, n) for n in range(len(one.qid))] == [restored(other, n) for n in range(len(one.qid))]
            if name == "mep":
                mentions = set(zip(range(len(one.qid)), one.queries.position[: len(one.qid)].tolist(), strict=True))
                assert not mentions & predicted(one)
                first_pieces += len(mentions & predicted(other))
        assert plan_at(world, plain, step).mep == plan_at(world, plain, step).oe == ()
    assert first_pieces > 0


def predicted(batch: KnowledgeBatch) -> set[tuple[int, int]]:
    """(row, position) of the tokens that MLM predicts in the queries' rows."""
    rows, positions = batch.queries.row[len(batch.qid) :], batch.queries.position[len(batch.qid) :]
    return set(zip(rows.tolist(), positions.tolist(), strict=True))


def restored(batch: KnowledgeBatch, number: int) -> tuple[list[int], list[int]]:
    """Query row and key `number` as they were before MLM corrupted them."""
    found = []
    queries, keys, count = batch.queries, batch.keys, len(batch.qid)
    parts = ((queries.tokens, queries.row[count:], queries.position[count:], batch.labels),)
    for tokens, rows, positions, labels in (*parts, (keys.tokens, keys.mlm.row, keys.mlm.position, keys.labels)):
        ids = tokens.ids[number, : tokens.lengths[number]].clone()
        own = rows == number
        ids[positions[own]] = labels[own]
        found.append(ids.tolist())
    return found[0], found[1]
