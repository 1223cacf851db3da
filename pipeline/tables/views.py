"""Every table of a knowledge base as a view of its name, and views that join them for reading.

The joined views are made only where all the tables that they read exist.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.schemas import TABLES, Table
from pipeline.tables.connection import Connection, connect, fetch, identifier, literal

# Wanted language → variant of it → `mul` (labels only: Wikidata has no `mul` descriptions) → English, for every item
# and every language in the table. `…_source` says which one it was: language, variant, mul, en, or null for none.
_ENTITY_TEXTS_FALLBACK = """
with english as (
    select qid, label, description from entity_texts
    where lang = (select min(lang) from entity_texts where wikidata_lang = 'en')
),
mul as (select qid, label from entity_texts where lang = 'mul'),
item as (select distinct qid from entity_texts),
wanted as (select distinct lang, wikidata_lang from entity_texts where lang <> 'mul')
select wanted.lang, item.qid,
       coalesce(own.label, mul.label, english.label) as label,
       case when own.label is not null and own.label_lang = wanted.wikidata_lang then 'language'
            when own.label is not null then 'variant'
            when mul.label is not null then 'mul'
            when english.label is not null then 'en' end as label_source,
       coalesce(own.description, english.description) as description,
       case when own.description is not null and own.description_lang = wanted.wikidata_lang then 'language'
            when own.description is not null then 'variant'
            when english.description is not null then 'en' end as description_source
from wanted cross join item
left join entity_texts as own on own.lang = wanted.lang and own.qid = item.qid
left join mul on mul.qid = item.qid
left join english on english.qid = item.qid
"""
_PROPERTY_LABELS = """
with english as (
    select property_id, label, description from properties
    where lang = (select min(lang) from properties where lang in ('en', 'simple'))
),
mul as (select property_id, label from properties where lang = 'mul'),
property as (select distinct property_id, datatype from properties),
wanted as (select distinct lang from properties where lang <> 'mul')
select wanted.lang, property.property_id, property.datatype,
       coalesce(own.label, mul.label, english.label) as label,
       case when own.label is not null then own.label_lang
            when mul.label is not null then 'mul'
            when english.label is not null then 'en' end as label_lang,
       coalesce(own.description, english.description) as description,
       case when own.description is not null then own.description_lang
            when english.description is not null then 'en' end as description_lang
from wanted cross join property
left join properties as own on own.lang = wanted.lang and own.property_id = property.property_id
left join mul on mul.property_id = property.property_id
left join english on english.property_id = property.property_id
"""
_MENTIONS_RESOLVED = """
select mentions.lang, mentions.page_id, pages.title as page_title, passage_index, start, "end", surface, qid, source
from mentions join pages on mentions.lang = pages.lang and mentions.page_id = pages.page_id
where mentions.status = 'resolved'
"""
VIEWS: dict[str, tuple[str, tuple[str, ...]]] = {
    "entity_texts_fallback": (_ENTITY_TEXTS_FALLBACK, ("entity_texts",)),
    "property_labels": (_PROPERTY_LABELS, ("properties",)),
    "mentions_resolved": (_MENTIONS_RESOLVED, ("mentions", "pages")),
}
"""Name of a joined view → its SQL and the tables that it reads."""


def register_views(connection: Connection, root: Path) -> tuple[str, ...]:
    """Makes a view of each published table under `root` and then the joined views; returns their names."""
    names = []
    for table in TABLES.values():
        folder = (root / "tables" / table.name).absolute()
        if any(folder.rglob("*.parquet")):
            fetch(connection, f"create view {identifier(table.name)} as {scan(table, folder)}")
            names.append(table.name)
    for name, (sql, needed) in VIEWS.items():
        if set(needed) <= set(names):
            fetch(connection, f"create view {identifier(name)} as {sql}")
            names.append(name)
    return tuple(names)


def scan(table: Table, folder: Path) -> str:
    """SQL that reads a table's files; the partition column comes from the folders' names, always as text."""
    columns = ", ".join(identifier(column) for column in table.columns)
    hive = f", hive_partitioning = true, hive_types = {{'{table.partition}': varchar}}" if table.partition else ""
    return f"select {columns} from read_parquet({literal(f'{folder}/**/*.parquet')}{hive})"  # noqa: S608


@contextmanager
def open_tables(
    root: Path, *, memory_bytes: int = 10**9, threads: int = 1, spill: Path | None = None
) -> Iterator[tuple[Connection, tuple[str, ...]]]:
    """A connection in which every table under `root` is a view, and the views' names."""
    with connect(memory_bytes=memory_bytes, threads=threads, spill=spill) as connection:
        yield connection, register_views(connection, root)
