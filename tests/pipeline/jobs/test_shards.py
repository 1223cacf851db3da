"""Shards of a small world: complete, disjoint, the same bytes however they are made."""

import json
from dataclasses import replace
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from pipeline.config.shards import ShardsConfig
from pipeline.jobs.engine import RunOptions
from pipeline.jobs.shards import ShardsReport, build_shards
from pipeline.jobs.tokenizer import train_tokenizer
from pipeline.schemas import SHARDS
from pipeline.tokenizer import load_tokenizer
from tests.pipeline.jobs.shards_world import LANGUAGES, name, write_world

LOOP = RunOptions(runner="loop")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tables in KB/ and a tokenizer in tokenizer/."""
    root = tmp_path_factory.mktemp("world")
    write_world(root / "KB")
    train_tokenizer(root / "KB", 400, root / "tokenizer")
    return root


def config_of(world: Path, out: Path, **options: object) -> ShardsConfig:
    defaults: dict[str, object] = {
        "max_tokens": 64,
        "bucket_bytes": 5000,
        "holdout_entities": 0.1,
        "holdout_triples": 0.2,
        "valid_pages": 0.15,
        "test_pages": 0.15,
    }
    return ShardsConfig(root=world / "KB", tokenizer=world / "tokenizer", out=out, **{**defaults, **options})


@pytest.fixture(scope="module")
def built(world: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ShardsReport]:
    out = tmp_path_factory.mktemp("shards") / "SHARDS"
    return out, build_shards(config_of(world, out), LOOP)


def tree(out: Path) -> dict[str, bytes]:
    """All that users read: everything but the jobs' own records."""
    files = (path for path in out.rglob("*") if path.is_file() and path.relative_to(out).parts[0] != "jobs")
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in files}


def rows(out: Path, pattern: str, columns: str = "*") -> list[tuple[object, ...]]:
    return duckdb.sql(f"select {columns} from read_parquet('{out}/{pattern}', hive_partitioning=true)").fetchall()


def test_the_files_are_as_the_design_says(built: tuple[Path, ShardsReport]) -> None:
    out, report = built
    meta = json.loads((out / "dataset.json").read_text())
    assert meta == json.loads(json.dumps(report.meta)) and meta["format"] == 1
    assert sorted(meta["languages"]) == sorted(LANGUAGES)
    for lang in LANGUAGES:
        for kind, splits in (("mlm", ("train", "valid")), ("mep", ("train", "valid", "test"))):
            folder = out / kind / f"lang={lang}"
            number = len(list(folder.glob("train-*.parquet")))
            assert number > 1 and number & (number - 1) == 0, "buckets are a power of two"
            assert len(list(folder.iterdir())) == number * len(splits)
            for split in splits:
                schema = SHARDS["mep_eval" if kind == "mep" and split != "train" else kind].schema
                found = [pq.ParquetFile(folder / f"{split}-{n:05d}-of-{number:05d}.parquet") for n in range(number)]
                assert all(file.schema_arrow.equals(schema) for file in found)
                declared = meta["languages"][lang][kind][split]
                assert sum(file.metadata.num_rows for file in found) == declared["rows"]
                ids = [row[0] for row in rows(out, f"{kind}/lang={lang}/{split}-*.parquet", "len(input_ids)")]
                assert sum(ids) == declared["tokens"] and max(ids, default=0) <= 64 and min(ids, default=8) >= 8
    for name_, table in (
        ("oe/train", "oe"),
        ("oe/facts", "facts"),
        ("texts/part", "texts"),
        ("entities/part", "entities"),
    ):
        for path in out.glob(f"{name_}-*.parquet"):
            assert pq.read_schema(path).equals(SHARDS[table].schema)
    assert not (out / "spills").exists()
    assert load_tokenizer(out / "tokenizer").describe() == meta["tokenizer"]


def test_mentions_and_triples_add_up(built: tuple[Path, ShardsReport]) -> None:
    out, report = built
    for lang in LANGUAGES:
        found = report.meta["languages"][lang]
        inside = sum(number["mentions"] for number in found["mep"].values())
        dropped = found["mentions_dropped"]
        assert found["ledger"]["mentions_in"] == inside + sum(dropped.values()) == 2200
        assert dropped["status_red"] == 40 and dropped["held_out"] > 0 and dropped["no_text"] > 0
        assert rows(out, f"mep/lang={lang}/*.parquet", "sum(len(mentions))") == [(inside,)]
    oe = report.meta["oe"]
    kept = sum(oe[split]["rows"] for split in ("train", "valid", "test"))
    assert oe["facts"]["rows"] == kept + sum(oe["dropped"].values()) == len(rows(out, "oe/facts-*.parquet"))
    assert min(oe[split]["rows"] for split in ("train", "valid", "test")) > 0


def test_spans_cover_what_they_name(world: Path, built: tuple[Path, ShardsReport]) -> None:
    out, _ = built
    tokenizer = load_tokenizer(world / "tokenizer")
    seen = 0
    columns = "lang, text, input_ids, mentions, spans, example_id"
    found = [row for split in ("valid", "test") for row in rows(out, f"mep/*/{split}-*.parquet", columns)]
    for lang, text, ids, mentions, spans, example in found:
        assert tokenizer.ids([text])[0].tolist() == ids, "a row holds the tokens of exactly its text"
        assert str(example).startswith(f"{lang}:")
        previous = 1
        for mention, span in zip(mentions, spans, strict=True):
            surface = name(str(lang), span["qid"])
            assert text[span["start"] : span["end"]] == surface and span["qid"] == mention["qid"]
            decoded = tokenizer.decode(ids[mention["start"] : mention["end"]])
            assert surface.replace(" ", "") in decoded.replace(" ", "")
            assert previous <= mention["start"] < mention["end"] < len(ids)
            previous, seen = mention["end"], seen + 1
    assert seen > 500


def test_nothing_held_out_is_trained_on(built: tuple[Path, ShardsReport]) -> None:
    out, report = built
    held_out = {row[0] for row in rows(out, "entities/*.parquet", "qid, held_out") if row[1]}
    assert len(held_out) == report.meta["held_out"]["entities"] > 0
    pages: dict[str, set[object]] = {}
    for kind, split in (("mlm", "train"), ("mlm", "valid"), ("mep", "train"), ("mep", "valid"), ("mep", "test")):
        found = rows(out, f"{kind}/*/{split}-*.parquet", "example_id")
        pages.setdefault(split, set()).update(str(row[0]).rsplit(":", 2)[0] for row in found)
    assert not pages["train"] & pages["valid"] and not pages["train"] & pages["test"]
    assert not pages["valid"] & pages["test"] and all(pages.values())
    mentioned = {
        split: {m["qid"] for (found,) in rows(out, f"mep/*/{split}-*.parquet", "mentions") for m in found}
        for split in ("train", "valid", "test")
    }
    assert not held_out & mentioned["train"] and not held_out & mentioned["valid"] and held_out & mentioned["test"]
    triples = {split: rows(out, f"oe/{split}-*.parquet") for split in ("train", "valid", "test")}
    pairs = {split: {frozenset((row[0], row[2])) for row in found} for split, found in triples.items()}
    assert not pairs["train"] & pairs["valid"] and not pairs["train"] & pairs["test"]
    assert not pairs["valid"] & pairs["test"]
    for split in ("train", "valid"):
        assert not any(row[0] in held_out or row[2] in held_out for row in triples[split])
    assert any(row[0] in held_out or row[2] in held_out for row in triples["test"])


def test_no_text_of_validation_is_trained_on(built: tuple[Path, ShardsReport]) -> None:
    out, _ = built
    trained = {tuple(ids) for (ids,) in rows(out, "mlm/*/train-*.parquet", "input_ids")}
    assert len(trained) == len(rows(out, "mlm/*/train-*.parquet", "input_ids")), "no duplicates"
    for pattern in ("mlm/*/valid-*.parquet", "mep/*/test-*.parquet", "mep/*/valid-*.parquet"):
        assert not trained & {tuple(ids) for (ids,) in rows(out, pattern, "input_ids")}
    assert all(tuple(ids) in trained for (ids,) in rows(out, "mep/*/train-*.parquet", "input_ids"))


def test_texts_are_really_in_their_language(built: tuple[Path, ShardsReport]) -> None:
    out, report = built
    texts = rows(out, "texts/*.parquet", "kind, id, lang, text, len(input_ids)")
    assert {(kind, lang) for kind, _, lang, _, _ in texts} == {
        (kind, lang) for kind in ("label", "description", "label_description", "property_label") for lang in LANGUAGES
    }
    assert len({row[:3] for row in texts}) == len(texts) and max(row[4] for row in texts) <= 64
    assert all(text == name(lang, qid) for kind, qid, lang, text, _ in texts if kind == "label")
    assert report.meta["texts"]["description"]["en"]["unique"] == 4
    mentioned = {m["qid"] for (found,) in rows(out, "mep/*/*.parquet", "mentions") for m in found}
    assert mentioned <= {row[1] for row in texts if row[0] == "label_description"}


@pytest.mark.parametrize(
    "options",
    [{"runner": "FnApiRunner"}, pytest.param({"workers": 2}, marks=pytest.mark.long)],
    ids=["in process", "two processes"],
)
def test_same_bytes_whatever_the_runner(
    world: Path, built: tuple[Path, ShardsReport], tmp_path: Path, options: dict[str, object]
) -> None:
    build_shards(config_of(world, tmp_path / "S"), RunOptions(**options))
    assert tree(tmp_path / "S") == tree(built[0])


def test_repeating_it_does_nothing(world: Path, built: tuple[Path, ShardsReport]) -> None:
    out, first = built
    before = tree(out)
    again = build_shards(config_of(world, out), LOOP)
    assert again.items_skipped == again.items > 0 and again.meta == first.meta
    assert tree(out) == before


def test_another_language_touches_no_file(world: Path, tmp_path: Path) -> None:
    two = config_of(world, tmp_path / "S", languages=("en", "ja"))
    build_shards(two, LOOP)
    before = {key: value for key, value in tree(tmp_path / "S").items() if key.endswith(".parquet")}
    build_shards(replace(two, languages=None), LOOP)
    after = tree(tmp_path / "S")
    assert before.items() <= after.items()
    added = {key.partition("/")[2].partition("/")[0] for key in set(after) - set(before) if key.endswith(".parquet")}
    assert added == {"lang=ar"}
    build_shards(two, LOOP)
    assert {key: value for key, value in tree(tmp_path / "S").items() if key.endswith(".parquet")} == before
