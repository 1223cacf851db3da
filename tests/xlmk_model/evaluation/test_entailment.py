"""Object entailment as ranking: filtered ranks and the commonest-object line against loops, and on a run."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch

from pipeline.errors import MissingTableError
from tests.xlmk_model.synthetic_shards import World
from xlmk_model.config import TrainConfig
from xlmk_model.evaluation.entailment import commonest_rank, evaluate_entailment, filtered_ranks, ranking_scores
from xlmk_model.export import export_run
from xlmk_model.trainer import train


def test_filtered_ranks_against_a_loop() -> None:
    generator = torch.Generator().manual_seed(0)
    scores = torch.randint(6, (50, 12), generator=generator).float()
    gold = torch.randint(12, (50,), generator=generator).tolist()
    texts = torch.randint(9, (12,), generator=generator)
    others = [sorted({(g + k) % 12 for k in range(1, 1 + q % 4)}) for q, g in enumerate(gold)]
    expected = []
    for q, g in enumerate(gold):
        rivals = [c for c in range(12) if c != g and c not in others[q] and texts[c] != texts[g]]
        expected.append(1 + sum(float(scores[q, c]) >= float(scores[q, g]) for c in rivals))
    assert filtered_ranks(scores, gold, others, texts) == expected
    assert max(expected) > 3


def test_commonest_rank_against_sorting() -> None:
    random = np.random.default_rng(0)
    ids = np.sort(random.choice(1000, 20, replace=False))
    for _ in range(50):
        counts = random.integers(0, 4, 20)
        gold, *others = random.choice(20, 4, replace=False).tolist()
        kept = [c for c in range(20) if c not in others]
        order = sorted(kept, key=lambda c: (-counts[c], ids[c]))
        assert commonest_rank(counts, ids, gold, others) == 1 + order.index(gold)


def test_macro_counts_each_object_once() -> None:
    scores = ranking_scores([1, 1, 1, 10], [5, 5, 5, 6])
    assert (scores.hits_at_1, scores.macro_hits_at_1, scores.objects) == (0.75, 0.5, 2)


@pytest.fixture(scope="module")
def run(fast_config: TrainConfig, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("entailment") / "run"
    train(replace(fast_config, out=out), progress=lambda _line: None)
    return out


def test_a_run_and_a_plain_folder_are_ranked_on_the_same_queries(run: Path, world: World, tmp_path: Path) -> None:
    report = evaluate_entailment(run, world.folder, split="test")
    assert {"aa->aa", "aa->bb", "bb->aa"} <= set(report.model)
    rows = pq.read_table(world.folder / "oe" / "test-00000-of-00001.parquet").num_rows
    assert report.model["aa->bb"].queries == rows  # every entity has a text in aa and bb
    assert report.model["aa->cc"].queries < rows  # but not in cc
    for pair, scores in report.model.items():
        assert report.commonest[pair].queries == scores.queries
        assert 0 <= scores.hits_at_1 <= scores.hits_at_3 <= scores.hits_at_10 <= 1
    assert report == evaluate_entailment(run, world.folder, split="test")
    folder = tmp_path / "hf"
    export_run(run, folder)
    plain = evaluate_entailment(folder, world.folder, split="test", across=False)
    assert set(plain.model) == {"aa->aa", "bb->bb", "cc->cc"}
    assert plain.commonest["aa->aa"] == report.commonest["aa->aa"]
    assert plain.model["aa->aa"] != report.model["aa->aa"]


def test_the_commonest_object_line_is_computed_from_train_alone(run: Path, world: World) -> None:
    """Relation P1 of entity e is the entity numbered like its kind or the next kind: four objects, nearly even."""
    train_rows = pq.read_table(world.folder / "oe" / "train-00000-of-00001.parquet").to_pylist()
    counts: dict[tuple[int, int], int] = {}
    for row in train_rows:
        key = (row["property_id"], row["object_qid"])
        counts[key] = counts.get(key, 0) + 1
    facts = pq.read_table(world.folder / "oe" / "facts-00000-of-00001.parquet").to_pylist()
    hits = []
    for row in pq.read_table(world.folder / "oe" / "test-00000-of-00001.parquet").to_pylist():
        subject, relation, target = row.values()
        true = {f["object_qid"] for f in facts if (f["subject_qid"], f["property_id"]) == (subject, relation)}
        candidates = [entity + 1 for entity in range(world.entities) if entity + 1 not in true or entity + 1 == target]
        best = min(candidates, key=lambda c: (-counts.get((relation, c), 0), c))
        hits.append(best == target)
    report = evaluate_entailment(run, world.folder, split="test", across=False)
    assert report.commonest["aa->aa"].hits_at_1 == pytest.approx(sum(hits) / len(hits))


def test_shards_without_triples_are_refused(run: Path, world: World, tmp_path: Path) -> None:
    import shutil

    shutil.copytree(world.folder, tmp_path / "shards")
    for path in (tmp_path / "shards" / "oe").glob("test-*"):
        path.unlink()
    with pytest.raises(MissingTableError, match="has no test triples"):
        evaluate_entailment(run, tmp_path / "shards")
