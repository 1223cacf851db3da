"""`xlmk resolve`: links → entities, statements → triples, first paragraphs → leads, for every extracted Wikipedia."""

from dataclasses import dataclass, replace

from pipeline.config.resolve import ResolveConfig
from pipeline.jobs.engine import JobReport, RunOptions, run_job
from pipeline.jobs.resolve_inputs import Published, extracted, links_items, titles_of, triples_items
from pipeline.jobs.resolve_jobs import LinksJob, Resources, TitlesJob, TriplesJob
from pipeline.manifest.items import WorkItem
from pipeline.manifest.storage import remove_tree
from pipeline.tables.titles import TitleInputs
from pipeline.transforms.run_item import Job
from pipeline.transforms.runners import LOOP


@dataclass(frozen=True, kw_only=True)
class ResolveReport:
    """What came out of all jobs together."""

    jobs: list[JobReport]

    @property
    def items(self) -> int:
        """Work items of all jobs."""
        return sum(job.items for job in self.jobs)

    @property
    def items_skipped(self) -> int:
        """Those that were done already."""
        return sum(job.items_skipped for job in self.jobs)

    @property
    def seconds(self) -> float:
        """Wall time of this run."""
        return round(sum(job.seconds for job in self.jobs), 3)

    @property
    def tables(self) -> dict[str, int]:
        """Rows of each table over all languages."""
        rows: dict[str, int] = {}
        for job in self.jobs:
            for table, number in job.tables.items():
                rows[table] = rows.get(table, 0) + number
        return dict(sorted(rows.items()))

    @property
    def statuses(self) -> dict[str, dict[str, int]]:
        """Language → status of a link → how many."""
        return {
            job.job.removeprefix("resolve-links-"): _with_prefix(job.counts, "status_")
            for job in self.jobs
            if job.job.startswith("resolve-links-")
        }

    @property
    def sources(self) -> dict[str, dict[str, int]]:
        """Language → source of a mention (link, title, repeat) → how many; of links those of any status."""
        return {
            job.job.removeprefix("resolve-links-"): _with_prefix(job.counts, "mentions_")
            for job in self.jobs
            if job.job.startswith("resolve-links-")
        }

    @property
    def dropped_statements(self) -> dict[str, int]:
        """Why statements did not become triples → how many."""
        return _with_prefix(self.jobs[-1].counts, "dropped_")


def _with_prefix(counts: dict[str, int], prefix: str) -> dict[str, int]:
    return {name.removeprefix(prefix): number for name, number in counts.items() if name.startswith(prefix)}


def resolve(config: ResolveConfig, options: RunOptions) -> ResolveReport:
    """Resolves every published Wikipedia against the published Wikidata tables; what is up to date is skipped.

    Raises MissingTableError where tables are missing or incomplete, and JobFailedError where rows do not add up.
    """
    wikipedias, wikidata = extracted(config.root)
    jobs = []
    for wikipedia in wikipedias:
        jobs += [resolve_titles(config, options, wikipedia, wikidata), resolve_links(config, options, wikipedia)]
    return ResolveReport(jobs=[*jobs, resolve_triples(config, options, wikidata)])


def resolve_titles(config: ResolveConfig, options: RunOptions, wikipedia: Published, wikidata: Published) -> JobReport:
    """Makes the titles of one language."""
    inputs = TitleInputs(
        lang=wikipedia.lang,
        pages=wikipedia.paths("pages"),
        sitelinks=wikidata.paths("sitelinks"),
        entities=wikidata.paths("entities"),
        item_redirects=wikidata.paths("item_redirects"),
        max_redirects=config.max_redirects,
        disambiguation_classes=config.disambiguation_classes,
        list_classes=config.list_classes,
    )
    size = sum(size for _, size in wikipedia.files["pages"])
    items = [WorkItem("all", size, wikipedia.digest + wikidata.digest, ())]
    resources, options = _share(config, options, items)
    return _run(TitlesJob(root=str(config.root), inputs=inputs, resources=resources), items, options)


def resolve_links(config: ResolveConfig, options: RunOptions, wikipedia: Published) -> JobReport:
    """Makes the mentions and leads of one language, whose titles are there."""
    titles = titles_of(config.root, wikipedia.lang)
    items = links_items(wikipedia, titles, config.item_bytes)
    resources, options = _share(config, options, items)
    job = LinksJob(
        root=str(config.root),
        lang=wikipedia.lang,
        titles=tuple(titles.paths("titles")),
        min_lead_chars=config.min_lead_chars,
        resources=resources,
    )
    return _run(job, items, options)


def resolve_triples(config: ResolveConfig, options: RunOptions, wikidata: Published) -> JobReport:
    """Makes the triples."""
    items = triples_items(wikidata, config.item_bytes)
    resources, options = _share(config, options, items)
    job = TriplesJob(
        root=str(config.root),
        statements=tuple(wikidata.paths("statements")),
        entities=tuple(wikidata.paths("entities")),
        entity_texts=tuple(wikidata.paths("entity_texts")),
        item_redirects=tuple(wikidata.paths("item_redirects")),
        resources=resources,
    )
    return _run(job, items, options)


def _share(config: ResolveConfig, options: RunOptions, items: list[WorkItem]) -> tuple[Resources, RunOptions]:
    """A single item runs here, with all memory and a thread for each worker; several share both among the workers."""
    if len(items) == 1 and options.runner is None:
        options = replace(options, runner=LOOP)
    if options.runner == LOOP:
        return Resources(memory_bytes=config.worker_memory(1), threads=options.workers), options
    return Resources(memory_bytes=config.worker_memory(options.workers), threads=1), options


def _run(job: Job, items: list[WorkItem], options: RunOptions) -> JobReport:
    try:
        return run_job(job, items, options)
    finally:
        remove_tree(job.spec.work / "spill")
