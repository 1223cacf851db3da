"""Rows of one language in an order that is a pure function of (key, draw number): no state but a counter.

Draw k falls in epoch k // rows. Each epoch visits the row groups of all files in its own permuted order, and the rows
of a group in a permuted order: Parquet is read group by group (fast), while no two epochs are alike.
"""

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.errors import MissingTableError
from xlmk_model.sampling import permutation

KEPT_GROUPS = 2
"""Decoded row groups that stay in memory: a batch may straddle two."""


@dataclass(frozen=True)
class RowGroup:
    """Row group `index` of a file, with its number of rows."""

    path: Path
    index: int
    rows: int


def row_groups(paths: Sequence[Path]) -> list[RowGroup]:
    """The row groups of these files, in order; raises MissingTableError for a file that is not whole Parquet."""
    groups = []
    for path in paths:
        try:
            metadata = pq.read_metadata(path)
        except (pa.ArrowInvalid, OSError) as error:
            raise MissingTableError(
                f"{path} is not a whole Parquet file: {error}", next_step="xlmk shards ..."
            ) from error
        groups += [RowGroup(path, i, metadata.row_group(i).num_rows) for i in range(metadata.num_row_groups)]
    return [group for group in groups if group.rows]


class ShuffledRows:
    """Random access by draw number to the rows of some files; cheap as long as draw numbers come roughly in order."""

    def __init__(self, paths: Sequence[Path], columns: Sequence[str], *key: object) -> None:
        """`columns` are read; `key` decides the order."""
        self._groups = row_groups(paths)
        self._columns = list(columns)
        self._key = key
        self._decoded: OrderedDict[int, DecodedGroup] = OrderedDict()
        self._orders: OrderedDict[tuple[int, ...], Any] = OrderedDict()
        self.rows = sum(group.rows for group in self._groups)

    def __len__(self) -> int:
        return self.rows

    def _remember(self, key: tuple[int, ...], value: Any) -> Any:
        self._orders[key] = value
        while len(self._orders) > 8:
            self._orders.popitem(last=False)
        return value

    def _epoch(self, epoch: int) -> tuple[list[int], list[int]]:
        """Order of the groups in an epoch, and the first place of each in it."""
        if (epoch,) not in self._orders:
            order = permutation(len(self._groups), *self._key, epoch).tolist()
            sizes = [self._groups[group].rows for group in order]
            self._remember((epoch,), (order, [0, *np.cumsum(sizes[:-1]).tolist()]))
        found: tuple[list[int], list[int]] = self._orders[(epoch,)]
        return found

    def locate(self, draw: int) -> tuple[int, int]:
        """(row group, row within it) of a draw; every row comes up once in each epoch."""
        epoch, place = divmod(draw, self.rows)
        order, starts = self._epoch(epoch)
        at = bisect_right(starts, place) - 1
        group = order[at]
        if (epoch, group) not in self._orders:
            self._remember((epoch, group), permutation(self._groups[group].rows, *self._key, epoch, group).numpy())
        return group, int(self._orders[(epoch, group)][place - starts[at]])

    def __getitem__(self, draw: int) -> dict[str, Any]:
        """The row of a draw as Python values (lists of integers as numpy arrays)."""
        group, row = self.locate(draw)
        if group not in self._decoded:
            where = self._groups[group]
            with pq.ParquetFile(where.path) as file:
                self._decoded[group] = DecodedGroup(file.read_row_group(where.index, columns=self._columns))
            while len(self._decoded) > KEPT_GROUPS:
                self._decoded.popitem(last=False)
        return self._decoded[group].row(row)


def _list_parts(column: pa.ListArray) -> tuple[Any, pa.Array]:
    """(offsets [rows + 1] into the values, values), whatever slice of a buffer the column is."""
    offsets = column.offsets.to_numpy()
    return offsets - offsets[0], column.flatten()


class DecodedGroup:
    """A row group as numpy arrays, so that a row costs slices and no Arrow scalars."""

    def __init__(self, table: pa.Table) -> None:
        """Columns are integers, strings, lists of integers or lists of structs of integers; none has nulls."""
        self._columns: dict[str, Any] = {}
        for name in table.column_names:
            column = table.column(name).combine_chunks()
            if isinstance(column, pa.ChunkedArray):
                column = column.chunk(0)
            if pa.types.is_list(column.type):
                offsets, values = _list_parts(column)
                if pa.types.is_struct(values.type):
                    fields = [field.name for field in values.type]
                    flat = [values.field(field).to_numpy().tolist() for field in fields]
                    self._columns[name] = (
                        offsets,
                        [dict(zip(fields, row, strict=True)) for row in zip(*flat, strict=True)],
                    )
                else:
                    self._columns[name] = (offsets, values.to_numpy())
            else:
                self._columns[name] = column.to_pylist()

    def row(self, at: int) -> dict[str, Any]:
        """Row `at`: integers and strings as they are, lists as numpy arrays or lists of dictionaries.

        >>> table = pa.table({"n": [5, 6], "ids": [[1, 2], [3]], "spans": [[], [{"start": 1, "end": 2}]]})
        >>> DecodedGroup(table).row(1)
        {'n': 6, 'ids': array([3]), 'spans': [{'start': 1, 'end': 2}]}
        """
        found = {}
        for name, column in self._columns.items():
            if isinstance(column, tuple):
                offsets, values = column
                found[name] = values[offsets[at] : offsets[at + 1]]
            else:
                found[name] = column[at]
        return found
