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


def batches(connection: Connection, sql: str, parameters: Parameters) -> Iterator[pa.RecordBatch]:
    """The rows of `sql` in its order, as batches of exactly BATCH_ROWS rows (the last may be shorter).

    `sql` must order them by a unique key.
    """
    pending: list[pa.RecordBatch] = []
    rows = 0
    for batch in connection.sql(sql, params=parameters).to_arrow_reader(BATCH_ROWS):
        start = 0
        while rows + batch.num_rows - start >= BATCH_ROWS:
            wanted = BATCH_ROWS - rows
            yield one_batch([*pending, batch.slice(start, wanted)])
            pending, rows, start = [], 0, start + wanted
        if start < batch.num_rows:
            pending.append(batch.slice(start))
            rows += batch.num_rows - start
    if rows:
        yield one_batch(pending)


def one_batch(parts: list[pa.RecordBatch]) -> pa.RecordBatch:
    """Several batches in one piece."""
    return parts[0] if len(parts) == 1 else pa.concat_batches(parts)


def as_batch(columns: list[pa.Array], table: Table) -> pa.RecordBatch:
    """Columns in exactly the declared types; a null in a non-null column is our own bug."""
    arrays = []
    for column, field in zip(columns, table.schema, strict=True):
        assert field.nullable or not column.null_count, f"null in {table.name}.{field.name}"
        arrays.append(column.cast(field.type))
    return pa.RecordBatch.from_arrays(arrays, schema=table.schema)


def write_rows(connection: Connection, sql: str, parameters: Parameters, writer: PartWriter) -> int:
    """Writes the rows of `sql` (see `batches`), which has the table's columns in their order; returns how many.

    Each batch is one row group.
    """
    rows = 0
    for batch in batches(connection, sql, parameters):
        assert batch.schema.names == writer.table.schema.names, f"{writer.table.name}: {batch.schema.names}"
        write_row_group(as_batch(batch.columns, writer.table), writer)
        rows += batch.num_rows
    return rows


def write_row_group(batch: pa.RecordBatch, writer: PartWriter) -> None:
    """Writes one batch as a row group of its own."""
    writer.write_batch(batch)
    writer.end_row_group()
