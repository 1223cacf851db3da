"""First pass: one part of the passages → tokenized windows, put into the buckets of the shuffle."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.jobs.shards_mentions import Found, load_entities, load_mentions, passage_key
from pipeline.jobs.shards_rows import PassageOptions, Passages, RowBuilder
from pipeline.jobs.shards_spec import FORMAT, SPILL, ShardsSpec
from pipeline.manifest.items import JobSpec, WorkItem
from pipeline.manifest.parts import ItemOutput
from pipeline.transforms.run_item import Job

BATCH_ROWS = 1000
"""Passages tokenized at once."""


@dataclass(frozen=True, kw_only=True)
class SpillJob(Job):
    """Writes one spill per passages part of one language; `payload` is the part's path."""

    root: str
    lang: str
    options: PassageOptions
    mention_files: tuple[str, ...]
    helpers: str
    """Folder with the arrays of entities."""

    @property
    def spec(self) -> JobSpec:
        """Names, folders and all that decides the output."""
        return ShardsSpec(
            name="shards-spill",
            root=self.root,
            format_number=FORMAT,
            tables=(SPILL.name,),
            scope=f"lang={self.lang}",
            config=self.options._asdict(),
        )

    def process(self, item: WorkItem, out: ItemOutput) -> None:
        """Windows, tokens, spans, splits and bucket of every passage of the part."""
        path = str(item.payload[0])
        page_ids = pq.read_table(path, columns=["page_id"], partitioning=None).column("page_id").to_numpy()
        entities = load_entities(self.helpers, self.lang, self.options.entities_digest)
        found = load_mentions(list(self.mention_files), page_ids, entities, self.options.mention_sources)
        out.count("mentions_in", found.total)
        out.counts.update({f"mentions_{reason}": number for reason, number in found.reasons.items()})
        builder = RowBuilder(
            lang=self.lang,
            options=self.options,
            tokenizer=f"{self.root}/tokenizer",
            entities=entities,
            held_out=found.held_out,
            counts=out.counts,
        )
        batches = list(self._batches(path, found, builder))
        _write_buckets(batches, out)

    @staticmethod
    def _batches(path: str, found: Found, builder: RowBuilder) -> Iterator[pa.RecordBatch]:
        columns, left = ["page_id", "passage_index", "text"], len(found.passage)
        if builder.options.pack:
            columns.append("section")
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=BATCH_ROWS, columns=columns, use_threads=False):
                page_id, index = (batch.column(name).to_numpy().astype(np.int64) for name in columns[:2])
                passages = Passages(
                    page_id=page_id,
                    passage_index=index,
                    sections=batch.column("section").to_pylist() if builder.options.pack else [],
                    texts=batch.column("text").to_pylist(),
                    mentions=found.of(passage_key(page_id, index)),
                )
                left -= len(passages.mentions.text)
                builder.counts["passages"] += len(passages.texts)
                yield from builder.batches(passages)
        builder.counts["mentions_no_passage"] += left


def _write_buckets(batches: list[pa.RecordBatch], out: ItemOutput) -> None:
    """Writes the rows in the order of buckets, each bucket as row groups of its own."""
    writer = out.writer(SPILL.name)
    writer.dictionary = ["text"]
    writer.statistics = ["bucket"]
    if not batches:
        return
    table = pa.Table.from_batches(batches, schema=SPILL.schema).combine_chunks()
    buckets = table.column("bucket").to_numpy()
    if len(buckets) and buckets.min() != buckets.max():
        order = np.argsort(buckets, kind="stable")
        table, buckets = table.take(pa.array(order)), buckets[order]
    edges = np.flatnonzero(np.diff(buckets)) + 1
    for start, end in zip([0, *edges.tolist()], [*edges.tolist(), len(buckets)], strict=True):
        for batch in table.slice(start, end - start).to_batches(max_chunksize=4096):
            writer.write_batch(batch)
        writer.end_row_group()
