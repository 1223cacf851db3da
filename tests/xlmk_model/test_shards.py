"""Shards: every row once an epoch, lookups equal to plain reading, incomplete or foreign shards refused."""

import json
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from pipeline.errors import InputError, MismatchError, MissingTableError
from tests.xlmk_model.synthetic_shards import LANGS, World
from xlmk_model.shards import ShuffledRows, open_dataset
from xlmk_model.shards.cache import cache_folders


def test_each_epoch_has_every_row_once_in_another_order(world: World) -> None:
    files = open_dataset(world.folder).passage_files("mlm", "aa", "train")
    rows = ShuffledRows(files, ["example_id"], 0)
    epochs = [[rows[epoch * len(rows) + n]["example_id"] for n in range(len(rows))] for epoch in range(2)]
    everything = pq.read_table(files[0]).column("example_id").to_pylist()
    everything += pq.read_table(files[1]).column("example_id").to_pylist()
    assert sorted(epochs[0]) == sorted(epochs[1]) == sorted(everything)
    assert epochs[0] != epochs[1]
    again = ShuffledRows(files, ["example_id"], 0)
    assert [again[n]["example_id"] for n in (150, 3)] == [epochs[1][50], epochs[0][3]]
    other_seed = ShuffledRows(files, ["example_id"], 1)
    assert [other_seed[n]["example_id"] for n in range(len(rows))] != epochs[0]


def test_texts_equal_plain_reading(world: World) -> None:
    dataset = open_dataset(world.folder)
    table = ds.dataset(str(world.folder / "texts")).to_table().to_pylist()
    for kind in ("description", "label", "property_label"):
        texts = dataset.texts(kind)
        expected = {(row["id"], row["lang"]): row["input_ids"] for row in table if row["kind"] == kind}
        ids = {entity for entity, _ in expected}
        found = {(q, lang): texts.tokens(n).tolist() for q in ids for lang, n in texts.find(q).items()}
        assert found == expected
        assert len(texts) == len(expected)
    assert dataset.texts("description").find(10**9) == {}
    assert len(dataset.texts("lead")) == 0
    assert dataset.texts("description").tokens(dataset.texts("description").find(1)["aa"], limit=3).tolist()[-1] == 2


def test_facts_held_out_and_frequencies_equal_plain_reading(world: World) -> None:
    dataset = open_dataset(world.folder)
    facts = ds.dataset(str(world.folder / "oe/facts-00000-of-00001.parquet")).to_table().to_pylist()
    for subject in range(1, world.entities + 1):
        for relation in (1, 2, 3):
            own = {(f["subject_qid"], f["property_id"]) == (subject, relation) and f["object_qid"] for f in facts}
            assert set(dataset.facts.objects(subject, relation).tolist()) == own - {False}
    assert frozenset(dataset.held_out.tolist()) == world.held_out
    counts: Counter[int] = Counter()
    for lang in LANGS:
        for path in dataset.passage_files("mep", lang, "train"):
            counts.update(m["qid"] for row in pq.read_table(path).column("mentions").to_pylist() for m in row)
    arrays = dataset.arrays
    assert dict(zip(arrays["mention_qid"].tolist(), arrays["mention_count"].tolist(), strict=True)) == counts


def test_missing_part_is_refused_with_both_counts(world: World, tmp_path: Path) -> None:
    copy = shutil.copytree(world.folder, tmp_path / "shards", ignore=shutil.ignore_patterns(".cache"))
    (copy / "mlm/lang=aa/train-00001-of-00002.parquet").unlink()
    with pytest.raises(MissingTableError, match=r"has 50 rows, dataset.json says 100"):
        open_dataset(copy).passage_files("mlm", "aa", "train")


def test_truncated_part_is_refused(world: World, tmp_path: Path) -> None:
    source = world.folder / "oe/train-00000-of-00001.parquet"
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(source.read_bytes()[:-20])
    with pytest.raises(MissingTableError, match="not a whole Parquet file"):
        ShuffledRows([broken], ["subject_qid"], 0)


def test_folders_that_are_no_shards(tmp_path: Path) -> None:
    with pytest.raises(MissingTableError, match="dataset.json is missing"):
        open_dataset(tmp_path)
    (tmp_path / "dataset.json").write_text("{")
    with pytest.raises(InputError, match="is not JSON"):
        open_dataset(tmp_path)
    (tmp_path / "dataset.json").write_text('{"format": 1}')
    with pytest.raises(InputError, match="lacks languages, tokenizer, entity_text, digest"):
        open_dataset(tmp_path)
    whole = {"format": 99, "languages": {}, "tokenizer": {}, "entity_text": "lead", "digest": "00"}
    (tmp_path / "dataset.json").write_text(json.dumps(whole))
    with pytest.raises(MismatchError, match="has format 99, this trainer reads format 1"):
        open_dataset(tmp_path)


def test_cache_is_rebuilt_after_a_killed_build_and_falls_back(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = shutil.copytree(world.folder, tmp_path / "shards", ignore=shutil.ignore_patterns(".cache"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    (copy / ".cache").write_text("in the way: the shards cannot hold the cache")
    dataset = open_dataset(copy)
    inside, fallback = cache_folders(copy, dataset.digest)
    (fallback.parent / ".building-killed").mkdir(parents=True)
    assert len(dataset.arrays["text_id"]) > 0
    assert fallback.is_dir()
    assert not inside.exists()
    reopened = open_dataset(copy).arrays
    assert np.array_equal(reopened["text_tokens"], dataset.arrays["text_tokens"])
