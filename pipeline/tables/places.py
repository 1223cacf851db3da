"""Where names stand in passages: links, and repeats beside them, in the order of the text, as Arrow and numpy columns.

Passages come in the order of (page_id, passage_index), as extraction writes them. Files that are not in this order
(dumps in parts of another order) are sorted once into a temporary file; after that there is one way.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.errors import InputError
from pipeline.tables.connection import Connection, fetch, literal

Ints = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int8]
BATCH_ROWS = 1 << 14
"""Passages read at once, and rows of repeats."""
SOURCE_LINK = 0
_KEY = ["page_id", "passage_index"]
_LINK = "links.list.element."
_REPEAT_COLUMNS = ["page_id", "passage_index", "start", "end", "source"]


@dataclass(frozen=True, kw_only=True)
class Places:
    """Some places in the order of (page, passage, start, end); those of a passage are all in one batch.

    Place i is `[start[i], end[i])` in code points of `texts[row[i]]`. `number` is that of
    `read_targets`; `source` is 0 for links and that of the repeat otherwise.
    """

    texts: pa.StringArray
    row: Ints
    page_id: Ints
    passage_index: Ints
    start: Ints
    end: Ints
    number: Ints
    source: Codes

    def take(self, order: npt.NDArray[np.intp]) -> "Places":
        """The places in another order."""
        columns = {name: value[order] for name, value in vars(self).items() if name != "texts"}
        return Places(texts=self.texts, **columns)


@contextmanager
def in_order(connection: Connection, files: list[str], beside: Path) -> Iterator[list[str]]:
    """The files in the order of their first row, if their rows are then in the order of passages.

    Otherwise one file of all rows in that order, which lies next to `beside` while the context lasts.
    """
    files = [path for _, path in sorted((_first_key(path), path) for path in files if metadata(path).num_rows)]
    if is_in_order(files):
        yield files
        return
    ordered = beside.with_name(f".{beside.name}.in-order")
    columns = pq.read_schema(files[0]).names
    order = "page_id, passage_index" + (', start, "end"' if "start" in columns else "")
    select = f"select * from read_parquet($files, hive_partitioning = false) order by {order}"  # noqa: S608
    ordered.parent.mkdir(parents=True, exist_ok=True)
    try:
        fetch(connection, f"copy ({select}) to {literal(str(ordered))} (format parquet)", {"files": files})
        yield [str(ordered)]
    finally:
        ordered.unlink(missing_ok=True)


def _first_key(path: str) -> tuple[int, int]:
    with reading(path), pq.ParquetFile(path) as file:
        batch = next(file.iter_batches(batch_size=1, columns=_KEY, use_threads=False))
    return batch.column(0)[0].as_py(), batch.column(1)[0].as_py()


def is_in_order(files: list[str]) -> bool:
    """Whether the rows of all files, one after the other, are in the order of (page_id, passage_index)."""
    last = (-1, -1)
    for path in files:
        with reading(path), pq.ParquetFile(path) as file:
            for batch in file.iter_batches(columns=_KEY, use_threads=False):
                page, index = (column.to_numpy() for column in batch.columns)
                later = (page[1:] > page[:-1]) | ((page[1:] == page[:-1]) & (index[1:] >= index[:-1]))
                if (int(page[0]), int(index[0])) < last or not later.all():
                    return False
                last = int(page[-1]), int(index[-1])
    return True


TARGETS = pa.schema([("number", pa.int64()), ("page_id", pa.int64()), ("target", pa.string())])
"""What places lead to. `page_id` is null where the place may name its own page (a repeat of the page's title)."""


def read_targets(passages: list[str], repeats: list[str]) -> Iterator[pa.RecordBatch]:
    """What all places lead to, as TARGETS, numbered from 0 on: first the links and then the repeats, as they come."""
    number = 0
    for batch in _batches(passages, ["page_id", f"{_LINK}target"]):
        links = batch.column("links")
        pages = pa.array(np.repeat(batch.column("page_id").to_numpy(), links.value_lengths().to_numpy()))
        numbers = pa.array(np.arange(number, number + len(pages)))
        yield pa.record_batch([numbers, pages, links.flatten().field("target")], schema=TARGETS)
        number += len(pages)
    for batch in _batches(repeats, ["page_id", "target", "source"]):
        pages, own_name = batch.column("page_id"), pc.equal(batch.column("source"), "title")
        pages = pc.if_else(own_name, pa.scalar(None, pa.int64()), pages)
        numbers = pa.array(np.arange(number, number + batch.num_rows))
        yield pa.record_batch([numbers, pages, batch.column("target")], schema=TARGETS)
        number += batch.num_rows


def read_places(
    passages: list[str], repeats: list[str], links: int, source_code: Callable[[pa.Array], Codes]
) -> Iterator[Places]:
    """All places of files that are in order, of which `links` are links.

    `source_code` gives the numbers of the repeats' sources.
    """
    beside = _Repeats(_numbered(repeats, links, source_code))
    number = 0
    columns = [*_KEY, "text", f"{_LINK}start", f"{_LINK}end"]
    for batch in _batches(passages, columns):
        places = _links(batch, number)
        number += len(places.number)
        page, index = (_ints(batch.column(name)) for name in _KEY)
        more = beside.until((int(page[-1]), int(index[-1])))
        yield _merged(places, more, page, index) if more is not None else _sorted(places)


def _links(batch: pa.RecordBatch, number: int) -> Places:
    links = batch.column("links")
    row = np.repeat(np.arange(batch.num_rows), links.value_lengths().to_numpy())
    inner = links.flatten()
    return Places(
        texts=batch.column("text"),
        row=row,
        page_id=_ints(batch.column("page_id"))[row],
        passage_index=_ints(batch.column("passage_index"))[row],
        start=_ints(inner.field("start")),
        end=_ints(inner.field("end")),
        number=np.arange(number, number + len(row)),
        source=np.full(len(row), SOURCE_LINK, np.int8),
    )


def _merged(links: Places, more: pa.RecordBatch, page: Ints, index: Ints) -> Places:
    """Links and repeats of one batch of passages; repeats whose passage is not there are left out."""
    own = {name: _ints(more.column(name)) for name in ("page_id", "passage_index", "start", "end", "number")}
    row = _rows_of(own["page_id"], own["passage_index"], page, index)
    columns = own | {"row": row, "source": more.column("source").to_numpy()}
    found = row >= 0
    joined = {name: np.concatenate([getattr(links, name), value[found]]) for name, value in columns.items()}
    return _sorted(Places(texts=links.texts, **joined))


def _rows_of(page: Ints, index: Ints, pages: Ints, indexes: Ints) -> Ints:
    """The row of each (page, index) among ascending ones, -1 where it is not there."""
    if not len(page):
        return page
    width = max(int(index.max()), int(indexes.max())) + 1
    wanted, there = page * width + index, pages * width + indexes
    row = np.searchsorted(there, wanted)
    same = there[np.minimum(row, len(there) - 1)] == wanted
    found: Ints = np.where(same, row, -1)
    return found


def _sorted(places: Places) -> Places:
    """By (row, start, end); links of a passage ascend already, so mostly nothing is to be done."""
    if len(places.row) < 2:
        return places
    row, start, end = places.row, places.start, places.end
    width = int(end.max()) + 2
    assert width < 1 << 24, "a passage is shorter than a page of MediaWiki can be"
    key = (row * width + start) * width + end
    if (key[1:] >= key[:-1]).all():
        return places
    return places.take(np.argsort(key, kind="stable"))


def _numbered(files: list[str], number: int, source_code: Callable[[pa.Array], Codes]) -> Iterator[pa.RecordBatch]:
    for batch in _batches(files, _REPEAT_COLUMNS):
        numbers = pa.array(np.arange(number, number + batch.num_rows))
        columns = [*batch.columns[:-1], pa.array(source_code(batch.column("source"))), numbers]
        yield pa.RecordBatch.from_arrays(columns, names=[*_REPEAT_COLUMNS, "number"])
        number += batch.num_rows


class _Repeats:
    """Repeats read along with the passages; `until` gives those up to a passage that have not been given yet."""

    def __init__(self, batches: Iterator[pa.RecordBatch]) -> None:
        self._batches = batches
        self._left: pa.RecordBatch | None = next(self._batches, None)

    def until(self, last: tuple[int, int]) -> pa.RecordBatch | None:
        parts = []
        while self._left is not None:
            page, index = _ints(self._left.column("page_id")), _ints(self._left.column("passage_index"))
            near = int(((page < last[0]) | ((page == last[0]) & (index <= last[1]))).sum())
            parts.append(self._left.slice(0, near))
            if near < self._left.num_rows:
                self._left = self._left.slice(near)
                break
            self._left = next(self._batches, None)
        return pa.concat_batches(parts) if parts and any(part.num_rows for part in parts) else None


@contextmanager
def reading(path: str) -> Iterator[None]:
    """Turns what Arrow says about a damaged file into InputError with the file's name."""
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        line = str(error).strip().partition("\n")[0]
        next_step = "make that table again with xlmk extract"
        raise InputError(f"a table cannot be read: {path}: {line}", next_step=next_step) from error


def metadata(path: str) -> pq.FileMetaData:
    """The metadata of a table's file; raises InputError where it is damaged."""
    with reading(path):
        return pq.read_metadata(path)


def _batches(files: list[str], columns: list[str]) -> Iterator[pa.RecordBatch]:
    for path in files:
        with reading(path), pq.ParquetFile(path) as file:
            yield from file.iter_batches(batch_size=BATCH_ROWS, columns=columns, use_threads=False)


def _ints(column: pa.Array) -> Ints:
    values: Ints = column.to_numpy().astype(np.int64)
    return values
