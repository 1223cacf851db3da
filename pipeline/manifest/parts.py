"""Rows of one work item → Arrow → one Parquet part per table, published under its name when the item is whole."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.errors import XlmkError
from pipeline.manifest.items import Completion, JobSpec, PartFile, WorkItem
from pipeline.manifest.storage import target_error
from pipeline.records import Reject
from pipeline.schemas import Table

MAX_REJECT_SAMPLES = 1000
"""Rejects stored per item and reason; all are counted."""
ROW_GROUP_BYTES = 16 << 20
"""Approximate Arrow bytes a row group holds before it is written."""
_FLUSH_ROWS = 20_000


def part_name(key: str) -> str:
    """The file name of an item's part.

    >>> part_name("a1-000-512")
    'part-a1-000-512.parquet'
    """
    return f"part-{key}.parquet"


def to_arrow(rows: list[tuple[object, ...]], table: Table) -> pa.RecordBatch:
    """Turns records into one Arrow batch of the table's schema; a wrong type or a missing value is our own bug.

    >>> from pipeline.records import Sitelink
    >>> from pipeline.schemas import TABLES
    >>> to_arrow([Sitelink("it", "Roma", 220)], TABLES["sitelinks"]).to_pylist()
    [{'lang': 'it', 'title': 'Roma', 'qid': 220}]
    """
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(table.schema)
    arrays = [pa.array(column, type=field.type) for column, field in zip(columns, table.schema, strict=True)]
    for array, field in zip(arrays, table.schema, strict=True):
        assert field.nullable or not array.null_count, f"null in {table.name}.{field.name}"
    return pa.RecordBatch.from_arrays(arrays, schema=table.schema)


class PartWriter:
    """Writes one part of one table in row groups; the file gets its name at `close`.

    Nothing of it depends on the machine or the clock: same rows, same bytes.
    """

    def __init__(self, table: Table, path: Path) -> None:
        self.table, self.path, self.rows = table, path, 0
        self.dictionary: bool | list[str] = True
        """Columns to be dictionary-encoded, set before the first row group; for unique values it is wasted time."""
        self.statistics: bool | list[str] = True
        """Columns whose least and greatest values are stored, likewise; of texts nobody asks for them."""
        self._temporary = path.parent / f".{path.name}.tmp"
        self._pending: list[tuple[object, ...]] = []
        self._batches: list[pa.RecordBatch] = []
        self._bytes = 0
        self._writer: pq.ParquetWriter | None = None

    def write(self, row: tuple[object, ...]) -> None:
        """Appends one record."""
        self.write_all((row,))

    def write_all(self, rows: Sequence[tuple[object, ...]]) -> None:
        """Appends records."""
        self._pending += rows
        if len(self._pending) >= _FLUSH_ROWS:
            records, self._pending = self._pending, []  # before a row group may end, which writes what is pending
            self.write_batch(to_arrow(records, self.table))

    def write_batch(self, batch: pa.RecordBatch) -> None:
        """Appends an Arrow batch of the table's schema."""
        self._batches.append(batch)
        self._bytes += batch.nbytes
        self.rows += batch.num_rows
        if self._bytes >= ROW_GROUP_BYTES:
            self.end_row_group()

    def end_row_group(self) -> None:
        """Writes what has come so far as one row group (nothing where nothing came)."""
        if self._pending:
            self._batches.append(to_arrow(self._pending, self.table))
            self.rows += len(self._pending)
            self._pending = []
        if not self._batches:
            return
        with _writing(self.path):
            if self._writer is None:
                self._writer = self._open()
            group = pa.Table.from_batches(self._batches, schema=self.table.schema)
            self._writer.write_table(group, row_group_size=max(1, group.num_rows))
        self._batches, self._bytes = [], 0

    def close(self) -> PartFile:
        """Ends the file, gives it its name and says what is in it; a part without rows is a file too."""
        self.end_row_group()
        with _writing(self.path):
            if self._writer is None:
                self._writer = self._open()
            self._writer.close()
            self._temporary.replace(self.path)
        return PartFile(self.table.name, self.path.name, self.rows, self.path.stat().st_size)

    def _open(self) -> pq.ParquetWriter:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        return pq.ParquetWriter(
            self._temporary,
            self.table.schema,
            compression="zstd",
            use_dictionary=self.dictionary,
            write_statistics=self.statistics,
        )

    def abort(self) -> None:
        """Drops what was written."""
        if self._writer is not None and self._writer.is_open:
            with _ignoring_os_error():
                self._writer.close()
        self._temporary.unlink(missing_ok=True)


class ItemOutput:
    """All output of one work item: parts of the job's tables, counts and rejects."""

    def __init__(self, spec: JobSpec, item: WorkItem) -> None:
        self.spec, self.item = spec, item
        self.counts: Counter[str] = Counter()
        self.rejects: Counter[str] = Counter()
        self._writers: dict[str, PartWriter] = {}

    def writer(self, table: str, name: str | None = None, *, layout: Table | None = None) -> PartWriter:
        """The writer of this item's part of `table`.

        `name` overrules the part's file name; `layout` its columns, where files of one folder differ in them.
        """
        key = f"{table}/{name or ''}"
        if key not in self._writers:
            assert table in self.spec.tables, f"{self.spec.name} does not declare table {table}"
            path = self.spec.work / "parts" / table / (name or part_name(self.item.key))
            self._writers[key] = PartWriter(layout or self.spec.schema(table), path)
        return self._writers[key]

    def write(self, table: str, row: tuple[object, ...]) -> None:
        """Appends one record to the item's part of `table`."""
        self.writer(table).write(row)

    def write_all(self, table: str, rows: Sequence[tuple[object, ...]]) -> None:
        """Appends records to the item's part of `table`; none make no part."""
        if rows:
            self.writer(table).write_all(rows)

    def count(self, name: str, number: int = 1) -> None:
        """Adds to a count of the item; the manifest sums them."""
        self.counts[name] += number

    def count_all(self, counts: Mapping[str, int]) -> None:
        """The same for several; `Counter.update` takes five times as long for the few that a page or entity has."""
        own = self.counts
        for name, number in counts.items():
            own[name] += number

    def reject(self, key: str, reason: str, detail: str) -> None:
        """Counts a drop under `reason`; the first of each reason are stored for people to read."""
        self.rejects[reason] += 1
        if "rejects" in self.spec.tables and self.rejects[reason] <= MAX_REJECT_SAMPLES:
            row = Reject(self.spec.label, self.item.key, key, reason, printable(detail))
            self.writer("rejects").write(row)

    def guard(self, key: str) -> "Guard":
        """The one place that may catch everything: a page that fails is recorded with type and message, and dropped.

        Errors meant for the user and a machine out of memory pass through: those are not the page's fault.
        An exception with a `reason` attribute names its own reason.
        """
        return Guard(self, key)

    def close(self) -> Completion:
        """Ends all parts and returns the record of what was done."""
        parts = [self._writers[key].close() for key in sorted(self._writers)]
        item = self.item
        return Completion(
            key=item.key,
            config_digest=self.spec.config_digest,
            input_digest=item.input_digest,
            size=item.size,
            parts=parts,
            counts=self.counts,
            rejects=self.rejects,
        )

    def abort(self) -> None:
        """Drops all unfinished parts."""
        for writer in self._writers.values():
            writer.abort()


class Guard:
    """What `ItemOutput.guard` gives: a class, as a generator takes 4 % of the time of reading an entity."""

    __slots__ = ("_key", "_out")

    def __init__(self, out: ItemOutput, key: str) -> None:
        self._out, self._key = out, key

    def __enter__(self) -> None:
        """Nothing is to be done before."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> bool:
        """Rejects what the error belongs to, and goes on."""
        if not isinstance(error, Exception) or isinstance(error, XlmkError | MemoryError):
            return False
        self._out.reject(self._key, str(getattr(error, "reason", f"error_{type(error).__name__}")), str(error))
        return True


def printable(text: str, limit: int = 200) -> str:
    r"""One line of at most `limit` characters, safe to print and to store.

    >>> printable("a\nb\ud800" + "x" * 300)[:4]
    'a b?'
    """
    line = " ".join(text[: 4 * limit].split()).encode("utf-8", "replace").decode()
    return line if len(line) <= limit else line[: limit - 1] + "…"


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise target_error(path, error) from error


@contextmanager
def _ignoring_os_error() -> Iterator[None]:
    """For closing a file that is thrown away: that the disk is full was already said."""
    try:
        yield
    except OSError:
        return
