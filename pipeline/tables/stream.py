"""Ordered DuckDB results → Arrow batches of a declared schema → a part.

DuckDB's own COPY declares every Parquet column nullable, so results go through Arrow into `PartWriter`. Batches have a
fixed number of rows whatever DuckDB's threads and memory were: the same ordered rows give the same bytes.
"""

from collections.abc import Iterator

import pyarrow as pa

from pipeline.manifest.parts import PartWriter
from pipeline.schemas import Table
from pipeline.tables.connection import Connection, Parameters

BATCH_ROWS = 1 << 16
"""Rows of a batch, and of a row group of what is written."""


def stream(connection: Connection, sql: str, parameters: Parameters, table: Table) -> Iterator[pa.RecordBatch]:
    """The rows of `sql` in its order, as batches of exactly BATCH_ROWS rows (the last may be shorter).

    `sql` must give the table's columns in their order, and must order them by a unique key.
    """
    reader = connection.sql(sql, params=parameters).to_arrow_reader(BATCH_ROWS)
    assert reader.schema.names == table.schema.names, f"{table.name}: {reader.schema.names}"
    pending: list[pa.RecordBatch] = []
    rows = 0
    for batch in reader:
        pending.append(batch)
        rows += batch.num_rows
        while rows >= BATCH_ROWS:
            whole = pa.Table.from_batches(pending)
            yield as_batch(whole.slice(0, BATCH_ROWS), table)
            rest = whole.slice(BATCH_ROWS)
            pending, rows = rest.to_batches(), rest.num_rows
    if rows:
        yield as_batch(pa.Table.from_batches(pending), table)


def as_batch(rows: pa.Table, table: Table) -> pa.RecordBatch:
    """`rows` in one piece, in exactly the declared types; a null in a non-null column is our own bug."""
    arrays = []
    for column, field in zip(rows.columns, table.schema, strict=True):
        assert field.nullable or not column.null_count, f"null in {table.name}.{field.name}"
        array = column.cast(field.type).combine_chunks()
        arrays.append(pa.concat_arrays(array.chunks) if isinstance(array, pa.ChunkedArray) else array)
    return pa.RecordBatch.from_arrays(arrays, schema=table.schema)


def write_rows(connection: Connection, sql: str, parameters: Parameters, writer: PartWriter) -> int:
    """Writes the rows of `sql` (see `stream`) with one row group a batch; returns how many there were."""
    rows = 0
    for batch in stream(connection, sql, parameters, writer.table):
        write_row_group(batch, writer)
        rows += batch.num_rows
    return rows


def write_row_group(batch: pa.RecordBatch, writer: PartWriter) -> None:
    """Writes one batch as a row group of its own."""
    writer.write_batch(batch)
    writer.end_row_group()
