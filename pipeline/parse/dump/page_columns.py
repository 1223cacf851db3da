"""What pages are made of, passages or repeats, as Arrow columns: no row is made on the way."""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.parse import columns
from pipeline.schemas import TABLES


class PageColumns:
    """The columns of a table whose rows begin with their page's id, and where `numbered` with a number in the page.

    >>> from pipeline.records import Link
    >>> table = PageColumns("passages", numbered=True)
    >>> table.add(7, [(("History",), "paragraph", "in Rome", (Link(3, 7, "Rome", None),)), ((), "quote", "Ave", ())])
    >>> batch = table.batch()
    >>> batch.column("page_id").to_pylist(), batch.column("passage_index").to_pylist(), table.waiting
    ([7, 7], [0, 1], 0)
    >>> batch.column("links").to_pylist()
    [[{'start': 3, 'end': 7, 'target': 'Rome', 'fragment': None}], []]
    """

    def __init__(self, table: str, *, numbered: bool) -> None:
        self._schema, self._numbered = TABLES[table].schema, numbered
        self._columns = columns.current.new(list(self._schema)[1 + numbered :])
        self._pages: list[int] = []
        self._rows: list[int] = []
        self.waiting = 0
        """How many rows are in the columns."""

    def add(self, page_id: int, rows: Sequence[tuple[object, ...]]) -> None:
        """Appends what a page has, each without the page's id and the number."""
        self._columns.extend(rows)
        self._pages.append(page_id)
        self._rows.append(len(rows))
        self.waiting += len(rows)

    def batch(self) -> pa.RecordBatch:
        """All rows since the last time, in order."""
        rows = np.array(self._rows, dtype=np.int64)
        arrays = [pa.array(np.repeat(np.array(self._pages, dtype=np.int64), rows))]
        if self._numbered:
            begins = np.repeat(np.cumsum(rows) - rows, rows)
            arrays.append(pa.array((np.arange(len(begins)) - begins).astype(np.int32)))
        self._pages, self._rows, self.waiting = [], [], 0
        return pa.RecordBatch.from_arrays([*arrays, *self._columns.arrays()], schema=self._schema)


def passage_counts(batch: pa.RecordBatch) -> Mapping[str, int]:
    """What is counted of passages.

    >>> table = PageColumns("passages", numbered=True)
    >>> table.add(7, [((), "quote", "Ave", ())])
    >>> passage_counts(table.batch())
    {'passages': 1, 'passages_quote': 1}
    """
    links = len(batch.column("links").values)
    counts = {"passages": batch.num_rows, **_counts("passages", batch.column("kind"))}
    return {**counts, "links": links} if links else counts


def repeat_counts(batch: pa.RecordBatch) -> Mapping[str, int]:
    """What is counted of names without links.

    >>> table = PageColumns("repeats", numbered=False)
    >>> table.add(7, [(0, 4, 8, "Rome", "title")])
    >>> repeat_counts(table.batch())
    {'repeats_title': 1}
    """
    return _counts("repeats", batch.column("source"))


def _counts(prefix: str, values: pa.Array) -> dict[str, int]:
    return {f"{prefix}_{value['values']}": value["counts"] for value in pc.value_counts(values).to_pylist()}
