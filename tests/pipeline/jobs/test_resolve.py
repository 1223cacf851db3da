"""`resolve` as a job: every status, every drop, the same bytes however it runs, and only what changed runs again."""

from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from pipeline.config.resolve import ResolveConfig
from pipeline.errors import ConfigError, InputError, JobFailedError, MissingTableError
from pipeline.jobs.engine import RunOptions
from pipeline.jobs.resolve import ResolveReport, resolve
from pipeline.schemas import TABLES
from tests.pipeline.tables.world import World, article, paragraph, rome

LOOP = RunOptions(runner="loop")


def run(world: World, options: RunOptions = LOOP, **config: object) -> ResolveReport:
    return resolve(ResolveConfig(root=world.root, **{"memory_limit": "400MB", **config}), options)


def made(root: Path) -> dict[str, bytes]:
    """All files that `resolve` published."""
    folders = [root / "tables" / table for table in ("titles", "mentions", "leads", "triples")] + [root / "manifests"]
    return {p.relative_to(root).as_posix(): p.read_bytes() for f in folders for p in f.rglob("*") if p.is_file()}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    world = rome(tmp_path_factory.mktemp("rome"))
    world.publish()
    return world


@pytest.fixture(scope="module")
def report(world: World) -> ResolveReport:
    return run(world)


def rows(world: World, table: str, columns: str = "*") -> list[tuple[object, ...]]:
    files = f"{world.root}/tables/{table}/**/*.parquet"
    return duckdb.sql(f"select {columns} from read_parquet('{files}', hive_partitioning=true) order by all").fetchall()


def test_every_link_has_its_status(world: World, report: ResolveReport) -> None:
    found = rows(world, "mentions", "lang, page_id, passage_index, surface, qid, status")
    assert found == [
        ("it", 1, 0, "Roma", 220, "self_link"),
        ("it", 1, 1, "Italia", 38, "resolved"),
        ("it", 1, 2, "Tevere", 13712, "resolved"),
        ("it", 2, 0, "Stato", 7275, "resolved"),
        ("it", 3, 0, "Italia", 38, "resolved"),
        ("it", 3, 0, "Roma", 220, "resolved"),
        ("it", 3, 0, "Urbe", 220, "resolved"),
        ("it", 3, 1, "a", None, "redirect_loop"),
        ("it", 3, 1, "nulla", None, "redirect_red"),
        ("it", 3, 1, "rosso", None, "red"),
        ("it", 9, 0, "molto", 1001, "list"),
        ("it", 10, 0, "Mercurio", 1000, "disambiguation"),
        ("it", 10, 0, "sé", None, "self_link"),
        ("it", 11, 0, "Elenco", None, "no_item"),
        ("it", 11, 0, "fiumi", 1001, "self_link"),
        ("no", 1, 0, "Italia", 38, "resolved"),
    ]
    assert report.statuses["no"] == {"resolved": 1}
    assert sum(report.statuses["it"].values()) == 15 and report.tables["mentions"] == 16


def test_leads_are_first_paragraphs_before_any_heading(world: World, report: ResolveReport) -> None:
    leads = rows(world, "leads", "lang, qid, text[:28]")
    assert leads == [
        ("it", 220, "Roma è la capitale d'Italia."),
        ("it", 13712, "Il Tevere è un fiume 🌊 d'Ita"),
        ("no", 220, "Roma er hovedstaden i Italia"),
    ]
    assert next(job for job in report.jobs if job.job == "resolve-links-it").counts["pages_without_lead"] == 1


def test_triples_are_truthy_described_and_distinct(world: World, report: ResolveReport) -> None:
    assert rows(world, "triples") == [(38, 36, 220), (220, 17, 38), (220, 206, 13712)]
    assert report.dropped_statements == {
        "deprecated": 1,
        "duplicate": 1,
        "not_best_rank": 1,
        "object_not_described": 1,
        "object_not_kept": 1,
        "subject_is_object": 1,
        "subject_not_described": 1,
        "subject_not_kept": 1,
    }
    assert sum(report.dropped_statements.values()) + 3 == report.jobs[-1].counts["statements"] == 11


@pytest.mark.parametrize("table", ["titles", "mentions", "leads", "triples"])
def test_files_have_exactly_the_declared_schema(world: World, report: ResolveReport, table: str) -> None:
    assert report.tables[table]
    for path in (world.root / "tables" / table).rglob("*.parquet"):
        assert pq.read_schema(path).equals(TABLES[table].schema), path
        column = pq.read_metadata(path).row_group(0).column(0)
        assert column.compression == "ZSTD"


@pytest.mark.parametrize(
    "options",
    [RunOptions(workers=4), RunOptions(runner="FnApiRunner"), RunOptions(workers=2)],
    ids=["threads", "beam in process", "two processes"],
)
def test_same_bytes_whatever_runs_it(world: World, tmp_path: Path, options: RunOptions) -> None:
    item_bytes = 2500 if options.workers == 2 else 256 << 20
    one, other = rome(tmp_path / "one"), rome(tmp_path / "other")
    for each in (one, other):
        each.publish()
    run(one, item_bytes=item_bytes)
    report = run(other, options, item_bytes=item_bytes)
    assert made(other.root) == made(one.root)
    assert not list(other.root.rglob("spill"))
    assert [job.items for job in report.jobs] == ([1, 2, 1, 1, 1] if options.workers == 2 else [1] * 5)


def test_only_what_changed_runs_again(tmp_path: Path) -> None:
    world = rome(tmp_path)
    world.publish()
    assert run(world).items_skipped == 0
    assert (run(world).items, run(world).items_skipped) == (5, 5)
    before = made(tmp_path)
    world.wikipedias["nn"] = {"0": {"pages": [article(1, "Roma")], "passages": [paragraph(1, 0, "Roma er ein by.")]}}
    world.publish_wikipedia("nn")
    report = run(world)
    assert {job.job for job in report.jobs if not job.items_skipped} == {"resolve-titles-nn", "resolve-links-nn"}
    after = made(tmp_path)
    assert {name: after[name] for name in before} == before


def test_wikidata_that_gives_the_same_titles_leaves_the_mentions(tmp_path: Path) -> None:
    world = rome(tmp_path)
    world.publish()
    run(world)
    world.wikidata["statements"].append((220, 30, 38, "normal"))
    world.publish_wikidata()
    again = {job.job for job in run(world).jobs if not job.items_skipped}
    assert again == {"resolve-titles-it", "resolve-titles-no", "resolve-triples"}


def test_a_missing_part_is_named_with_the_next_command(tmp_path: Path) -> None:
    world = rome(tmp_path)
    with pytest.raises(MissingTableError, match="no published 'extract-wikipedia'.*next: xlmk extract wikipedia"):
        run(world)
    world.publish_wikipedia("it")
    with pytest.raises(MissingTableError, match="no published 'extract-wikidata'.*next: xlmk extract wikidata"):
        run(world)
    world.publish_wikidata()
    run(world)
    (tmp_path / "tables/passages/lang=it/part-1.parquet").unlink()
    with pytest.raises(MissingTableError, match=r"passages/lang=it/part-1.parquet, but it is gone"):
        run(world)


def test_a_published_table_that_is_gone_is_made_again(tmp_path: Path) -> None:
    world = rome(tmp_path)
    world.publish()
    run(world)
    before = made(tmp_path)
    for name in before:
        if name.startswith("tables/"):
            (tmp_path / name).unlink()
    run(world)
    assert made(tmp_path) == before


def test_passages_that_come_twice_fail_the_job(tmp_path: Path) -> None:
    world = rome(tmp_path)
    world.wikipedias["it"]["2"] = {"passages": world.wikipedias["it"]["0"]["passages"]}
    world.publish()
    with pytest.raises(
        JobFailedError, match="two mentions in one place, or comes twice; next: extract this language again"
    ):
        run(world)
    assert not (tmp_path / "tables/mentions").exists()


def test_empty_tables_give_empty_tables(tmp_path: Path) -> None:
    world = World(root=tmp_path, wikipedias={"it": {"0": {}}}, wikidata={})
    world.publish()
    assert run(world).tables == {"leads": 0, "mentions": 0, "titles": 0, "triples": 0}
    world.wikipedias["it"] = {"0": {"passages": [paragraph(1, 0, "Senza collegamenti, senza pagina.")]}}
    world.publish()
    assert run(world).tables == {"leads": 0, "mentions": 0, "titles": 0, "triples": 0}
    for path in (tmp_path / "tables").rglob("*.parquet"):
        assert pq.read_schema(path).equals(TABLES[path.relative_to(tmp_path).parts[1]].schema)


@pytest.mark.parametrize("name", ["sitelinks/part-all.parquet", "passages/lang=it/part-0.parquet"])
def test_a_damaged_table_is_named(tmp_path: Path, name: str) -> None:
    world = rome(tmp_path)
    world.publish()
    path = tmp_path / "tables" / name
    path.write_bytes(b"x" * path.stat().st_size)
    with pytest.raises(InputError, match=rf"a table cannot be read: .*{name}.*; next: make that table"):
        run(world)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("memory_limit", "lots", "memory_limit is 'lots': expected a size"),
        ("memory_limit", "1MB", "memory_limit is 1MB: at least 64MB"),
        ("max_redirects", 0, "max_redirects is 0: it must be at least 1"),
        ("item_bytes", 0, "item_bytes is 0"),
        ("min_lead_chars", -1, "min_lead_chars is -1"),
    ],
)
def test_a_bad_configuration_names_its_key(key: str, value: object, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        ResolveConfig(root=Path("KB"), **{key: value})
