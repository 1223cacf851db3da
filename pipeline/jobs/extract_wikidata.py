"""`xlmk extract wikidata`: Wikidata's JSON dumps → items, their texts, sitelinks, statements, redirects; properties.

The ledger: entities in = kept + not kept (by reason) + properties + lexemes + redirects + other types + rejected, and
statements of kept items = stored + repeated + those of other kinds. The parts of all items are then sorted into a few
files a table; an item that two dumps hold is there once.
"""

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import msgspec
import pyarrow as pa

from pipeline.config.extract_wikidata import ExtractWikidataConfig
from pipeline.jobs.dump_items import unpack, work_item
from pipeline.jobs.engine import JobReport, RunOptions, run_job
from pipeline.jobs.ledger import check_ledger, check_rejects
from pipeline.manifest.digests import input_digest
from pipeline.manifest.items import JobSpec, WorkItem
from pipeline.manifest.parts import ItemOutput
from pipeline.manifest.publish import Manifest
from pipeline.parse import columns
from pipeline.parse.columns import Columns
from pipeline.parse.dump import block_decoder
from pipeline.parse.dump.files import whole
from pipeline.parse.dump.plan import plan_ranges
from pipeline.parse.wikidata import groups
from pipeline.parse.wikidata.entity_rows import OUTCOMES, EntityReader, EntityRows, Keep
from pipeline.parse.wikidata.layout import LAYOUTS, read_document, read_layout
from pipeline.parse.wikidata.lines import LineReader
from pipeline.schemas import TABLES
from pipeline.tables.compact import compact_all
from pipeline.transforms.run_item import Job

FORMAT_NUMBER = 3
"""Bump when the same dump and configuration give other rows than before."""
_BATCH_ENTITIES, _BATCH_ROWS = 256, 20_000
"""After so many entities each table that has so many rows waiting is put out."""
_REPEATING = {
    "entity_texts": ["lang", "wikidata_lang", "label_lang", "description_lang"],
    "sitelinks": ["lang"],
    "statements": ["subject_qid", "property_id", "rank"],
    "properties": ["lang", "label_lang", "description_lang", "datatype"],
}
"""Columns of the parts whose values come again. Parts are only read whole, to be sorted: no more is stored."""
TABLE_NAMES = ("entities", "entity_texts", "sitelinks", "statements", "item_redirects", "properties", "rejects")


@dataclass(frozen=True, kw_only=True)
class ExtractWikidataJob(Job):
    """Reads the entities of one range of a dump."""

    root: str
    languages: tuple[str, ...]
    keep: Keep

    @property
    def spec(self) -> JobSpec:
        """One job for all languages: its tables carry the language as a column."""
        return JobSpec(
            name="extract-wikidata",
            root=self.root,
            format_number=FORMAT_NUMBER,
            tables=TABLE_NAMES,
            config={"languages": list(self.languages), "keep": self.keep},
        )

    def process(self, item: WorkItem, out: ItemOutput) -> None:
        """Writes the rows of all entities that begin in the item's range."""
        reader, tables = _reader(self.languages, self.keep), _Tables(out)
        for number, data in enumerate(_entities(item, out)):
            out.count("entities")
            with out.guard(f"{item.key}#{number}"):
                tables.put(reader.rows(data))
            if number % _BATCH_ENTITIES == 0:
                tables.flush()
        tables.flush(rows=1)


class _Tables:
    """The tables of an item as they grow entity by entity; what has come is written when it is much.

    Rows go into the columns at once: to keep them until then would take memory that is not in the cache any more.
    """

    def __init__(self, out: ItemOutput) -> None:
        self._out = out
        self._columns: dict[str, Columns] = {}

    def put(self, rows: EntityRows) -> None:
        """Counts an entity, and takes its rows."""
        self._out.count(rows.outcome)
        self._out.count_all(rows.counts)
        for table, found in rows.tables():
            if table not in self._columns:
                self._columns[table] = columns.current.new(list(TABLES[table].schema))
            self._columns[table].extend(found)

    def flush(self, rows: int = _BATCH_ROWS) -> None:
        """Writes the tables that have `rows` rows or more waiting."""
        for table, waiting in self._columns.items():
            if len(waiting) >= rows:
                batch = pa.RecordBatch.from_arrays(waiting.arrays(), schema=TABLES[table].schema)
                writer = self._out.writer(table)
                writer.dictionary, writer.statistics = _REPEATING.get(table, False), False
                writer.write_batch(batch)


@functools.lru_cache(maxsize=4)
def _reader(languages: tuple[str, ...], keep: Keep) -> EntityReader:
    return EntityReader(languages, keep)


def _entities(item: WorkItem, out: ItemOutput) -> Iterator[bytes | msgspec.Raw]:
    piece, flag = unpack(item)
    layout = LAYOUTS[flag]
    if layout == "document":
        entities, trailing = read_document(piece)
        if trailing:
            out.count("trailing_bytes", trailing)
        yield from entities
        return
    lines = LineReader(piece, array=layout == "array")
    yield from lines.entities()
    out.count("decoded_bytes", lines.decoded_bytes)


def extract_wikidata(config: ExtractWikidataConfig, options: RunOptions) -> JobReport:
    """Extracts Wikidata's tables and publishes them under `config.root`.

    Raises InputError, ConfigError, JobFailedError or TargetError with a message for the user.
    """
    plan = plan_wikidata(config)
    parts = f"columns: {columns.current.name}; statements: {groups.current.name}"
    options.progress(f"# decoder of bz2: {block_decoder.current.name}; {parts}")

    def check(manifest: Manifest) -> None:
        check_ledger(manifest, "entities", OUTCOMES)
        check_statements(manifest)
        check_rejects(manifest, "entities", max_share=config.max_reject_share, min_rejects=config.min_rejects)

    def sort_tables(spec: JobSpec) -> dict[str, int]:
        options.progress(f"{spec.label}: sorting the tables")
        tables = [(spec.work / "final" / table, spec.schema(table)) for table in spec.tables]
        done = compact_all(tables, memory_bytes=config.memory_bytes)
        return {
            f"duplicates_{table}": found.duplicates
            for table, found in zip(spec.tables, done, strict=True)
            if found.duplicates
        }

    return run_job(plan.job, plan.items, options, inputs=plan.inputs, check=check, compact=sort_tables)


def check_statements(manifest: Manifest) -> None:
    """Refuses a manifest in which statements vanish."""
    counts = manifest["counts"]
    assert isinstance(counts, dict)
    parts = tuple(name for name in counts if name.startswith("statements_"))
    check_ledger({"counts": counts, "rejects": {}}, "statements", parts)


class WikidataPlan(NamedTuple):
    """What will be done: the job, its items, and the input files for the manifest."""

    job: ExtractWikidataJob
    items: list[WorkItem]
    inputs: list[dict[str, object]]


def plan_wikidata(config: ExtractWikidataConfig) -> WikidataPlan:
    """Looks at the dumps and cuts them into work items."""
    items: list[WorkItem] = []
    inputs: list[dict[str, object]] = []
    for name in config.dumps:
        path = Path(name)
        identity = input_digest(path)
        layout = read_layout(path)
        pieces = [whole(path)] if layout == "document" else plan_ranges(path, item_bytes=config.item_bytes)
        items += [work_item(piece, identity, LAYOUTS.index(layout)) for piece in pieces]
        size = path.stat().st_size
        inputs.append({"file": path.name, "bytes": size, "digest": identity, "layout": layout, "items": len(pieces)})
    job = ExtractWikidataJob(root=config.root, languages=tuple(sorted(set(config.languages))), keep=config.keep)
    return WikidataPlan(job, items, inputs)
