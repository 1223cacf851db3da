"""`resolve` beyond links and truthy statements: names where no link stands, and items that were merged into others."""

from pathlib import Path

import duckdb
import pytest

from pipeline.config.resolve import ResolveConfig
from pipeline.errors import JobFailedError, MissingTableError
from pipeline.jobs.engine import RunOptions
from pipeline.jobs.resolve import ResolveReport, resolve
from pipeline.manifest.storage import read_json, write_json
from pipeline.records import Entity, ItemRedirect, Repeat, Sitelink, Statement
from tests.pipeline.tables.world import World, rome, text

LOOP = RunOptions(runner="loop")


def run(world: World) -> ResolveReport:
    world.publish()
    return resolve(ResolveConfig(root=world.root, memory_limit="400MB", item_bytes=2500), LOOP)


def rows(world: World, table: str, columns: str) -> list[tuple[object, ...]]:
    files = f"{world.root}/tables/{table}/**/*.parquet"
    return duckdb.sql(f"select {columns} from read_parquet('{files}', hive_partitioning=true) order by all").fetchall()


def with_repeats(root: Path) -> World:
    world = rome(root)
    world.wikipedias["it"]["0"]["repeats"] = [
        Repeat(1, 1, 0, 4, "Roma", "title"),
        Repeat(1, 2, 0, 4, "Urbe", "repeat"),
        Repeat(1, 2, 12, 17, "Rosso", "repeat"),
        Repeat(3, 0, 3, 9, "Tevere", "title"),
    ]
    world.wikipedias["it"]["1"]["repeats"] = [
        Repeat(9, 0, 0, 8, "Mercurio", "title"),
        Repeat(10, 0, 0, 4, "Senza oggetto", "title"),
        Repeat(11, 0, 7, 9, "Fiumi d'Italia", "title"),
        Repeat(11, 0, 18, 24, "Italia", "repeat"),
    ]
    return world


def test_of_repeats_those_that_name_an_item_become_mentions(tmp_path: Path) -> None:
    world = with_repeats(tmp_path)
    report = run(world)
    beyond = "lang, page_id, passage_index, start, surface, qid, status, source"
    assert [row for row in rows(world, "mentions", beyond) if row[-1] != "link"] == [
        ("it", 1, 1, 0, "Roma", 220, "resolved", "title"),
        ("it", 3, 0, 3, "Tevere", 13712, "resolved", "title"),
        ("it", 11, 0, 18, "Italia", 38, "resolved", "repeat"),
    ]
    links = next(job for job in report.jobs if job.job == "resolve-links-it")
    assert {name: links.counts[name] for name in links.counts if name.startswith("repeats")} == {
        "repeats": 8,
        "repeats_disambiguation": 1,
        "repeats_list": 1,
        "repeats_no_item": 1,
        "repeats_red": 1,
        "repeats_self_link": 1,
    }
    assert report.sources == {"it": {"link": 15, "title": 2, "repeat": 1}, "no": {"link": 1}}
    assert sum(report.statuses["it"].values()) == links.counts["links"] == 15


def test_links_stay_as_they_are(tmp_path: Path) -> None:
    without, world = rome(tmp_path / "a"), with_repeats(tmp_path / "b")
    reports = run(without), run(world)
    assert [row for row in rows(world, "mentions", "*") if "link" in row] == rows(without, "mentions", "*")
    assert reports[0].statuses == reports[1].statuses
    assert rows(world, "leads", "*") == rows(without, "leads", "*")


def test_repeats_that_do_not_belong_to_the_passages_fail_the_job(tmp_path: Path) -> None:
    world = with_repeats(tmp_path)
    world.wikipedias["it"]["1"]["repeats"].append(Repeat(77, 0, 0, 4, "Roma", "title"))
    with pytest.raises(JobFailedError, match="5 repeats became 1 mentions and 3 drops"):
        run(world)
    world.wikipedias["it"]["1"]["repeats"].pop()
    world.wikipedias["it"]["2"] = {"repeats": [Repeat(1, 0, 0, 4, "Roma", "title")]}
    with pytest.raises(MissingTableError, match="table repeats of it has part-2.parquet, table passages has not"):
        run(world)


def test_a_repeat_in_the_place_of_a_link_fails_the_job(tmp_path: Path) -> None:
    world = with_repeats(tmp_path)
    world.wikipedias["it"]["0"]["repeats"].append(Repeat(1, 0, 0, 4, "Roma", "title"))
    with pytest.raises(JobFailedError, match="two mentions in one place"):
        run(world)


def test_statements_and_sitelinks_of_merged_items_are_those_of_what_they_were_merged_into(tmp_path: Path) -> None:
    world = rome(tmp_path)
    world.wikidata["item_redirects"] = [
        ItemRedirect(99, 98),  # a chain: the statements of world name Q99 as subject and as object
        ItemRedirect(98, 13712),
        ItemRedirect(70, 71),
        ItemRedirect(71, 70),
        ItemRedirect(50, 60),  # kept, and merged into an item that was not kept: stays
        ItemRedirect(51, 38),  # kept, and merged into one that was kept: goes
    ]
    world.wikidata["entities"].append(Entity(51, 1, ()))
    world.wikidata["sitelinks"] = [link for link in world.wikidata["sitelinks"] if link != ("it", "Italia", 38)]
    world.wikidata["sitelinks"].append(Sitelink("it", "Italia", 51))
    world.wikidata["entity_texts"].append(text("en", 51, "Italy, Republic"))
    world.wikidata["statements"] += [Statement(13712, 17, 51, "normal"), Statement(38, 30, 70, "normal")]
    report = run(world)
    assert rows(world, "triples", "*") == [
        (38, 36, 220),
        (38, 36, 13712),
        (220, 17, 38),
        (220, 206, 13712),
        (13712, 17, 38),
    ]
    counts = report.jobs[-1].counts
    assert (counts["redirected_subjects"], counts["redirected_objects"]) == (1, 2)
    assert report.dropped_statements["object_not_kept"] == 1
    assert sum(report.dropped_statements.values()) + 5 == counts["statements"] == 13
    titles = next(job for job in report.jobs if job.job == "resolve-titles-it").counts
    assert (titles["redirected_sitelinks"], titles["item_redirects_without_end"]) == (1, 2)
    assert ("it", "Italia", 38) in rows(world, "titles", "lang, title, qid")


@pytest.mark.parametrize(
    ("job", "table"), [("extract-wikidata", "item_redirects"), ("extract-wikipedia-it", "repeats")]
)
def test_tables_of_an_older_version_must_be_extracted_again(tmp_path: Path, job: str, table: str) -> None:
    world = rome(tmp_path)
    world.publish()
    path = tmp_path / "manifests" / f"{job}.json"
    manifest = read_json(path)
    assert manifest is not None and isinstance(manifest["tables"], dict)
    del manifest["tables"][table]
    write_json(path, manifest)
    message = rf"but not {table}: it was extracted by an older version; next: xlmk extract .* \(extract again\)"
    with pytest.raises(MissingTableError, match=message):
        resolve(ResolveConfig(root=tmp_path), LOOP)
