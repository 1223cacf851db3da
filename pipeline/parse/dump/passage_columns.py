"""Passages as Arrow columns: nested columns made of flat ones, which is several times as fast as row by row."""

from collections.abc import Sequence
from itertools import accumulate, chain

import pyarrow as pa

from pipeline.records import Passage
from pipeline.schemas import TABLES


def passage_batch(passages: Sequence[Passage]) -> pa.RecordBatch:
    """One batch of the table `passages`.

    >>> from pipeline.records import Link
    >>> row = Passage(7, 0, ("History",), "paragraph", "in Rome", (Link(3, 7, "Rome", None),))
    >>> passage_batch([row]).column("links").to_pylist()
    [[{'start': 3, 'end': 7, 'target': 'Rome', 'fragment': None}]]
    """
    schema = TABLES["passages"].schema
    rows = list(zip(*passages, strict=True)) if passages else [()] * len(schema)
    page_ids, indexes, sections, kinds, texts, links = rows
    kind = schema.field("links").type.value_type
    flat = list(zip(*chain.from_iterable(links), strict=True)) or [()] * kind.num_fields
    structs = pa.StructArray.from_arrays(
        [pa.array(column, type=field.type) for column, field in zip(flat, kind, strict=True)], fields=list(kind)
    )
    words = pa.array(list(chain.from_iterable(sections)), type=pa.string())
    columns = [
        pa.array(page_ids, type=pa.int64()),
        pa.array(indexes, type=pa.int32()),
        pa.ListArray.from_arrays(_offsets(sections), words, type=schema.field("section").type),
        pa.array(kinds, type=pa.string()),
        pa.array(texts, type=pa.string()),
        pa.ListArray.from_arrays(_offsets(links), structs, type=schema.field("links").type),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _offsets(lists: Sequence[Sequence[object]]) -> pa.Array:
    """Where each list begins in the list of all their elements, and the end."""
    return pa.array(list(accumulate(map(len, lists), initial=0)), type=pa.int32())
