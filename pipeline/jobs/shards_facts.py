"""Triples split for OE, all true triples for masking, and the entities with what is held out."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.examples.splits import SPLITS, is_in, mix, triple_splits
from pipeline.jobs.shards_arrays import load_array
from pipeline.jobs.shards_spec import FORMAT, ShardsSpec
from pipeline.manifest.items import JobSpec, WorkItem
from pipeline.manifest.parts import ItemOutput, PartWriter
from pipeline.transforms.run_item import Job

Ints = npt.NDArray[np.int64]
COLUMNS = ("subject_qid", "property_id", "object_qid")


@dataclass(frozen=True, kw_only=True)
class TriplesJob(Job):
    """Writes OE's triples; an item is a bucket of the shuffle (`payload`: its number), each reads all triples."""

    root: str
    files: tuple[str, ...]
    buckets: int
    helpers: str
    helpers_digest: str
    holdout_triples: float
    split_seed: int
    shuffle_seed: int

    @property
    def spec(self) -> JobSpec:
        """Names, folders and all that decides the output."""
        return ShardsSpec(
            name="shards-oe",
            root=self.root,
            format_number=FORMAT,
            tables=("oe",),
            config={
                "buckets": self.buckets,
                "helpers": self.helpers_digest,
                "holdout_triples": self.holdout_triples,
                "split_seed": self.split_seed,
                "shuffle_seed": self.shuffle_seed,
            },
        )

    def process(self, item: WorkItem, out: ItemOutput) -> None:
        """Facts are all triples; train, valid and test those whose ends and property have texts."""
        bucket = item.payload[0]
        assert isinstance(bucket, int)
        rows = np.concatenate([np.zeros((3, 0), np.int64), *self._bucket(bucket)], axis=1)
        rows = rows[:, np.lexsort((*rows[::-1], mix(self.shuffle_seed, *rows)))]
        out.count("triples", rows.shape[1])
        _write(rows, out.writer("oe", f"facts-{item.key}.parquet"))
        rows = self._with_texts(rows, out)
        held_out = self._load("held_out")
        splits = triple_splits(self.split_seed, rows[0], rows[2], held_out=held_out, share=self.holdout_triples)
        touched = is_in(rows[0], held_out) | is_in(rows[2], held_out)
        out.count("triples_with_held_out_entity", int(touched.sum()))
        for number, name in enumerate(SPLITS):
            _write(rows[:, splits == number], out.writer("oe", f"{name}-{item.key}.parquet"))
            out.count(f"oe_{name}_rows", int((splits == number).sum()))

    def _bucket(self, bucket: int) -> Iterator[Ints]:
        for path in self.files:
            with pq.ParquetFile(path) as file:
                for batch in file.iter_batches(batch_size=1 << 20, columns=list(COLUMNS), use_threads=False):
                    rows = np.stack([batch.column(name).to_numpy().astype(np.int64) for name in COLUMNS])
                    place = mix(self.shuffle_seed, *rows) % np.uint64(self.buckets)
                    yield rows[:, place == bucket]

    def _with_texts(self, rows: Ints, out: ItemOutput) -> Ints:
        for column, name, reason in (
            (0, "with_text", "triples_subject_no_text"),
            (2, "with_text", "triples_object_no_text"),
            (1, "properties", "triples_property_no_label"),
        ):
            kept = is_in(rows[column], self._load(name))
            out.count(reason, int((~kept).sum()))
            rows = rows[:, kept]
        return rows

    def _load(self, name: str) -> Ints:
        return load_array(self.helpers, name, np.int64)


def _write(rows: Ints, writer: PartWriter) -> None:
    for start in range(0, rows.shape[1], 1 << 16):
        part = rows[:, start : start + (1 << 16)]
        writer.write_batch(
            pa.RecordBatch.from_arrays([pa.array(column) for column in part], schema=writer.table.schema)
        )


@dataclass(frozen=True, kw_only=True)
class EntitiesJob(Job):
    """Writes the entities with their types and whether they are held out; `payload`: a file of the table."""

    root: str
    helpers: str
    helpers_digest: str

    @property
    def spec(self) -> JobSpec:
        """Names, folders and all that decides the output."""
        return ShardsSpec(
            name="shards-entities",
            root=self.root,
            format_number=FORMAT,
            tables=("entities",),
            config={"helpers": self.helpers_digest},
        )

    def process(self, item: WorkItem, out: ItemOutput) -> None:
        """Row by row as the table is."""
        writer, held_out = out.writer("entities"), load_array(self.helpers, "held_out", np.int64)
        with pq.ParquetFile(str(item.payload[0])) as file:
            for batch in file.iter_batches(columns=["qid", "instance_of"], use_threads=False):
                qids = batch.column("qid").to_numpy().astype(np.int64)
                mask = is_in(qids, held_out)
                out.count("entities", len(qids))
                out.count("entities_held_out", int(mask.sum()))
                columns = [batch.column("qid"), batch.column("instance_of"), pa.array(mask)]
                table = pa.table(columns, names=writer.table.schema.names).cast(writer.table.schema)
                for part in table.to_batches():
                    writer.write_batch(part)
