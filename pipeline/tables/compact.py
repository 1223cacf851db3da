"""Many unsorted parts of a table → a few files sorted by the table's unique key, out of core.

Rows with the same key (the same item in two dumps) become one: the first in the order of all columns, so that neither
the order of the parts nor DuckDB's threads decide.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.manifest.parts import PartWriter
from pipeline.manifest.storage import remove_tree, swap_folder
from pipeline.schemas import Table
from pipeline.tables.connection import Connection, connect, identifier
from pipeline.tables.stream import as_batch, batches, write_row_group

BATCHES_PER_FILE = 64
"""Row groups (of at most 65,536 rows) in one file."""


class Compacted(NamedTuple):
    """Rows that are left, and rows that were dropped as duplicates of another with the same key."""

    rows: int
    duplicates: int


def compact(folder: Path, table: Table, *, memory_bytes: int, threads: int = 1) -> Compacted:
    """`compact_all` for one table."""
    return compact_all([(folder, table)], memory_bytes=memory_bytes, threads=threads)[0]


def compact_all(tables: Sequence[tuple[Path, Table]], *, memory_bytes: int, threads: int = 1) -> list[Compacted]:
    """Sorts all Parquet files of each folder into `part-00000.parquet` … and puts these in their place.

    Equal rows give equal bytes, whatever parts they came in, with how much memory or how many threads.
    """
    spill = tables[0][0].parent / ".compact.spill"
    with connect(memory_bytes=memory_bytes, threads=threads, spill=spill) as connection:
        return [_compact(connection, folder, table) for folder, table in tables]


def _compact(connection: Connection, folder: Path, table: Table) -> Compacted:
    parts = sorted(folder.glob("*.parquet"))
    if not parts:
        return Compacted(0, 0)
    staged = folder.parent / f".{folder.name}.compact"
    remove_tree(staged)
    order = [*table.sort_key, *(name for name in table.schema.names if name not in table.sort_key)]
    columns = ", ".join(identifier(name) for name in table.schema.names)
    sql = f"select {columns} from read_parquet($parts) order by {', '.join(identifier(name) for name in order)}"  # noqa: S608
    rows = duplicates = 0
    writer: PartWriter | None = None
    found = batches(connection, sql, {"parts": [str(path) for path in parts]})
    in_order = (as_batch(batch.columns, table) for batch in found)
    for number, (batch, dropped) in enumerate(first_of_each_key(in_order, table)):
        if number % BATCHES_PER_FILE == 0:
            if writer is not None:
                writer.close()
            writer = PartWriter(table, staged / f"part-{number // BATCHES_PER_FILE:05d}.parquet")
        assert writer is not None
        write_row_group(batch, writer)
        rows, duplicates = rows + batch.num_rows, duplicates + dropped
    if writer is None:
        return Compacted(0, 0)
    writer.close()
    swap_folder(staged, folder)
    return Compacted(rows, duplicates)


def first_of_each_key(sorted_rows: Iterator[pa.RecordBatch], table: Table) -> Iterator[tuple[pa.RecordBatch, int]]:
    """Drops, from batches that are sorted by the table's key, each row whose key the row before it has."""
    previous: list[pa.Scalar] | None = None
    for batch in sorted_rows:
        keys = [batch.column(name) for name in table.sort_key]
        changed = _changes(keys)
        new = previous is None or any(key[0].as_py() != old.as_py() for key, old in zip(keys, previous, strict=True))
        previous = [key[-1] for key in keys]
        kept = pa.concat_arrays([pa.array([new]), changed])
        yield batch.filter(kept), batch.num_rows - kept.true_count


def _changes(keys: list[pa.Array]) -> pa.BooleanArray:
    """For each row but the first, whether its key differs from the one before it."""
    changed = pa.array([False] * (len(keys[0]) - 1), type=pa.bool_())
    for key in keys:
        changed = pc.or_(changed, pc.not_equal(key[1:], key[:-1]))
    return changed
