"""The three jobs of `xlmk resolve`: titles and links of a language, triples of all.

pages, sitelinks, entities, item_redirects ─▶ titles         one item a language
passages, repeats × titles ─▶ mentions, leads                one item a group of passages files
statements × entities, item_redirects ─▶ triples             one item a bucket of subjects
"""

from dataclasses import dataclass
from pathlib import Path

from pipeline.manifest.items import JobSpec, WorkItem
from pipeline.manifest.parts import ItemOutput
from pipeline.tables.connection import connect
from pipeline.tables.leads import write_leads
from pipeline.tables.mentions import write_mentions
from pipeline.tables.titles import TitleInputs, write_titles
from pipeline.tables.triples import TripleInputs, write_triples
from pipeline.transforms.run_item import Job


@dataclass(frozen=True, kw_only=True)
class Resources:
    """What a worker may use; none of it changes what comes out."""

    memory_bytes: int
    threads: int


def spill_folder(spec: JobSpec, item: WorkItem) -> Path:
    """Where DuckDB puts what does not fit into memory while it does `item`."""
    return spec.work / "spill" / item.key


@dataclass(frozen=True, kw_only=True)
class TitlesJob(Job):
    """One item: what every title of a language stands for."""

    root: str
    inputs: TitleInputs
    resources: Resources

    @property
    def spec(self) -> JobSpec:
        """Publishes `titles/lang=xx`."""
        config: dict[str, object] = {
            "max_redirects": self.inputs.max_redirects,
            "disambiguation_classes": list(self.inputs.disambiguation_classes),
            "list_classes": list(self.inputs.list_classes),
        }
        scope = f"lang={self.inputs.lang}"
        return JobSpec(
            name="resolve-titles", root=self.root, format_number=3, tables=("titles",), scope=scope, config=config
        )

    def process(self, item: WorkItem, out: ItemOutput) -> None:
        """Writes all titles, in order."""
        spill, resources = spill_folder(self.spec, item), self.resources
        with connect(memory_bytes=resources.memory_bytes, threads=resources.threads, spill=spill) as connection:
            out.counts.update(write_titles(connection, self.inputs, out.writer("titles")))


@dataclass(frozen=True, kw_only=True)
class LinksJob(Job):
    """An item is a group of passages files of a language: their mentions and leads. Payload: see `links_items`."""

    root: str
    lang: str
    titles: tuple[str, ...]
    min_lead_chars: int
    resources: Resources

    @property
    def spec(self) -> JobSpec:
        """Publishes `mentions/lang=xx` and `leads/lang=xx`."""
        return JobSpec(
            name="resolve-links",
            root=self.root,
            format_number=3,
            tables=("mentions", "leads"),
            scope=f"lang={self.lang}",
            config={"min_lead_chars": self.min_lead_chars},
        )

    def process(self, item: WorkItem, out: ItemOutput) -> None:
        """Writes the mentions and the leads of all articles of the group."""
        number, *files = item.payload
        assert isinstance(number, int)
        passages, repeats = [str(path) for path in files[:number]], [str(path) for path in files[number:]]
        titles = list(self.titles)
        spill, resources = spill_folder(self.spec, item), self.resources
        with connect(memory_bytes=resources.memory_bytes, threads=resources.threads, spill=spill) as connection:
            out.counts.update(write_mentions(connection, passages, repeats, titles, out.writer("mentions")))
            leads = write_leads(connection, passages, titles, out.writer("leads"), min_chars=self.min_lead_chars)
            out.counts.update(leads)


@dataclass(frozen=True, kw_only=True)
class TriplesJob(Job):
    """An item is a bucket of subjects (its payload: bucket, buckets)."""

    root: str
    statements: tuple[str, ...]
    entities: tuple[str, ...]
    entity_texts: tuple[str, ...]
    item_redirects: tuple[str, ...]
    resources: Resources

    @property
    def spec(self) -> JobSpec:
        """Publishes `triples`."""
        return JobSpec(name="resolve-triples", root=self.root, format_number=2, tables=("triples",))

    def process(self, item: WorkItem, out: ItemOutput) -> None:
        """Writes the triples of the bucket, in order."""
        bucket, buckets = item.payload
        assert isinstance(bucket, int) and isinstance(buckets, int)
        inputs = TripleInputs(
            statements=list(self.statements),
            entities=list(self.entities),
            entity_texts=list(self.entity_texts),
            item_redirects=list(self.item_redirects),
            bucket=bucket,
            buckets=buckets,
        )
        spill, resources = spill_folder(self.spec, item), self.resources
        with connect(memory_bytes=resources.memory_bytes, threads=resources.threads, spill=spill) as connection:
            out.counts.update(write_triples(connection, inputs, out.writer("triples")))
