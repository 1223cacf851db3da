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

from pipeline.config.extract_wikidata import ExtractWikidataConfig
from pipeline.jobs.dump_items import unpack, work_item
from pipeline.jobs.engine import JobReport, RunOptions, run_job
from pipeline.jobs.ledger import check_ledger, check_rejects
from pipeline.manifest.digests import input_digest
from pipeline.manifest.items import JobSpec, WorkItem
from pipeline.manifest.parts import ItemOutput
from pipeline.manifest.publish import Manifest
from pipeline.parse.dump import block_decoder
from pipeline.parse.dump.files import whole
from pipeline.parse.dump.plan import plan_ranges
from pipeline.parse.wikidata.entity_rows import OUTCOMES, EntityReader, EntityRows, Keep
from pipeline.parse.wikidata.layout import LAYOUTS, read_document, read_layout
from pipeline.parse.wikidata.lines import LineReader
from pipeline.tables.compact import compact_all
from pipeline.transforms.run_item import Job

FORMAT_NUMBER = 3
"""Bump when the same dump and configuration give other rows than before."""
_BATCH_ENTITIES = 256
Waiting = dict[str, list[tuple[object, ...]]]
"""Rows by table."""
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
        reader = _reader(self.languages, self.keep)
        waiting: Waiting = {}
        for number, data in enumerate(_entities(item, out)):
            out.count("entities")
            with out.guard(f"{item.key}#{number}"):
                _take(reader.rows(data), out, waiting)
            if number % _BATCH_ENTITIES == 0:
                _write(waiting, out)
        _write(waiting, out)


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


def _take(rows: EntityRows, out: ItemOutput, waiting: Waiting) -> None:
    """Counts an entity, and puts its rows to those that wait to be written."""
    out.count(rows.outcome)
    out.count_all(rows.counts)
    for table, found in rows.tables():
        waiting.setdefault(table, []).extend(found)


def _write(waiting: Waiting, out: ItemOutput) -> None:
    for table, rows in waiting.items():
        out.write_all(table, rows)
        rows.clear()


def extract_wikidata(config: ExtractWikidataConfig, options: RunOptions) -> JobReport:
    """Extracts Wikidata's tables and publishes them under `config.root`.

    Raises InputError, ConfigError, JobFailedError or TargetError with a message for the user.
    """
    plan = plan_wikidata(config)
    options.progress(f"# decoder of bz2: {block_decoder.current.name}")

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
