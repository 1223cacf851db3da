"""`xlmk extract wikipedia`: dumps of one wiki → the tables pages, passages, repeats and rejects of its language.

The ledger: pages in = articles + redirects + other namespaces + rejected; it is checked before anything is published.
A page belongs to the work item in which it begins. Should several items hold the same page (by id; dump files that
overlap), the latest revision stays and `duplicate_pages` counts the others, which are in the ledger's sums; within one
item the second is rejected as `duplicate_page_id`.
"""

import functools
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from pipeline.config.extract_wikipedia import ExtractWikipediaConfig
from pipeline.errors import InputError
from pipeline.jobs.dump_items import unpack, work_item
from pipeline.jobs.duplicate_pages import drop_duplicate_pages
from pipeline.jobs.engine import JobReport, RunOptions, run_job
from pipeline.jobs.ledger import check_ledger, check_rejects
from pipeline.jobs.template_pages import own_templates
from pipeline.languages.codes import wikipedia_of_dbname
from pipeline.languages.site import Site, SiteInfo, site_for_dump
from pipeline.manifest.digests import input_digest
from pipeline.manifest.items import JobSpec, WorkItem
from pipeline.manifest.parts import ItemOutput
from pipeline.manifest.publish import Manifest
from pipeline.parse import columns
from pipeline.parse.dump import block_decoder, page_layout
from pipeline.parse.dump.header import Header, read_header
from pipeline.parse.dump.page_columns import PageColumns, passage_counts, repeat_counts
from pipeline.parse.dump.page_rows import PageRows, page_rows
from pipeline.parse.dump.page_xml import RawPage
from pipeline.parse.dump.pages import BadPage, PageReader
from pipeline.parse.dump.plan import index_beside, plan_ranges
from pipeline.parse.wikitext import WikitextOptions, load_templates, parser, scanner
from pipeline.records import Page
from pipeline.transforms.run_item import Job

FORMAT_NUMBER = 3
"""Bump when the same dump and configuration give other rows than before."""
_BATCH_PASSAGES, _BATCH_ROWS = 10_000, 20_000
"""Rows that wait until they are put out: passages, and those of the other tables."""
_REPEATING = ["section.list.element", "kind", "links.list.element.target"]
"""Columns of passages whose values come again; a dictionary of texts would cost time and save nothing."""
_SUMMARISED = ["page_id", "passage_index", "links.list.element.start"]
"""Those whose statistics anybody asks for: least and greatest ids, and how many passages have no link."""


@dataclass(frozen=True, kw_only=True)
class ExtractWikipediaJob(Job):
    """Reads the pages of one range of a dump. `siteinfo` is the dump's own, read once at planning."""

    root: str
    lang: str
    siteinfo: SiteInfo | None
    options: WikitextOptions
    namespaces: tuple[int, ...]
    propagate: bool

    @property
    def spec(self) -> JobSpec:
        """Scope is the language; whatever decides a page's rows is in the configuration."""
        return JobSpec(
            name="extract-wikipedia",
            root=self.root,
            format_number=FORMAT_NUMBER,
            tables=("pages", "passages", "repeats", "rejects"),
            scope=f"lang={self.lang}",
            config={
                "lang": self.lang,
                "siteinfo": None if self.siteinfo is None else self.siteinfo._asdict(),
                "wikitext": dict(vars(self.options)),
                "namespaces": list(self.namespaces),
                "propagate": self.propagate,
            },
        )

    def process(self, item: WorkItem, out: ItemOutput) -> None:
        """Writes the rows of all pages that begin in the item's range."""
        piece, wrapped = unpack(item)
        reader = PageReader(piece, wrapped=bool(wrapped), max_text_chars=self.options.max_chars)
        site = _site_of(json.dumps(self.siteinfo and self.siteinfo._asdict(), sort_keys=True), self.lang)
        tables = _Tables(out)
        pages = 0
        for raw in reader.pages():
            pages += 1
            if isinstance(raw, BadPage):
                out.reject(raw.key, raw.reason, raw.detail)
                continue
            with out.guard(raw.page_id or raw.title):
                tables.put(raw, page_rows(raw, site, self.options, self.namespaces, propagate=self.propagate))
            tables.flush()
        tables.flush(rows=1)
        out.count("pages", pages)
        out.count("decoded_bytes", reader.decoded_bytes)


class _Tables:
    """The tables of an item as they grow page by page; what has come is written when it is much."""

    def __init__(self, out: ItemOutput) -> None:
        self._out = out
        self._seen: set[int] = set()
        self._pages: list[Page] = []
        self._passages = PageColumns("passages", numbered=True)
        self._repeats = PageColumns("repeats", numbered=False)

    def put(self, raw: RawPage, rows: PageRows) -> None:
        """Takes what became of one page."""
        page, passages, repeats, counts, reason, detail = rows
        if reason is not None:
            self._out.reject(raw.page_id or raw.title, reason, detail)
        elif page is None:
            self._out.count("other_namespaces")
        elif page.page_id in self._seen:
            self._out.reject(raw.page_id, "duplicate_page_id", f"{page.title!r} has the id of an earlier page")
        else:
            self._seen.add(page.page_id)
            self._pages.append(page)
            self._out.count_all(counts)
            if passages:
                self._passages.add(page.page_id, passages)
                self._repeats.add(page.page_id, repeats)

    def flush(self, rows: int | None = None) -> None:
        """Writes the tables that have `rows` rows or more waiting; None is what makes a batch."""
        out = self._out
        if len(self._pages) >= (rows or _BATCH_ROWS):
            pages, self._pages = self._pages, []
            out.count_all(Counter(["redirects" if page.kind == "redirect" else "articles" for page in pages]))
            out.write_all("pages", pages)
        if self._passages.waiting >= (rows or _BATCH_PASSAGES):
            writer, batch = out.writer("passages"), self._passages.batch()
            writer.dictionary, writer.statistics = _REPEATING, _SUMMARISED
            out.count_all(passage_counts(batch))
            writer.write_batch(batch)
        if self._repeats.waiting >= (rows or _BATCH_ROWS):
            batch = self._repeats.batch()
            out.count_all(repeat_counts(batch))
            out.writer("repeats").write_batch(batch)


@functools.lru_cache(maxsize=4)
def _site_of(siteinfo: str, lang: str) -> Site:
    value = json.loads(siteinfo)
    if value is not None:
        value["namespaces"] = {int(key): tuple(name) for key, name in value["namespaces"].items()}
    return site_for_dump(None if value is None else SiteInfo(**value), lang=lang)


def extract_wikipedia(config: ExtractWikipediaConfig, options: RunOptions) -> JobReport:
    """Extracts one language's tables from its dumps and publishes them under `config.root`.

    Raises InputError, ConfigError, JobFailedError or TargetError with a message for the user.
    """
    plan = plan_wikipedia(config)
    parts = f"scanner of wikitext: {scanner.current.name}; parser: {parser.current.name}"
    around = f"pages: {page_layout.current.name}; columns: {columns.current.name}"
    options.progress(f"# {parts}; decoder of bz2: {block_decoder.current.name}; {around}")
    for note in plan.notes:
        options.progress(f"warning: {note}")

    def check(manifest: Manifest) -> None:
        check_ledger(manifest, "pages", ("articles", "redirects", "other_namespaces"))
        check_rejects(manifest, "pages", max_share=config.max_reject_share, min_rejects=config.min_rejects)

    return run_job(plan.job, plan.items, options, inputs=plan.inputs, check=check, compact=drop_duplicate_pages)


class WikipediaPlan(NamedTuple):
    """What will be done: the job, its items, the input files for the manifest, and what the user should know."""

    job: ExtractWikipediaJob
    items: list[WorkItem]
    inputs: list[dict[str, object]]
    notes: list[str]


def plan_wikipedia(config: ExtractWikipediaConfig) -> WikipediaPlan:
    """Reads the headers of the dumps and cuts them into work items."""
    headers: list[Header] = []
    items: list[WorkItem] = []
    inputs: list[dict[str, object]] = []
    indexes = config.indexes or (None,) * len(config.dumps)
    for name, index_name in zip(config.dumps, indexes, strict=True):
        path = Path(name)
        identity = input_digest(path)
        header = read_header(path)
        index = Path(index_name) if index_name else index_beside(path)
        pieces = plan_ranges(path, item_bytes=config.item_bytes, index=index, encoding=header.encoding)
        items += [work_item(piece, identity, int(header.wrapped)) for piece in pieces]
        headers.append(header)
        inputs.append(
            {
                "file": path.name,
                "bytes": path.stat().st_size,
                "digest": identity,
                "index": index.name if index else None,
                "schema": header.schema,
                "dbname": header.siteinfo.dbname if header.siteinfo else None,
                "items": len(pieces),
            }
        )
    siteinfo = _common_siteinfo(config.dumps, headers)
    site = site_for_dump(siteinfo, lang=config.lang)
    own = _own_templates(config, headers, site)
    file = config.templates_file
    job = ExtractWikipediaJob(
        root=config.root,
        lang=site.lang,
        siteinfo=siteinfo,
        options=config.wikitext(own, load_templates(Path(file), site.lang) if file else None),
        namespaces=tuple(sorted(set(config.namespaces))),
        propagate=config.propagate,
    )
    notes = _notes(site, siteinfo, config)
    if own is None:
        notes.append(
            f"the dumps have more than own_templates_bytes ({config.own_templates_bytes:,}): the wiki's own templates"
            " are not expanded"
        )
    return WikipediaPlan(job, items, [{**value, "notes": notes} for value in inputs], notes)


def _common_siteinfo(dumps: tuple[str, ...], headers: list[Header]) -> SiteInfo | None:
    """The siteinfo of the first dump that has one; all others must be of the same wiki."""
    first: tuple[str, SiteInfo] | None = None
    for name, header in zip(dumps, headers, strict=True):
        if header.siteinfo is None:
            continue
        if first is None:
            first = name, header.siteinfo
        elif header.siteinfo.dbname != first[1].dbname:
            raise InputError(
                f"dumps of two wikis in one command: {first[0]} is of {first[1].dbname}, {name} of"
                f" {header.siteinfo.dbname}",
                next_step="run one command for each wiki",
            )
    return None if first is None else first[1]


def _own_templates(config: ExtractWikipediaConfig, headers: list[Header], site: Site) -> dict[str, str] | None:
    """The wiki's own simple templates; empty where none are wanted, None where the dumps are too large."""
    if config.templates != "render" or not config.own_templates_bytes:
        return {}
    limit = config.own_templates_bytes
    return own_templates(config.dumps, headers, site, max_bytes=limit, max_chars=config.max_page_chars)


def _notes(site: Site, siteinfo: SiteInfo | None, config: ExtractWikipediaConfig) -> list[str]:
    notes = [site.note] if site.note else []
    if siteinfo is None:
        notes.append(f"{config.dumps[0]} has no <siteinfo>: the bundled facts of '{site.lang}' are used")
        return notes
    own = wikipedia_of_dbname(siteinfo.dbname) if siteinfo.dbname else siteinfo.lang
    if own is None:
        notes.append(f"the dump is of {siteinfo.dbname}, which is no Wikipedia; it is read as '{site.lang}'")
    elif own != site.lang:
        notes.append(
            f"the dump says it is of {siteinfo.dbname or siteinfo.sitename} ('{own}'), --lang says '{site.lang}':"
            " --lang is believed and the dump's <siteinfo> ignored"
        )
    return notes
