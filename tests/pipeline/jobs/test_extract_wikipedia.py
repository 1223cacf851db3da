"""`extract wikipedia` from dumps to published tables: the ledger, resume, the same bytes however it runs."""

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from pipeline.config.extract_wikipedia import ExtractWikipediaConfig
from pipeline.jobs.engine import JobReport, RunOptions
from pipeline.jobs.extract_wikipedia import extract_wikipedia
from pipeline.manifest.storage import read_json
from tests.pipeline.jobs.test_engine import tree
from tests.pipeline.parse.dump.builder import dump, many, page, write_multistream

LOOP = RunOptions(runner="loop")
PAGES = 140


def extract(root: Path, *dumps: Path, options: RunOptions = LOOP, **config: object) -> JobReport:
    names = tuple(str(path) for path in dumps)
    return extract_wikipedia(ExtractWikipediaConfig(dumps=names, root=str(root), **config), options)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_multistream(tmp_path_factory.mktemp("dump"), PAGES, 5)


@pytest.fixture(scope="module")
def whole(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("whole")
    report = extract(root, source, item_bytes=1)
    assert report.items == PAGES // 5 + 1 >= 20
    return root


def test_the_ledger_adds_up(source: Path, tmp_path: Path) -> None:
    report = extract(tmp_path, source)
    counts = report.counts
    assert counts["pages"] == PAGES
    assert (counts["articles"], counts["redirects"], counts["other_namespaces"]) == (96, 24, 20)
    assert report.rejected == 0
    assert report.tables == {"pages": 120, "passages": 96, "repeats": 96, "rejects": 0}
    assert counts["links"] == counts["passages"] == counts["repeats_title"] == 96


def test_rows_of_a_page(source: Path, tmp_path: Path) -> None:
    extract(tmp_path, source)
    pages = duckdb.sql(f"select * from '{tmp_path}/tables/pages/**/*.parquet' where page_id in (4, 5) order by page_id")
    assert pages.fetchall() == [
        (4, 7, "Seite 4", "article", None, None, 39, "de"),
        (5, 7, "Seite 5", "redirect", "Seite 4", None, 26, "de"),
    ]
    passages = duckdb.sql(f"select text, links from '{tmp_path}/tables/passages/**/*.parquet' where page_id = 4")
    text, links = passages.fetchall()[0]
    assert text == "Seite 4 hat ein Ziel."
    assert links == [{"start": 16, "end": 20, "target": "Seite 5", "fragment": None}]
    repeats = duckdb.sql(f"select * from '{tmp_path}/tables/repeats/**/*.parquet' where page_id = 4").fetchall()
    assert repeats == [(4, 0, 0, 7, "Seite 4", "title", "de")]


def test_names_without_links_only_where_they_are_wanted_and_mean_one_thing(tmp_path: Path) -> None:
    path = tmp_path / "dump.xml"
    disambiguation = "Roma kann [[Rom]] sein. Roma ist viel.\n{{Begriffsklärung}}"
    text = "[[San Marino]] ist nah. Man fährt nach San Marino von Roma."
    path.write_bytes(dump([page(1, "Roma", disambiguation), page(2, "Roma (Stadt)", text), page(3, "Leer", "–")]))
    report = extract(tmp_path / "kb", path)
    assert (report.counts["disambiguations"], report.tables["repeats"]) == (1, 2)
    assert (report.counts["repeats_title"], report.counts["repeats_repeat"]) == (1, 1)
    found = duckdb.sql(f"select page_id, start, target, source from '{tmp_path}/kb/tables/repeats/**/*.parquet'")
    assert found.fetchall() == [(2, 35, "San Marino", "repeat"), (2, 50, "Roma (Stadt)", "title")]
    without = extract(tmp_path / "without", path, propagate=False)
    assert without.tables["repeats"] == 0 and not {name for name in without.counts if name.startswith("repeats")}
    assert list((tmp_path / "without/tables/repeats/lang=de").glob("*.parquet"))


@pytest.mark.parametrize(
    "options",
    [RunOptions(runner="FnApiRunner"), RunOptions(workers=2)],
    ids=["in process", "two processes"],
)
def test_same_bytes_whatever_the_runner(source: Path, whole: Path, tmp_path: Path, options: RunOptions) -> None:
    extract(tmp_path, source, item_bytes=1, options=options)
    assert tree(tmp_path) == tree(whole)


KILLED = """
import os, signal, sys
from pipeline.manifest.items import Completion
from tests.pipeline.jobs.test_extract_wikipedia import Path, extract

save, saved = Completion.save, []

def save_and_die(self, path):
    save(self, path)
    saved.append(path)
    if len(saved) == 9:
        os.kill(os.getpid(), signal.SIGKILL)

Completion.save = save_and_die
extract(Path(sys.argv[1]), Path(sys.argv[2]), item_bytes=1)
"""


def test_killed_and_repeated_gives_the_same_bytes(source: Path, whole: Path, tmp_path: Path) -> None:
    repository = Path(__file__).parents[3]
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), str(source)], cwd=repository, check=False)
    assert done.returncode == -9
    assert not (tmp_path / "tables").exists()
    assert len(list((tmp_path / "jobs/extract-wikipedia-de/records").glob("*.json"))) == 9
    report = extract(tmp_path, source, item_bytes=1)
    assert report.items_skipped == 9
    assert tree(tmp_path) == tree(whole)


def test_a_further_part_of_the_dump_leaves_finished_items_alone(tmp_path: Path) -> None:
    first, second = tmp_path / "p1.xml", tmp_path / "p2.xml"
    first.write_bytes(dump(many(10)))
    second.write_bytes(dump([page(900, "Neu")]))
    extract(tmp_path / "kb", first)
    report = extract(tmp_path / "kb", second, first)
    assert (report.items, report.items_skipped, report.counts["pages"]) == (2, 1, 11)


def test_of_a_page_in_two_dumps_the_latest_revision_stays(tmp_path: Path) -> None:
    trees = []
    for number, (old, new) in enumerate((("a", "b"), ("b", "a"))):
        first, second = tmp_path / f"{number}{old}.xml", tmp_path / f"{number}{new}.xml"
        first.write_bytes(dump([page(1, "Eins"), page(2, "Zwei", "alt", revision_id=5), page(3, "Drei", "gleich")]))
        second.write_bytes(dump([page(2, "Zwei", "neu", revision_id=6), page(3, "Drei", "gleich"), page(4, "Vier")]))
        root = tmp_path / f"kb{number}"
        report = extract(root, first, second)
        assert (report.counts["pages"], report.counts["duplicate_pages"]) == (6, 2)
        assert (report.tables["pages"], report.tables["passages"]) == (4, 4)
        rows = duckdb.sql(f"select page_id, text from '{root}/tables/passages/**/*.parquet' order by all").fetchall()
        assert rows == [(1, "Ein Wort im Text."), (2, "neu"), (3, "gleich"), (4, "Ein Wort im Text.")]
        trees.append(tree(root))
        assert extract(root, first, second).items_skipped == 2
        assert tree(root) == trees[-1]


def test_another_language_than_the_dump_says_is_a_recorded_warning(source: Path, tmp_path: Path) -> None:
    lines: list[str] = []
    report = extract(tmp_path, source, lang="nds", options=RunOptions(runner="loop", progress=lines.append))
    assert report.job == "extract-wikipedia-nds"
    assert any("dewiki ('de'), --lang says 'nds'" in line for line in lines)
    manifest = read_json(tmp_path / "manifests" / "extract-wikipedia-nds.json")
    assert manifest is not None
    assert "--lang says 'nds'" in str(manifest["inputs"])
