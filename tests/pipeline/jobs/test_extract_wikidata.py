"""`extract wikidata` from dumps to published tables: the ledger, duplicates, the same bytes however it runs."""

import bz2
import json
from pathlib import Path

import duckdb
import pytest

from pipeline.config.extract_wikidata import ExtractWikidataConfig
from pipeline.errors import ConfigError, InputError, JobFailedError
from pipeline.jobs.engine import JobReport, RunOptions
from pipeline.jobs.extract_wikidata import extract_wikidata
from pipeline.parse import columns
from pipeline.parse.wikidata import groups
from tests.pipeline.jobs.test_engine import tree
from tests.pipeline.parse.wikidata.builder import array, item, linked, terms

LOOP = RunOptions(runner="loop")
PROPERTY = {
    "type": "property",
    "id": "P31",
    "datatype": "wikibase-item",
    "labels": terms({"en": "instance of"}),
    "claims": [],
}
ENTITIES = [
    *(linked(n, "dewiki", "commonswiki") for n in range(1, 41)),
    *(linked(n, "frwiki") for n in range(41, 51)),
    item(60, labels=terms({"de": "ohne Link"})),
    PROPERTY,
    {"type": "lexeme", "id": "L1"},
    {"entity": "Q404", "redirect": "Q395"},
    {"type": "entity-schema", "id": "E1"},
    '{"type":"item","id":"Q70","labels":{"de":}}',
]


def extract(root: Path, *dumps: Path, options: RunOptions = LOOP, **config: object) -> JobReport:
    config = {"languages": ("de", "no"), **config}
    names = tuple(str(path) for path in dumps)
    return extract_wikidata(ExtractWikidataConfig(dumps=names, root=str(root), **config), options)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("dump") / "all.json"
    path.write_bytes(array(ENTITIES))
    return path


@pytest.fixture(scope="module")
def whole(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("whole")
    assert extract(root, source, item_bytes=300).items > 20
    return root


@pytest.mark.parametrize("which", ["native", "python"])
def test_native_parts_and_pythons_write_the_same_bytes(
    source: Path, whole: Path, tmp_path: Path, which: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if which == "native" and (columns.NATIVE is None or groups.NATIVE is None):
        pytest.skip("the native parts were not built: no C compiler")
    monkeypatch.setattr(columns, "current", columns.choose(which))
    monkeypatch.setattr(groups, "current", groups.choose(which))
    extract(tmp_path, source, item_bytes=300)
    assert tree(tmp_path) == tree(whole)


def rows(root: Path, table: str, columns: str = "*") -> list[tuple[object, ...]]:
    return duckdb.sql(f"select {columns} from '{root}/tables/{table}/**/*.parquet'").fetchall()


def test_the_ledger_adds_up(source: Path, tmp_path: Path) -> None:
    report = extract(tmp_path, source)
    outcomes = ("entities", "kept", "not_linked", "properties", "lexemes", "redirects", "other_types")
    assert [report.counts[name] for name in outcomes] == [56, 40, 11, 1, 1, 1, 1]
    assert report.rejects == {"malformed_json": 1}
    assert report.tables == {
        "entities": 40,
        "entity_texts": 40,
        "sitelinks": 40,
        "statements": 40,
        "item_redirects": 1,
        "properties": 1,
        "rejects": 1,
    }
    assert rows(tmp_path, "entities")[:2] == [(1, 1, [5]), (2, 1, [5])]
    assert rows(tmp_path, "properties", "lang, property_id, label") == [("en", 31, "instance of")]
    assert rows(tmp_path, "item_redirects") == [(404, 395)]
    assert rows(tmp_path, "rejects", "reason")[0][0] == "malformed_json"


@pytest.mark.parametrize(("keep", "kept", "reason"), [("all", 51, "not_linked"), ("described", 0, "not_described")])
def test_keep(source: Path, tmp_path: Path, keep: str, kept: int, reason: str) -> None:
    counts = extract(tmp_path, source, keep=keep).counts
    assert (counts.get("kept", 0), counts.get(reason, 0)) == (kept, 0 if keep == "all" else 51)


@pytest.mark.parametrize(
    "options",
    [RunOptions(runner="FnApiRunner"), RunOptions(workers=2)],
    ids=["in process", "two processes"],
)
def test_same_bytes_whatever_the_runner(source: Path, whole: Path, tmp_path: Path, options: RunOptions) -> None:
    extract(tmp_path, source, item_bytes=300, options=options)
    assert tree(tmp_path) == tree(whole)


def test_same_table_bytes_whatever_the_item_size(source: Path, whole: Path, tmp_path: Path) -> None:
    extract(tmp_path, source)
    for table in ("entities", "entity_texts", "sitelinks", "statements", "item_redirects", "properties"):
        name = f"tables/{table}/part-00000.parquet"
        assert (tmp_path / name).read_bytes() == (whole / name).read_bytes()


def test_an_item_in_two_dumps_is_there_once(source: Path, tmp_path: Path) -> None:
    second = tmp_path / "more.json.bz2"
    second.write_bytes(bz2.compress(array([linked(1, "dewiki"), linked(900, "nowiki")])))
    report = extract(tmp_path / "kb", source, second)
    assert report.counts["kept"] == 42
    assert report.tables["entities"] == 41
    names = ("entities", "entity_texts", "sitelinks", "statements")
    assert [report.counts[f"duplicates_{name}"] for name in names] == [1, 1, 1, 1]
    assert rows(tmp_path / "kb", "sitelinks")[-1] == ("no", "T 900", 900)


def test_a_repeated_run_skips_everything_and_other_languages_do_not(source: Path, tmp_path: Path) -> None:
    extract(tmp_path, source)
    assert extract(tmp_path, source).items_skipped == 1
    again = extract(tmp_path, source, languages=("fr",))
    assert (again.items_skipped, again.counts["kept"], again.tables["entity_texts"]) == (0, 10, 0)


def test_too_many_damaged_entities_fail_the_job(tmp_path: Path) -> None:
    path = tmp_path / "bad.json"
    path.write_bytes(array([linked(1, "dewiki"), *(['{"type":"item","id":"Q2",}'] * 20)]))
    with pytest.raises(JobFailedError, match=r"20 of 21 entities were rejected \(malformed_json 20\)"):
        extract(tmp_path / "kb", path)
    assert not (tmp_path / "kb/tables").exists()


def test_a_truncated_dump_publishes_nothing(source: Path, tmp_path: Path) -> None:
    path = tmp_path / "cut.json.bz2"
    path.write_bytes(bz2.compress(source.read_bytes())[:-40])
    with pytest.raises(InputError, match="cut.json.bz2 is truncated: the bz2 stream that begins at byte 0"):
        extract(tmp_path / "kb", path)
    assert not (tmp_path / "kb/tables").exists()


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"languages": ("deutsch sprache",)}, "is not a language code"),
        ({"languages": ()}, "languages is empty"),
        ({"keep": "some"}, "keep is 'some': expected one of all, described, linked"),
        ({"item_bytes": 0}, "item_bytes is 0"),
    ],
)
def test_bad_configuration_names_its_key(source: Path, tmp_path: Path, config: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        extract(tmp_path, source, **config)


def test_the_sample_of_real_items(shared_data: Path, tmp_path: Path) -> None:
    dump = shared_data / "wikidata/twenty_entities.json.bz2"
    report = extract(tmp_path, dump, languages=("en", "it"), keep="all")
    with bz2.open(dump) as lines:
        entities = [json.loads(line.rstrip(b",\n")) for line in lines if len(line) > 3]
    assert report.counts["kept"] == report.counts["entities"] == len(entities) == 20
    sites = {"enwiki": "en", "itwiki": "it"}
    wanted = {(sites[site], link["title"]) for e in entities for site, link in e["sitelinks"].items() if site in sites}
    assert set(rows(tmp_path, "sitelinks", "lang, title")) == wanted
    stored = {
        (int(e["id"][1:]), int(p[1:]), s["mainsnak"]["datavalue"]["value"]["numeric-id"], s["rank"])
        for e in entities
        for p, group in e["claims"].items()
        for s in group
        if s["mainsnak"]["snaktype"] == "value" and s["mainsnak"]["datatype"] == "wikibase-item"
    }
    assert set(rows(tmp_path, "statements")) == stored
    english = {(int(e["id"][1:]), e["labels"]["en"]["value"]) for e in entities if "en" in e["labels"]}
    labels = duckdb.sql(f"select qid, label from '{tmp_path}/tables/entity_texts/*.parquet' where label_lang = 'en'")
    assert set(labels.fetchall()) == english
