"""Second pass: one bucket of all spills of a language → one shard file per objective and split, in shuffled order."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.examples.splits import SPLITS
from pipeline.jobs.shards_spec import EXCLUDED, FORMAT, MEP_EVAL, SPILL, ShardsSpec
from pipeline.manifest.items import JobSpec, WorkItem
from pipeline.manifest.parts import ItemOutput, PartWriter
from pipeline.schemas import Table
from pipeline.transforms.run_item import Job


@dataclass(frozen=True, kw_only=True)
class BucketJob(Job):
    """Writes the shards of one language; an item is a bucket, its number the `payload`."""

    root: str
    lang: str
    buckets: int
    spill_digest: str
    """Identifies the first pass: its options and inputs."""

    @property
    def spec(self) -> JobSpec:
        """Names, folders and all that decides the output."""
        return ShardsSpec(
            name="shards",
            root=self.root,
            format_number=FORMAT,
            tables=("mlm", "mep"),
            scope=f"lang={self.lang}",
            config={"spill": self.spill_digest, "buckets": self.buckets},
        )

    def items(self, size: int) -> list[WorkItem]:
        """The buckets of `size` bytes of passages in all."""
        keys = [(f"{n:05d}-of-{self.buckets:05d}", n) for n in range(self.buckets)]
        return [WorkItem(key, size // self.buckets, self.spill_digest, (n,)) for key, n in keys]

    def process(self, item: WorkItem, out: ItemOutput) -> None:
        """Sorts the bucket by (digest, example), keeps one of each digest and writes it by objective and split."""
        bucket = item.payload[0]
        assert isinstance(bucket, int)
        folder = Path(self.root) / "spills" / f"lang={self.lang}"
        rows = pa.concat_tables([SPILL.schema.empty_table(), *read_bucket(sorted(folder.glob("*.parquet")), bucket)])
        rows = rows.combine_chunks()
        order = without_duplicates(rows, out.counts)
        split, in_mlm = (rows.column(name).to_numpy()[order] for name in ("split", "in_mlm"))
        mentions = _lengths(rows, "mentions")[order]
        for number, name in enumerate(SPLITS):
            if name != "test":
                writer = out.writer("mlm", f"{name}-{item.key}.parquet")
                _count(out.counts, f"mlm_{name}", _write(rows, order[(split == number) & in_mlm], writer))
            layout = None if name == "train" else MEP_EVAL
            writer = out.writer("mep", f"{name}-{item.key}.parquet", layout=layout)
            chosen = (split == number) & (mentions > 0)
            _count(out.counts, f"mep_{name}", _write(rows, order[chosen], writer))
            out.count(f"mep_{name}_mentions", int(mentions[chosen].sum()))
        out.count("excluded_rows", int((split == EXCLUDED).sum()))
        out.count("test_rows_without_mention", int(((split == SPLITS.index("test")) & (mentions == 0)).sum()))


def read_bucket(spills: list[Path], bucket: int) -> Iterator[pa.Table]:
    """The rows of a bucket from each spill: only the row groups whose statistics say so are read."""
    for path in spills:
        with pq.ParquetFile(path) as file:
            column = file.schema_arrow.get_field_index("bucket")
            groups = [
                group
                for group in range(file.num_row_groups)
                if file.metadata.row_group(group).column(column).statistics.min == bucket
            ]
            if groups:
                yield file.read_row_groups(groups, use_threads=False)


def without_duplicates(rows: pa.Table, counts: Counter[str]) -> npt.NDArray[np.int64]:
    """Places of one row of each digest, by digest: of excluded, test, validation and training rows in this order.

    MLM's packed rows and MEP's windows are compared with their like alone, and stand one after the other.
    """
    keys = [("in_mlm", "ascending"), ("digest", "ascending"), ("split", "descending"), ("example_id", "ascending")]
    found = pc.sort_indices(rows.select([name for name, _ in keys]), keys)
    order: npt.NDArray[np.int64] = found.to_numpy().astype(np.int64)
    digest, in_mlm = (rows.column(name).to_numpy()[order] for name in ("digest", "in_mlm"))
    first = np.ones(len(digest), np.bool_)
    first[1:] = (digest[1:] != digest[:-1]) | (in_mlm[1:] != in_mlm[:-1])
    mentions = _lengths(rows, "mentions")[order]
    counts["duplicate_rows"] += int((~first).sum())
    counts["mentions_duplicate"] += int(mentions[~first].sum())
    kept: npt.NDArray[np.int64] = order[first]
    return kept


def _write(rows: pa.Table, chosen: npt.NDArray[np.int64], writer: PartWriter) -> pa.Table:
    """Writes these rows, the columns that the file has; `page_id` … as they are in the spill."""
    table: Table = writer.table
    found = rows.select(table.schema.names).take(pa.array(chosen))
    for batch in found.to_batches(max_chunksize=4096):
        writer.write_batch(pa.RecordBatch.from_arrays(batch.columns, schema=table.schema))
    return found


def _lengths(rows: pa.Table, column: str) -> npt.NDArray[np.int64]:
    lengths: npt.NDArray[np.int64] = pc.list_value_length(rows.column(column)).to_numpy().astype(np.int64)
    return lengths


def _count(counts: Counter[str], name: str, rows: pa.Table) -> None:
    counts[f"{name}_rows"] += rows.num_rows
    counts[f"{name}_tokens"] += int(_lengths(rows, "input_ids").sum())
