"""The sample world from its dumps to mentions and triples: everything equals what the generator says is true."""

from collections import Counter
from pathlib import Path
from typing import NamedTuple

import duckdb
import pytest

from pipeline.config.extract_wikidata import ExtractWikidataConfig
from pipeline.config.extract_wikipedia import ExtractWikipediaConfig
from pipeline.config.resolve import ResolveConfig
from pipeline.jobs.engine import JobReport, RunOptions
from pipeline.jobs.extract_wikidata import extract_wikidata
from pipeline.jobs.extract_wikipedia import extract_wikipedia
from pipeline.jobs.resolve import ResolveReport, resolve
from pipeline.sample import SampleReport, write_sample

LOOP = RunOptions(runner="loop")
LANGUAGES = ("en", "ja")


class Chain(NamedTuple):
    """The truth, the knowledge base, and what the jobs reported."""

    truth: SampleReport
    root: Path
    wikipedias: dict[str, JobReport]
    wikidata: JobReport
    resolved: ResolveReport

    def rows(self, table: str, columns: str, where: str = "true") -> list[tuple[object, ...]]:
        """Rows of a table."""
        files = f"{self.root}/tables/{table}/**/*.parquet"
        sql = f"select {columns} from read_parquet('{files}', hive_partitioning=true) where {where}"
        return duckdb.sql(sql).fetchall()


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Chain:
    folder = tmp_path_factory.mktemp("chain")
    truth, root = write_sample(LANGUAGES, folder / "dumps"), str(folder / "KB")
    wikipedias = {
        lang: extract_wikipedia(
            ExtractWikipediaConfig(dumps=(str(wiki.dump),), root=root, templates="drop", item_bytes=64 << 10), LOOP
        )
        for lang, wiki in truth.wikis.items()
    }
    config = ExtractWikidataConfig(dumps=(str(truth.wikidata),), root=root, languages=LANGUAGES)
    wikidata = extract_wikidata(config, LOOP)
    return Chain(truth, folder / "KB", wikipedias, wikidata, resolve(ResolveConfig(root=folder / "KB"), LOOP))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_pages(chain: Chain, lang: str) -> None:
    wiki, report = chain.truth.wikis[lang], chain.wikipedias[lang]
    roles = wiki.roles
    assert report.counts["pages"] == roles.total()
    assert report.counts["articles"] == roles["article"] + roles["trap"] + roles["disambiguation"]
    assert report.counts["disambiguations"] == roles["disambiguation"]
    assert report.counts["redirects"] == roles["redirect"]
    assert report.counts["other_namespaces"] == roles["other_namespace"]
    assert report.rejected == roles["damaged"]
    kinds = {"redirect": "redirect", "disambiguation": "disambiguation"}
    expected = {
        (number, page.title, kinds.get(page.role, "article"), page.redirect_title)
        for number, page in wiki.pages
        if page.role not in ("other_namespace", "damaged")
    }
    assert set(chain.rows("pages", "page_id, title, kind, redirect_title", f"lang = '{lang}'")) == expected


@pytest.mark.parametrize("lang", LANGUAGES)
def test_links(chain: Chain, lang: str) -> None:
    wiki = chain.truth.wikis[lang]
    expected = Counter(
        (number, link.surface, link.status) for number, page in wiki.pages for link in page.links
    )  # of each page in any order: a page's links in order are those of `passages`
    where = f"lang = '{lang}' and source = 'link'"
    assert Counter(chain.rows("mentions", "page_id, surface, status", where)) == expected
    assert chain.resolved.statuses[lang] == wiki.links
    qids = {title: qid for code, title, qid in chain.truth.truth.sitelinks if code == lang}
    targets = {
        (number, link.surface, qids[link.target])
        for number, page in wiki.pages
        for link in page.links
        if link.status == "resolved" and not link.via_redirect and link.target in qids
    }
    assert targets
    assert targets <= set(chain.rows("mentions", "page_id, surface, qid", f"{where} and status = 'resolved'"))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_names_without_links_are_of_what_the_page_is_about_or_links(chain: Chain, lang: str) -> None:
    wiki = chain.truth.wikis[lang]
    qids = {title: qid for code, title, qid in chain.truth.truth.sitelinks if code == lang}
    about = {number: qids.get(page.title) for number, page in wiki.pages}
    found = chain.rows("mentions", "page_id, surface, qid, source, status", f"lang = '{lang}' and source <> 'link'")
    sources = chain.resolved.sources[lang]
    assert Counter(row[3] for row in found) == {name: sources[name] for name in ("title", "repeat")}
    assert all(row[4] == "resolved" for row in found)
    assert all(about[int(str(row[0]))] == row[2] for row in found if row[3] == "title")
    linked = set(chain.rows("mentions", "page_id, surface, qid", f"lang = '{lang}' and source = 'link'"))
    assert {row[:3] for row in found if row[3] == "repeat"} <= linked
    counts = chain.wikipedias[lang].counts
    dropped = next(job for job in chain.resolved.jobs if job.job == f"resolve-links-{lang}").counts
    lost = sum(number for name, number in dropped.items() if name.startswith("repeats_"))
    assert counts["repeats_title"] + counts["repeats_repeat"] == len(found) + lost == dropped["repeats"]


def test_items_and_sitelinks(chain: Chain) -> None:
    truth = chain.truth.truth
    counts = chain.wikidata.counts
    assert (counts["properties"], counts["lexemes"]) == (truth.properties, truth.lexemes)
    assert counts["kept"] + counts["not_linked"] == truth.items
    assert set(chain.rows("sitelinks", "lang, title, qid")) == truth.sitelinks
    assert {qid for (qid,) in chain.rows("entities", "qid")} == {qid for _, _, qid in truth.sitelinks}
    assert dict(chain.rows("item_redirects", "qid, target_qid")) == truth.redirects
    assert counts["redirects"] == len(truth.redirects) > 0


def test_triples(chain: Chain) -> None:
    kept = {qid for _, _, qid in chain.truth.truth.sitelinks}
    truthy = chain.truth.truth.truthy()
    expected = {(subject, p, obj) for subject, p, obj in truthy if {subject, obj} <= kept}
    found = chain.rows("triples", "subject_qid, property_id, object_qid")
    assert len(found) == len(set(found)) and set(found) == expected
    assert {p for subject, p, _ in truthy - expected if subject in kept} >= {31}  # classes have no sitelinks
    counts = chain.resolved.jobs[-1].counts
    renamed = {(s, p, o) for s, p, o in chain.rows("statements", "subject_qid, property_id, object_qid")}
    assert counts["redirected_objects"] == sum(1 for _, _, o in renamed if o in chain.truth.truth.redirects) > 0
    assert set(chain.resolved.dropped_statements) <= {"deprecated", "not_best_rank", "object_not_kept"}
