"""Rows → Arrow columns, also of lists and structs: natively as each row comes, else all at the end; the same arrays.

`XLMK_COLUMNS=python` in the environment chooses Python's, `native` demands the other; unset, `XLMK_SCANNER=python`
means Python here too.
"""

import struct
from collections.abc import Callable, Sequence
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
import pyarrow as pa

from pipeline.parse.native import choose_part, wanted_part
from pipeline.parse.native_sources import is_current

try:
    from pipeline.parse import _columns
except ImportError:  # no compiler where the package was installed
    _columns = None  # type: ignore[assignment]
if TYPE_CHECKING:
    from pipeline.parse._columns import Builder, Made

VARIABLE = "XLMK_COLUMNS"
_CODES = {pa.int32(): "i", pa.int64(): "l", pa.string(): "s"}
_NUMBERS = {pa.int32(): "i", pa.int64(): "q"}
"""In the letters of `struct`."""


class Columns(Protocol):
    """The columns of some fields, and how many rows are in them; a row is a tuple with a value for each field.

    A list is a tuple or list of values, a struct a tuple. A value that does not fit its field is our own bug: an
    error, at the latest from `arrays`.
    """

    def __len__(self) -> int: ...

    def extend(self, rows: Sequence[tuple[object, ...]], /) -> None:
        """Appends rows."""

    def arrays(self) -> list[pa.Array]:
        """An array for each field; no rows are left then."""


class PythonColumns:
    """Keeps the rows until they are asked for. Nested arrays are made of flat ones, as row by row takes far longer.

    >>> columns = PythonColumns([pa.field("a", pa.list_(pa.string())), pa.field("b", pa.int32())])
    >>> columns.extend([(("x", "y"), 1), ((), 2)])
    >>> [array.to_pylist() for array in columns.arrays()], len(columns)
    ([[['x', 'y'], []], [1, 2]], 0)
    """

    def __init__(self, fields: Sequence[pa.Field]) -> None:
        self._fields = list(fields)
        self._rows: list[tuple[object, ...]] = []

    def __len__(self) -> int:
        return len(self._rows)

    def extend(self, rows: Sequence[tuple[object, ...]], /) -> None:
        """Appends rows."""
        self._rows += rows

    def arrays(self) -> list[pa.Array]:
        """An array for each field; no rows are left then."""
        rows, self._rows = self._rows, []
        return _struct_columns(rows, self._fields)


def _struct_columns(rows: Sequence[tuple[object, ...]], fields: Sequence[pa.Field]) -> list[pa.Array]:
    columns = zip(*rows, strict=True) if rows else [()] * len(fields)
    return [_column(values, field) for values, field in zip(columns, fields, strict=True)]


def _column(values: Sequence[object], field: pa.Field) -> pa.Array:
    kind = field.type
    if pa.types.is_list(kind):
        lists: Sequence[Sequence[object]] = values  # type: ignore[assignment]
        offsets = np.zeros(len(lists) + 1, dtype=np.int32)
        np.cumsum(np.fromiter(map(len, lists), dtype=np.int32, count=len(lists)), out=offsets[1:])
        within = _column(list(chain.from_iterable(lists)), kind.value_field)
        return pa.ListArray.from_arrays(pa.array(offsets), within, type=kind)
    if pa.types.is_struct(kind):
        return pa.StructArray.from_arrays(_struct_columns(values, list(kind)), fields=list(kind))  # type: ignore[arg-type]
    if kind in _NUMBERS and not field.nullable:  # packed in a third of the time of Arrow's own conversion
        try:
            packed = struct.pack(f"={len(values)}{_NUMBERS[kind]}", *values)
        except struct.error as error:
            raise ValueError(f"{field.name}: {error}") from error
        return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(packed)])
    array = pa.array(values, type=kind)
    assert field.nullable or not array.null_count, f"null in {field.name}"
    return array


class NativeColumns:
    """Puts each row's values into the columns' buffers as it comes: nothing of the row is kept."""

    def __init__(self, fields: Sequence[pa.Field]) -> None:
        self._types = [field.type for field in fields]
        self._builder = new_builder("".join(map(layout, fields)))
        self.extend = self._builder.extend

    def __len__(self) -> int:
        return len(self._builder)

    def arrays(self) -> list[pa.Array]:
        """An array for each field; no rows are left then."""
        return [_array(kind, made) for kind, made in zip(self._types, self._builder.finish(), strict=True)]


def new_builder(layout: str) -> "Builder":
    """The native builder of a layout. Raises ValueError where that is none."""
    return _columns.Builder(layout)


def layout(field: pa.Field) -> str:
    """A field in the letters of the native builder.

    >>> from pipeline.schemas import TABLES
    >>> "".join(map(layout, TABLES["passages"].schema))
    'li[s]ss[{iis?s}]'
    """
    kind = field.type
    if pa.types.is_list(kind):
        return f"[{layout(kind.value_field)}]"
    if pa.types.is_struct(kind):
        return "{" + "".join(map(layout, kind)) + "}"
    return ("?" if field.nullable else "") + _CODES[kind]


def _array(kind: pa.DataType, made: "Made") -> pa.Array:
    length, nulls, buffers, children = made
    kinds = [kind.field(number).type for number in range(kind.num_fields)]
    return pa.Array.from_buffers(
        kind,
        length,
        [None if buffer is None else pa.py_buffer(buffer) for buffer in buffers],
        null_count=nulls,
        children=[_array(one, child) for one, child in zip(kinds, children, strict=True)],
    )


class ColumnsMaker(NamedTuple):
    """`new(fields)` gives empty columns."""

    name: str
    new: Callable[[Sequence[pa.Field]], Columns]


PYTHON = ColumnsMaker("python", PythonColumns)
NATIVE = ColumnsMaker("native", NativeColumns) if is_current(_columns) else None


def choose(wanted: str | None) -> ColumnsMaker:
    """The maker of that name; None takes the native one if there is one.

    >>> choose("python").name
    'python'
    """
    return choose_part(VARIABLE, wanted, python=PYTHON, native=NATIVE, what="builder of columns", built=_columns)


current = choose(wanted_part(VARIABLE))
"""The maker in use. Tests put another here."""
