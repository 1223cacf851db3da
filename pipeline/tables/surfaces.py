"""Pieces of texts by code points, many at once: Arrow and numpy, no Python string is made."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Ints = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]


def surfaces(texts: pa.StringArray, rows: Ints, starts: Ints, ends: Ints) -> pa.StringArray:
    """`texts[row][start:end]` of each (row, start, end); places are half-open and count code points.

    Fast where the pieces ascend and do not overlap, as mentions do: then they and what lies between them are the
    elements of one array over the texts' own bytes, and every second one is taken. As in Python, what lies behind a
    text's end is empty.

    >>> texts = pa.array(["È Roma.", "Non è 東京!"])
    >>> surfaces(texts, np.array([0, 1, 1]), np.array([2, 4, 6]), np.array([6, 5, 8])).to_pylist()
    ['Roma', 'è', '東京']
    """
    if not len(rows):
        return pa.array([], pa.string())
    offsets, data = _buffers(texts)
    begin_of = _Places(offsets, np.flatnonzero((data & 0xC0) == 0x80))
    begins, ends = begin_of(rows, starts), begin_of(rows, np.maximum(starts, ends))
    edges = np.empty(2 * len(rows), np.int64)
    edges[0::2], edges[1::2] = begins, ends
    if (edges[1:] < edges[:-1]).any():
        pieces = [data[begin:end].tobytes() for begin, end in zip(begins.tolist(), ends.tolist(), strict=True)]
        return pa.array(pieces, pa.binary()).cast(pa.string())
    places = pa.py_buffer(edges.astype(np.int32).tobytes())
    alternating = pa.StringArray.from_buffers(len(edges) - 1, places, pa.py_buffer(data))
    return alternating.take(pa.array(np.arange(0, len(edges), 2)))


def _buffers(texts: pa.StringArray) -> tuple[Ints, Bytes]:
    """Where each text begins and the last one ends, in bytes, and the bytes."""
    _, places, content = texts.buffers()
    offsets = np.frombuffer(places, np.int32)[texts.offset : texts.offset + len(texts) + 1].astype(np.int64)
    data = np.frombuffer(content, np.uint8) if content is not None else np.zeros(0, np.uint8)
    return offsets - offsets[0], data[offsets[0] : offsets[-1]]


class _Places:
    """At which byte each code point begins. `inner`: the bytes 10xxxxxx of UTF-8, ascending; none begins there."""

    def __init__(self, offsets: Ints, inner: Ints) -> None:
        self.ends, self.inner = offsets, inner
        if len(inner):
            self.ends = offsets - np.searchsorted(inner, offsets)
            self.points_before = inner - np.arange(len(inner))

    def __call__(self, rows: Ints, points: Ints) -> Ints:
        wanted: Ints = np.minimum(self.ends[rows] + points, self.ends[rows + 1])
        if not len(self.inner):
            return wanted
        return wanted + np.searchsorted(self.points_before, wanted, side="right")
