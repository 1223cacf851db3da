"""Contamination: planted contexts are found with their pages, untouched ones are not, entities are looked up."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.errors import ConfigError, InputError
from pipeline.schemas import SHARDS
from tests.xlmk_model.synthetic_shards import World
from xlmk_model.evaluation.contamination import evaluate_contamination, ngram_hashes, read_entities


def ignore(_: str) -> None:
    pass


def test_hashes_tell_all_ngrams_of_a_small_vocabulary_apart() -> None:
    random = np.random.default_rng(0)
    ids = random.integers(0, 12, 20_000)
    hashes = ngram_hashes(ids, 4)
    grams = {tuple(ids[n : n + 4].tolist()): int(hashes[n]) for n in range(len(hashes))}
    assert len(set(grams.values())) == len(grams)
    assert all(grams[tuple(ids[n : n + 4].tolist())] == int(hashes[n]) for n in range(0, len(hashes), 97))


@pytest.fixture
def planted(world: World, tmp_path: Path) -> tuple[Path, Path]:
    """(shards whose train pages 7 and 8 of "aa" hold a context, a file of two contexts of which one is planted)."""
    import shutil

    shards = tmp_path / "shards"
    shutil.copytree(world.folder, shards, ignore=shutil.ignore_patterns(".cache"))
    words = [f"aa-f{n % 6} name{n} aa-p{n % 4}" for n in range(10)]
    there, absent = " ".join(words), " ".join(reversed(words))
    ids = [world.words[word] for word in there.split()]
    rows = [
        {"example_id": "aa:7:0:0", "input_ids": [0, *ids[:16], 2]},
        {"example_id": "aa:8:3:1", "input_ids": [0, *ids[12:], 2]},
        {"example_id": "aa:9:0:0", "input_ids": [0, *ids[:4], *ids[10:13], 2]},
    ]
    for path in shards.glob("m*/lang=*/train-*"):
        path.unlink()
    target = shards / "mlm" / "lang=aa" / "train-00000-of-00001.parquet"
    pq.write_table(pa.Table.from_pylist(rows, schema=SHARDS["mlm"].schema), target)
    meta = json.loads((shards / "dataset.json").read_text())
    meta["digest"] = "cd" * 32
    for lang in meta["languages"].values():
        lang["mep"]["train"] = {"rows": 0, "tokens": 0}
    (shards / "dataset.json").write_text(json.dumps(meta))
    answers = [{"text": "name1", "answer_start": 0}]
    paragraphs = [
        {"context": text, "qas": [{"id": str(n), "question": "q", "answers": answers}]}
        for n, text in enumerate((there, absent, there, "aa-f1 name1"))
    ]
    (tmp_path / "test.json").write_text(json.dumps({"data": [{"paragraphs": paragraphs}]}))
    return shards, tmp_path / "test.json"


def test_planted_contexts_are_found_with_their_pages(planted: tuple[Path, Path], tmp_path: Path) -> None:
    shards, test = planted
    (tmp_path / "q.txt").write_text("Q1\nsomething Q2, Q99999\n")
    report = evaluate_contamination(
        shards, [("mlqa", f"de={test}")], entities=tmp_path / "q.txt", out=tmp_path / "out", size=8,
        progress=ignore, warn=ignore,
    )  # fmt: skip
    found = report.tests["mlqa de"]
    assert (found.contexts, found.too_short, found.contaminated) == (3, 1, 1)
    grams, held = 30 - 8 + 1, (16 - 8 + 1) + (18 - 8 + 1)
    assert found.mean_overlap == pytest.approx(held / grams / 2)
    assert (tmp_path / "out" / "pages.tsv").read_text() == "lang\tpage_id\naa\t7\naa\t8\n"
    assert (report.entities, report.in_triples) == (3, 2)
    assert (tmp_path / "out" / "entities.tsv").read_text() == "qid\n1\n2\n"


def test_what_cannot_be_checked_is_refused(world: World, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nothing to check"):
        evaluate_contamination(world.folder, [], entities=None, out=tmp_path, progress=ignore, warn=ignore)
    (tmp_path / "none.txt").write_text("P31 42\n")
    with pytest.raises(InputError, match="has no Q ids"):
        read_entities(tmp_path / "none.txt")
