"""Pages and entities of evaluation sets kept out of training: lists → shards → nothing of them is left."""

import gzip
import json
from pathlib import Path

import duckdb
import pytest

from pipeline.config.shards import ShardsConfig
from pipeline.errors import ConfigError, InputError
from pipeline.jobs.engine import RunOptions
from pipeline.jobs.shards import build_shards
from pipeline.jobs.shards_exclusions import read_exclusions
from pipeline.jobs.tokenizer import train_tokenizer
from tests.pipeline.jobs.shards_world import passage_text, write_world
from xlmk_model.evaluation.contamination import evaluate_contamination

LOOP = RunOptions(runner="loop")


def shards(world: Path, out: str, **options: object) -> tuple[Path, dict[str, object]]:
    config = {"max_tokens": 64, "languages": ("en",), "holdout_entities": 0.1, **options}
    report = build_shards(
        ShardsConfig(root=world / "KB", tokenizer=world / "tokenizer", out=world / out, **config), LOOP
    )
    return world / out, report.meta


def contamination(world: Path, folder: Path, name: str) -> tuple[dict[str, object], list[str], list[str]]:
    """The report, and the lines of both lists."""
    found = evaluate_contamination(
        folder,
        [("xnli", f"en={world / 'test.tsv'}")],
        entities=world / "entities.txt",
        out=world / name,
        progress=lambda line: None,
        warn=lambda line: None,
    )
    lists = [(world / name / file).read_text().splitlines() for file in ("pages.tsv", "entities.tsv")]
    return found.to_json(), lists[0], lists[1]


def rows(out: Path, pattern: str, columns: str) -> list[tuple[object, ...]]:
    return duckdb.sql(f"select {columns} from read_parquet('{out}/{pattern}')").fetchall()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A world whose evaluation set was made from three of its pages, and whose test entities are five of its own."""
    root = tmp_path_factory.mktemp("world")
    write_world(root / "KB")
    train_tokenizer(root / "KB", 400, root / "tokenizer")
    texts = [passage_text("en", page, 1, sentences=9)[0] for page in (3, 11, 24)]
    (root / "test.tsv").write_text("".join(f"{text}\tIt is so.\tneutral\n" for text in texts))
    (root / "entities.txt").write_text(" ".join(f"Q{qid}" for qid in (2, 5, 8, 11, 20)))
    return root


def test_what_contamination_lists_is_gone_from_training(world: Path) -> None:
    before, meta = shards(world, "before")
    assert meta["excluded"] == {"digest": "", "pages_listed": {}, "entities_listed": 0, "entities_found": 0}
    first, pages, entities = contamination(world, before, "lists")
    assert first["tests"]["xnli en"]["contaminated"] >= 2 and first["in_mentions"] > 2 and first["in_triples"] > 2
    (world / "pages.tsv.gz").write_bytes(gzip.compress((world / "lists" / "pages.tsv").read_bytes()))
    lists = {
        "exclude_pages": (world / "pages.tsv.gz", world / "lists" / "pages.tsv"),
        "exclude_entities": (world / "lists" / "entities.tsv",),
    }
    after, meta = shards(world, "after", **lists)
    second, left, seen = contamination(world, after, "again")
    assert second["tests"]["xnli en"]["contaminated"] == 0 and left == ["lang\tpage_id"]
    assert second["in_mentions"] == second["in_triples"] == 0 and seen == ["qid"]
    listed = {line.replace("\t", ":") for line in pages[1:]}
    examples = {str(row[0]).rsplit(":", 2)[0] for row in rows(after, "m*/*/*.parquet", "example_id")}
    assert listed and not listed & examples, "no row of any split"
    held = {qid for qid, held_out in rows(after, "entities/*.parquet", "qid, held_out") if held_out}
    assert {int(qid) for qid in entities[1:]} <= held
    english = meta["languages"]["en"]
    assert meta["excluded"]["pages_listed"] == {"en": len(listed)}
    assert meta["excluded"]["entities_listed"] == meta["excluded"]["entities_found"] == len(entities) - 1
    assert english["mentions_dropped"]["excluded_page"] > 0 and english["ledger"]["excluded_rows"] > 0
    inside = sum(split["mentions"] for split in english["mep"].values())
    assert english["ledger"]["mentions_in"] == inside + sum(english["mentions_dropped"].values())
    assert "excluded page" in (after / "DATASET.md").read_text()


def test_another_list_rebuilds_and_the_same_does_not(world: Path) -> None:
    def trained(out: Path) -> set[str]:
        return {str(row[0]).split(":")[1] for row in rows(out, "mlm/*/train-*.parquet", "example_id")}

    one, two, *_ = sorted(trained(shards(world, "before")[0]))
    lists = [world / f"{page}.tsv" for page in (one, two)]
    for page, path in zip((one, two), lists, strict=True):
        path.write_text(f"lang\tpage_id\nen\t{page}\nja\t7\n")
    out, first = shards(world, "rebuilt", exclude_pages=(lists[0],))
    assert one not in trained(out) and two in trained(out)
    assert shards(world, "rebuilt", exclude_pages=(lists[0], lists[0]))[1] == first
    _, second = shards(world, "rebuilt", exclude_pages=(lists[1],))
    assert second["digest"] != first["digest"] and one in trained(out) and two not in trained(out)
    assert json.loads((out / "dataset.json").read_text())["excluded"]["pages_listed"] == {"en": 1, "ja": 1}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "1: '' is not the header"),
        (b"page_id\tlang\n", "1: .* is not the header"),
        (b"lang\tpage_id\nen\t7\nen 8\n", "3: 1 columns, expected 2"),
        (b"lang\tpage_id\nen\tseven\n", "2: 'seven' is no page id"),
        (b"lang\tpage_id\nen\t0\n", "2: '0' is no page id"),
        (b"lang\tpage_id\nE N\t7\n", "2: .*E N"),
        (b"lang\tpage_id\nen\t\xff\n", "2: is not UTF-8"),
        (b"\x1f\x8bx", "cannot be read"),
    ],
)
def test_a_malformed_list_is_refused_with_line_and_reason(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "pages.tsv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=f"pages.tsv:? ?{message}"):
        read_exclusions((path,), ())


def test_entities_of_any_spelling_and_refusals(tmp_path: Path) -> None:
    path = tmp_path / "entities.tsv"
    path.write_text("qid\r\nQ42\r\n7\r\n42\r\n")
    assert read_exclusions((), (path,)).entities.tolist() == [7, 42]
    path.write_text("qid\nP31\n")
    with pytest.raises(InputError, match="entities.tsv:2: 'P31' is no entity"):
        read_exclusions((), (path,))
    with pytest.raises(InputError, match="missing.tsv: cannot be read: No such file"):
        read_exclusions((tmp_path / "missing.tsv",), ())
    with pytest.raises(ConfigError, match="--exclude-pages with --entity-text lead"):
        ShardsConfig(root=tmp_path, tokenizer=tmp_path, out=tmp_path, entity_text="lead", exclude_pages=(path,))
