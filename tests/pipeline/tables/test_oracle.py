"""The SQL of resolution against plain Python on generated tables: any graph of redirects, any statements."""

import tempfile
from pathlib import Path

import pyarrow.parquet as pq
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.manifest.parts import PartWriter
from pipeline.records import Entity, EntityText, ItemRedirect, Link, Page, Passage, Repeat, Sitelink, Statement
from pipeline.schemas import TABLES
from pipeline.tables.connection import connect
from pipeline.tables.leads import write_leads
from pipeline.tables.mentions import write_mentions
from pipeline.tables.titles import TitleInputs, write_titles
from pipeline.tables.triples import TripleInputs, write_triples
from tests.pipeline.tables import oracle

TITLES = ("A", "B", "Ba", "C", "ß", "Я", "東京", "😀", "z")
TITLE, QID = st.sampled_from(TITLES), st.integers(1, 8)
PAGES = st.lists(
    st.builds(
        lambda page_id, title, kind, target: Page(
            page_id, 1, title, kind, target if kind == "redirect" else None, None, 9
        ),
        st.integers(1, 12),
        TITLE,
        st.sampled_from(["article", "redirect", "redirect", "redirect", "disambiguation"]),
        TITLE,
    ),
    unique_by=lambda page: page.page_id,
    max_size=12,
)
SITELINKS = st.lists(st.builds(Sitelink, st.sampled_from(["it", "no"]), TITLE, QID), max_size=6)
CLASSES = st.sampled_from([(), (5,), (4167410,), (5, 13406463), (4167410, 13406463)])
ENTITIES = st.lists(st.builds(Entity, QID, st.just(1), CLASSES), unique_by=lambda entity: entity.qid)
SECTIONS = st.sampled_from([(), ("Storia",)])
KINDS = st.sampled_from(["paragraph", "paragraph", "list_item"])


@st.composite
def a_passage(draw: st.DrawFn) -> tuple[Passage, list[Repeat]]:
    """A passage with links, and repeats in places without links."""
    place = draw(st.integers(1, 12)), draw(st.integers(0, 2))
    words = draw(st.lists(st.tuples(st.sampled_from(["a", "né", "東京", "😀x"]), st.none() | TITLE), max_size=5))
    text, links, repeats = "", [], []
    for word, target in words:
        source = draw(st.sampled_from(["link", "title", "repeat"]))
        if target is not None and source != "link":
            repeats.append(Repeat(*place, len(text), len(text) + len(word), target, source))
        elif target is not None:
            links.append(Link(len(text), len(text) + len(word), target, None))
        text += word + " "
    return Passage(*place, draw(SECTIONS), draw(KINDS), text, tuple(links)), repeats


PASSAGES = st.lists(a_passage(), unique_by=lambda both: both[0][:2], max_size=8)
REDIRECTS = st.lists(st.builds(ItemRedirect, QID, QID), unique_by=lambda one: one.qid, max_size=6)
STATEMENTS = st.lists(
    st.builds(Statement, QID, st.integers(1, 2), QID, st.sampled_from(["preferred", "normal", "normal", "deprecated"])),
    max_size=20,
)
WORDS = st.none() | st.just("x")
TEXTS = st.lists(
    st.builds(EntityText, st.sampled_from(["it", "mul"]), st.just("it"), QID, WORDS, WORDS, st.just(()), WORDS, WORDS),
    max_size=8,
)


def written(folder: str, table: str, rows: list[tuple[object, ...]]) -> list[str]:
    """Writes rows as two files (some readers see several), returns their paths."""
    paths = []
    for half in (0, 1):
        writer = PartWriter(TABLES[table], Path(folder) / f"{table}-{half}.parquet")
        for row in rows[half::2]:
            writer.write(row)
        writer.close()
        paths.append(str(writer.path))
    return paths


def rows_of(path: Path) -> list[tuple[object, ...]]:
    """The rows of a file in its order."""
    return [tuple(row.values()) for row in pq.read_table(path).to_pylist()]


@settings(max_examples=100, deadline=None)
@given(PAGES, SITELINKS, ENTITIES, REDIRECTS, PASSAGES, st.integers(1, 4), st.integers(1, 2))
def test_titles_mentions_and_leads(
    pages: list[Page],
    sitelinks: list[Sitelink],
    entities: list[Entity],
    redirects: list[ItemRedirect],
    both: list[tuple[Passage, list[Repeat]]],
    max_redirects: int,
    threads: int,
) -> None:
    passages, repeats = [passage for passage, _ in both], [repeat for _, found in both for repeat in found]
    with tempfile.TemporaryDirectory() as folder:
        inputs = TitleInputs(
            lang="it",
            pages=written(folder, "pages", pages),
            sitelinks=written(folder, "sitelinks", sitelinks),
            entities=written(folder, "entities", entities),
            item_redirects=written(folder, "item_redirects", redirects),
            max_redirects=max_redirects,
        )
        files, more = written(folder, "passages", passages), written(folder, "repeats", repeats)
        out = {name: PartWriter(TABLES[name], Path(folder) / name) for name in ("titles", "mentions", "leads")}
        with connect(memory_bytes=10**8, threads=threads) as connection:
            write_titles(connection, inputs, out["titles"])
            out["titles"].close()
            made = [str(out["titles"].path)]
            counts = write_mentions(connection, files, more, made, out["mentions"])
            counts += write_leads(connection, files, made, out["leads"], min_chars=4)
        out["mentions"].close()
        out["leads"].close()
        expected = oracle.titles(pages, sitelinks, entities, redirects, max_redirects)
        assert rows_of(out["titles"].path) == expected
        found = rows_of(out["mentions"].path)
        assert found == oracle.mentions(passages, repeats, expected)
        assert rows_of(out["leads"].path) == oracle.leads(passages, expected, 4)
        links = [row for row in found if row[-1] == "link"]
        assert sum(n for name, n in counts.items() if name.startswith("status_")) == counts["links"] == len(links)
        assert counts["mentions_title"] + counts["mentions_repeat"] == len(found) - len(links)


@settings(max_examples=60, deadline=None)
@given(STATEMENTS, ENTITIES, TEXTS, REDIRECTS, st.integers(1, 3))
def test_triples(
    statements: list[Statement],
    entities: list[Entity],
    texts: list[EntityText],
    redirects: list[ItemRedirect],
    buckets: int,
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        files = {
            "statements": written(folder, "statements", statements),
            "entities": written(folder, "entities", entities),
            "entity_texts": written(folder, "entity_texts", texts),
            "item_redirects": written(folder, "item_redirects", redirects),
        }
        found = []
        for bucket in range(buckets):
            writer = PartWriter(TABLES["triples"], Path(folder) / f"triples-{bucket}")
            with connect(memory_bytes=10**8) as connection:
                write_triples(connection, TripleInputs(**files, bucket=bucket, buckets=buckets), writer)
            writer.close()
            part = rows_of(writer.path)
            assert part == sorted(part)
            found += part
        assert sorted(found) == oracle.triples(statements, entities, texts, redirects)
