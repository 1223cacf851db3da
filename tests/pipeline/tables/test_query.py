"""`run_query` reads the tables and can do nothing else; views say which language a text came from."""

import threading
from pathlib import Path

import pytest

from pipeline.config.resolve import ResolveConfig
from pipeline.errors import ConfigError, MissingTableError
from pipeline.jobs.engine import RunOptions
from pipeline.jobs.resolve import resolve
from pipeline.tables import query
from pipeline.tables.query import run_query
from tests.pipeline.tables.world import rome


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    world = rome(tmp_path_factory.mktemp("query"))
    world.publish()
    resolve(ResolveConfig(root=world.root), RunOptions(runner="loop"))
    return world.root


def test_columns_rows_and_the_limit(root: Path) -> None:
    result = run_query(root, "select lang, title, qid from sitelinks where qid = 220 order by all;")
    assert (result.columns, result.truncated) == (("lang", "title", "qid"), False)
    assert result.rows == [("it", "Roma", 220), ("no", "Roma", 220)]
    cut = run_query(root, "select qid from sitelinks order by qid", limit=2)
    assert (cut.rows, cut.truncated) == ([(38,), (38,)], True)
    assert len(run_query(root, "from sitelinks", limit=None).rows) == 8


def test_the_partition_column_is_text(root: Path) -> None:
    assert run_query(root, "select distinct lang from pages order by lang").rows == [("it",), ("no",)]
    described = run_query(root, "describe mentions").rows
    assert [row[0] for row in described] == [
        *("lang", "page_id", "passage_index", "start", "end", "surface", "qid", "status", "source")
    ]


def test_it_works_with_the_tables_that_exist(tmp_path: Path) -> None:
    with pytest.raises(MissingTableError, match="no tables under"):
        run_query(tmp_path, "select 1")
    world = rome(tmp_path)
    world.publish_wikipedia("no")
    assert run_query(tmp_path, "show tables").rows == [("pages",), ("passages",), ("repeats",)]
    with pytest.raises(ConfigError, match=r"mentions does not exist!; next: SELECT from .*, repeats, or DESCRIBE"):
        run_query(tmp_path, "select * from mentions")


@pytest.mark.parametrize(
    "sql",
    [
        "copy (select 1) to '{root}/tables/pages/x.parquet'",
        "copy (select 1) to 'x.csv'",
        "create table x as select 1",
        "drop view pages",
        "insert into pages select * from pages",
        "set threads = 1",
        "pragma version",
        "install json",
        "load json",
        "attach 'x.db'",
        "export database 'x'",
        "select 1; select 2",
        "explain analyze select 1",
        "",
    ],
)
def test_only_one_select(root: Path, sql: str) -> None:
    before = sorted(root.rglob("*"))
    with pytest.raises(ConfigError, match="expected one SELECT, found"):
        run_query(root, sql.format(root=root))
    assert sorted(root.rglob("*")) == before


@pytest.mark.parametrize(
    "sql",
    [
        "select * from read_text('/etc/hostname')",
        "select * from read_csv('{root}/manifests/extract-wikidata.json')",
        "select * from glob('/etc/*')",
        "select * from '{root}/../other.parquet'",
        "select * from read_parquet('{root}/tables/../x.parquet')",
        "select * from sniff_csv('/etc/hostname')",
        "select * from read_parquet('https://example.org/x.parquet')",
        "select * from enable_logging(storage := 'file', storage_path := '{root}/log')",
    ],
)
def test_no_file_outside_the_tables(root: Path, sql: str) -> None:
    before = sorted(root.rglob("*"))
    with pytest.raises(ConfigError, match=r"the query cannot run: \w"):
        run_query(root, sql.format(root=root))
    assert sorted(root.rglob("*")) == before


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("selct 1", "syntax error at or near"),
        ("select nothing from pages", 'Referenced column "nothing" not found'),
        ("select 'a'::int", "Could not convert"),
    ],
)
def test_bad_sql_is_one_clear_line(root: Path, sql: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        run_query(root, sql)
    assert "\n" not in str(caught.value) and "SELECT from pages" in str(caught.value)


def test_a_query_that_takes_too_long_is_stopped(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Impatient(threading.Timer):
        def __init__(self, interval: float, function: object) -> None:
            super().__init__(0.05, function)  # type: ignore[arg-type]

    monkeypatch.setattr(query, "Timer", Impatient)
    with pytest.raises(ConfigError, match="took too long"):
        run_query(root, "select max(a.range * b.range) from range(1000000) a, range(1000000) b")


def test_a_query_larger_than_its_memory_spills_or_says_so(root: Path) -> None:
    sql = "select count(*) from (select i % 3000001 as k, count(*) from range(4000000) t(i) group by k)"
    assert run_query(root, sql, memory_limit="100MB").rows == [(3000001,)]
    with pytest.raises(ConfigError, match="memory_limit of 64 MB for each worker is too small"):
        run_query(root, "select len(list(i)) from range(40000000) t(i)", memory_limit="64MB")


def test_fallback_says_which_language_it_used(root: Path) -> None:
    rows = run_query(root, "select * exclude (lang) from entity_texts_fallback where lang = 'it' order by qid").rows
    assert rows == [
        (38, "Italia", "language", "country in Southern Europe", "en"),
        (220, "Roma", "variant", "capitale d'Italia", "variant"),
        (13712, "Tiber", "mul", None, None),
    ]
    norwegian = "select label, label_source, description_source from entity_texts_fallback where lang = 'no'"
    assert run_query(root, f"{norwegian} order by qid").rows == [
        ("Italy", "en", "en"),
        ("Roma", "language", "en"),
        ("Tiber", "mul", None),
    ]


def test_property_labels_fall_back_to_english(root: Path) -> None:
    rows = run_query(root, "select lang, label, label_lang, description_lang from property_labels order by lang").rows
    assert rows == [("en", "country", "en", "en"), ("it", "paese", "it", "en")]


def test_mentions_resolved_name_their_page(root: Path) -> None:
    sql = "select page_title, surface, qid from mentions_resolved where qid = 220 order by all"
    assert run_query(root, sql).rows == [("Tevere", "Roma", 220), ("Tevere", "Urbe", 220)]
