"""Options, resume after a kill, bad input, and readers that know nothing of us."""

import io
import json
import multiprocessing
import os
import shutil
from dataclasses import replace
from pathlib import Path

import duckdb
import polars
import pyarrow.parquet as pq
import pytest

from pipeline.config.shards import ShardsConfig
from pipeline.errors import ConfigError, InputError, MismatchError, MissingTableError, TargetError, XlmkError
from pipeline.jobs.shards import build_shards
from pipeline.jobs.shards_spec import shared_tokenizer
from pipeline.jobs.tokenizer import train_tokenizer
from pipeline.manifest.storage import write_json
from pipeline.records import Passage
from pipeline.tokenizer import load_tokenizer
from tests.pipeline.jobs.shards_world import ENTITIES, passage_text, write, write_world
from tests.pipeline.jobs.test_shards import LOOP, config_of, rows, tree, world

__all__ = ["world"]


def test_packed_rows_hold_every_passage_s_text_once(world: Path, tmp_path: Path) -> None:
    shutil.copytree(world / "KB", tmp_path / "KB")
    shutil.rmtree(tmp_path / "KB" / "tables" / "passages")
    texts = {(page, n): passage_text("en", page * 10 + n, 0, 1)[0] for page in range(1, 30) for n in range(4)}
    passages = [Passage(page, n, ("A" if n < 3 else "B",), "paragraph", t, ()) for (page, n), t in texts.items()]
    write(tmp_path / "KB", "passages", list(passages), "en")
    config = replace(config_of(world, tmp_path / "S", max_tokens=200, pack=True), root=tmp_path / "KB")
    report = build_shards(config, LOOP)
    tokenizer = load_tokenizer(world / "tokenizer")
    for split in ("train", "valid"):
        found = rows(tmp_path / "S", f"mlm/*/{split}-*.parquet", "example_id, input_ids")
        assert len(found) == report.languages["en"]["mlm"][split]["rows"] > 0
        for example, ids in found:
            page, n = map(int, str(example).split(":")[1:3])
            joined = " ".join(texts[page, k] for k in ((0, 1, 2) if n == 0 else (3,)))
            assert n in (0, 3) and tokenizer.ids([joined])[0].tolist() == ids


def test_leads_as_texts_never_come_from_the_mention_s_own_passage(world: Path, tmp_path: Path) -> None:
    report = build_shards(config_of(world, tmp_path, entity_text="lead", max_text_tokens=16), LOOP)
    own: dict[tuple[object, ...], set[object]] = {}
    for lang in ("en", "ja"):
        for page in range(1, 41):
            text, mentions = passage_text(lang, page, 0, 1)
            own.setdefault((lang, mentions[0][3]), set()).add(text)
    leads = {row[:2]: {row[2]} for row in rows(world / "KB", "tables/leads/*/*.parquet", "lang, qid, text")}
    assert all(text <= own.get(key, text) for key, text in leads.items())
    for lang in ("en", "ja"):
        assert report.languages[lang]["mentions_dropped"]["own_lead"] > 0
    for split in ("valid", "test"):
        for lang, text, mentions in rows(tmp_path, f"mep/*/{split}-*.parquet", "lang, text, mentions"):
            assert all(text not in leads.get((lang, mention["qid"]), ()) for mention in mentions)
    texts = rows(tmp_path, "texts/*.parquet", "kind, lang, len(input_ids), input_ids[1], input_ids[-1]")
    texts = [row for row in texts if row[0] == "lead"]
    assert texts and all(row[2] <= 16 and row[3:] == (0, 2) for row in texts)
    assert report.meta["texts"]["lead"]["en"]["truncated"] > 0  # type: ignore[index]


def test_only_mentions_of_wanted_types_and_the_first_of_many(world: Path, tmp_path: Path) -> None:
    report = build_shards(config_of(world, tmp_path, entity_types=(515,), max_mentions=1), LOOP)
    mentioned = [mentions for (mentions,) in rows(tmp_path, "mep/*/*.parquet", "mentions")]
    assert all(len(mentions) == 1 and mentions[0]["qid"] % 2 == 0 for mentions in mentioned)
    dropped = report.languages["en"]["mentions_dropped"]
    assert dropped["type_filtered"] > 0 and dropped["too_many"] > 0


def test_only_mentions_of_wanted_sources(world: Path, tmp_path: Path) -> None:
    shutil.copytree(world / "KB", tmp_path / "KB")
    path = tmp_path / "KB/tables/mentions/lang=en/part-a.parquet"
    found = [tuple(row.values()) for row in pq.read_table(path, partitioning=None).to_pylist()]
    other = {1: "title", 2: "repeat"}
    write(tmp_path / "KB", "mentions", [(*row[:-1], other.get(row[0] % 3, "link")) for row in found], "en")
    config = replace(config_of(world, tmp_path / "S", languages=("en",)), root=tmp_path / "KB")
    everything = build_shards(config, LOOP)
    assert not {name for name in everything.languages["en"]["mentions_dropped"] if name.startswith("source_")}
    report = build_shards(replace(config, mention_sources=("link", "title")), LOOP)
    mentioned = {
        page % 3 for page, mentions in rows(tmp_path / "S", "mep/*/*.parquet", "page_id, mentions") if mentions
    }
    assert mentioned == {0, 1}
    repeats = sum(1 for row in found if row[0] % 3 == 2)
    dropped = report.languages["en"]["mentions_dropped"]
    assert dropped["source_repeat"] == repeats and "source_title" not in dropped
    for sources in ((), ("links",)):
        with pytest.raises(ConfigError, match="--mention-sources .*: expected some of link, title, repeat"):
            replace(config, mention_sources=sources)


def test_other_options_rebuild_and_other_seeds_split_otherwise(world: Path, tmp_path: Path) -> None:
    config = config_of(world, tmp_path / "S", languages=("en",))
    first = build_shards(config, LOOP)
    before = tree(tmp_path / "S")
    second = build_shards(replace(config, split_seed=1), LOOP)
    assert second.digest != first.digest and second.items_skipped < second.items
    train_tokenizer(world / "KB", 390, tmp_path / "other")
    third = build_shards(replace(config, tokenizer=tmp_path / "other"), LOOP)
    assert third.meta["tokenizer"] != first.meta["tokenizer"]
    assert build_shards(config, LOOP).digest == first.digest and tree(tmp_path / "S") == before
    with pytest.raises(MismatchError, match="has digest"):
        shared_tokenizer(str(tmp_path / "other"), "another")


def die_in_second_pass(config: ShardsConfig) -> None:
    """Stands in for `kill -9`: the process ends in the middle of a bucket."""
    from pipeline.jobs import shards_buckets

    calls = []

    def without_duplicates(*arguments: object) -> object:
        calls.append(1)
        if len(calls) == 3:
            os.kill(os.getpid(), 9)
        return original(*arguments)  # type: ignore[arg-type]

    original = shards_buckets.without_duplicates
    shards_buckets.without_duplicates = without_duplicates  # type: ignore[assignment]
    build_shards(config, LOOP)


def test_killed_and_repeated_gives_the_same_bytes(world: Path, tmp_path: Path) -> None:
    config = config_of(world, tmp_path / "S", languages=("en",))
    process = multiprocessing.get_context("spawn").Process(target=die_in_second_pass, args=(config,))
    process.start()
    process.join()
    assert process.exitcode == -9 and not (tmp_path / "S" / "dataset.json").exists()
    report = build_shards(config, LOOP)
    assert report.items_skipped >= 4  # two passages parts and two buckets
    build_shards(replace(config, out=tmp_path / "whole"), LOOP)
    assert tree(tmp_path / "S") == tree(tmp_path / "whole")


@pytest.mark.parametrize("table", ["passages", "mentions", "entities", "entity_texts", "properties", "triples"])
def test_a_missing_table_is_named_with_the_command_that_makes_it(world: Path, tmp_path: Path, table: str) -> None:
    shutil.copytree(world / "KB", tmp_path / "KB")
    shutil.rmtree(tmp_path / "KB" / "tables" / table)
    with pytest.raises(MissingTableError, match=f"no table '{table}'.*next: xlmk (extract|resolve)"):
        build_shards(replace(config_of(world, tmp_path / "S"), root=tmp_path / "KB"), LOOP)


def test_a_missing_part_is_named(world: Path, tmp_path: Path) -> None:
    shutil.copytree(world / "KB", tmp_path / "KB")
    manifest = {"tables": {"triples": {"folder": "tables/triples", "files": [["part-gone.parquet", 1, 9]]}}}
    write_json(tmp_path / "KB" / "manifests" / "resolve-triples.json", manifest)
    with pytest.raises(MissingTableError, match=r"part-gone.parquet, but it is gone.*next: xlmk resolve"):
        build_shards(replace(config_of(world, tmp_path / "S"), root=tmp_path / "KB"), LOOP)


def test_tables_without_a_row_are_refused(tmp_path: Path, world: Path) -> None:
    shutil.copytree(world / "KB", tmp_path / "KB")
    shutil.rmtree(tmp_path / "KB" / "tables" / "passages")
    write(tmp_path / "KB", "passages", [], "en")
    with pytest.raises(InputError, match="the passages of en under .* have no rows"):
        build_shards(replace(config_of(world, tmp_path / "S"), root=tmp_path / "KB"), LOOP)
    write_world(tmp_path / "KB2")
    write(tmp_path / "KB2", "entity_texts", [])
    with pytest.raises(InputError, match="no entity under .* has a label_description"):
        build_shards(replace(config_of(world, tmp_path / "S"), root=tmp_path / "KB2"), LOOP)
    with pytest.raises(XlmkError, match="has no text|no text in the tables|at most"):
        train_tokenizer(tmp_path / "KB2", 5000, tmp_path / "tokenizer")


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("tokenizer.json", b"{", "is no unigram tokenizer.json"),
        ("tokenizer.json", b'{"model": {"type": "BPE", "vocab": []}}', "is a BPE model"),
        ("sentencepiece.bpe.model", b"\x00\x01", "is no SentencePiece model"),
        ("sentencepiece.bpe.model", b"", "begins with the pieces"),
        ("README", b"", "no tokenizer.json or sentencepiece.bpe.model"),
    ],
)
def test_a_broken_tokenizer_is_refused(world: Path, tmp_path: Path, name: str, data: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(InputError, match=f"{message}.*next: ") as caught:
        build_shards(replace(config_of(world, tmp_path / "S"), tokenizer=tmp_path), LOOP)
    assert "\n" not in str(caught.value)
    with pytest.raises(InputError, match="no tokenizer at"):
        build_shards(replace(config_of(world, tmp_path / "S"), tokenizer=tmp_path / "nothing"), LOOP)


def test_wrong_options_name_their_key(world: Path, tmp_path: Path) -> None:
    for option, value in (
        ("max_tokens", 4),
        ("min_tokens", 400),
        ("holdout_entities", 1.0),
        ("entity_text", "title"),
        ("valid_pages", 0.9),
        ("languages", ("English",)),
    ):
        with pytest.raises(ConfigError):
            config_of(world, tmp_path, **{option: value})
    with pytest.raises(ConfigError, match="--languages names it, but table passages has ar, en, ja"):
        build_shards(config_of(world, tmp_path, languages=("it",)), LOOP)


def test_an_unwritable_target_is_one_clear_error(world: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(TargetError, match="a file is in the way"):
        build_shards(config_of(world, tmp_path / "file"), LOOP)


def test_datasets_polars_and_duckdb_read_every_file(
    world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import datasets

    monkeypatch.setenv("HF_DATASETS_OFFLINE", "1")
    out = tmp_path / "S"
    build_shards(config_of(world, out, bucket_bytes=1 << 20), LOOP)
    for path in sorted(out.glob("*/**/*.parquet")):
        expected = pq.ParquetFile(path).metadata.num_rows
        assert polars.read_parquet(path, hive_partitioning=False).height == expected
        assert duckdb.sql(f"select count(*) from '{path}'").fetchall() == [(expected,)]
        loaded = datasets.Dataset.from_parquet(str(path), cache_dir=str(tmp_path / "cache"))
        assert len(loaded) == expected
    langs = polars.scan_parquet(f"{out}/mlm/**/train-*.parquet", hive_partitioning=True).select("lang").unique()
    assert sorted(langs.collect()["lang"].to_list()) == ["ar", "en", "ja"]
    card = (out / "DATASET.md").read_text()
    assert (
        "CC BY-SA 4.0" in card
        and "CC0" in card
        and json.loads((out / "dataset.json").read_text())["digest"] not in card
    )
    assert ENTITIES == 60 and io.StringIO(card).readline() == "# Training shards for XLM-K\n"
