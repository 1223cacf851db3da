"""The mentions of some pages that can become MEP's examples, and why the others cannot."""

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from pipeline.examples.spans import Mentions
from pipeline.examples.splits import is_in
from pipeline.jobs.shards_arrays import has_array, load_array
from pipeline.manifest.digests import keyed_int

Ints = npt.NDArray[np.int64]
MOST_PASSAGES = 1 << 24
"""More than a page can have: it makes one number of a page's and a passage's."""


class Found(NamedTuple):
    """The usable mentions on some pages, which of their entities are held out, the others by reason, and all.

    passage            [mentions]  ascending `passage_key` of each
    start, end, qid    [mentions]  code points of the passage, half-open, and the item
    """

    passage: Ints
    start: Ints
    end: Ints
    qid: Ints
    held_out: Ints
    reasons: Counter[str]
    total: int

    def of(self, keys: Ints) -> Mentions:
        """The mentions in the passages of these keys, which are numbered in the order given."""
        first, last = (np.searchsorted(self.passage, keys, side=side) for side in ("left", "right"))
        number = last - first
        chosen = np.arange(int(number.sum())) + np.repeat(first - np.cumsum(number) + number, number)
        text = np.repeat(np.arange(len(keys)), number)
        return Mentions(text, self.start[chosen], self.end[chosen], self.qid[chosen])


def passage_key(page_id: Ints, passage_index: Ints) -> Ints:
    """One number for a passage of a page.

    >>> passage_key(np.array([1, 1]), np.array([0, 3])).tolist()
    [16777216, 16777219]
    """
    assert passage_index.max(initial=0) < MOST_PASSAGES, "passages of a page"
    return page_id.astype(np.int64) * MOST_PASSAGES + passage_index


@dataclass(frozen=True, kw_only=True)
class Entities:
    """Which entities may be mentions: ascending ids.

    `with_text` have a text of the chosen kind; `typed` are of the wanted types (None: all are); `held_out` are kept out
    of training; `own_leads` are digests of (entity, text) of the passages that leads were made from (empty: leads are
    not used); `excluded_pages` give no row.
    """

    with_text: Ints
    typed: Ints | None
    held_out: Ints
    own_leads: npt.NDArray[np.uint64]
    excluded_pages: Ints

    def is_own_lead(self, qid: int, text: str) -> bool:
        """Whether this passage is what the entity's lead was made from."""
        if not len(self.own_leads):
            return False
        wanted = np.uint64(lead_digest(qid, text))
        at = int(np.searchsorted(self.own_leads, wanted))
        return at < len(self.own_leads) and bool(self.own_leads[at] == wanted)


def lead_digest(qid: int, text: str) -> int:
    """A 64-bit digest of an entity and a passage's text."""
    return keyed_int(0, "lead", qid, text)


@lru_cache(maxsize=1)
def load_entities(folder: str, lang: str, digest: str) -> Entities:
    """The arrays that `xlmk shards` has left in `folder` for its workers, read once a process.

    `digest` identifies what is in them: other arrays in the same folder are not mistaken for these.
    """
    return Entities(
        with_text=load_array(folder, "with_text", np.int64),
        typed=load_array(folder, "typed", np.int64) if has_array(folder, "typed") else None,
        held_out=load_array(folder, "held_out", np.int64),
        own_leads=load_array(folder, f"leads-{lang}", np.uint64)
        if has_array(folder, f"leads-{lang}")
        else np.zeros(0, np.uint64),
        excluded_pages=load_array(folder, f"pages-{lang}", np.int64),
    )


def load_mentions(files: list[str], page_ids: Ints, entities: Entities, sources: tuple[str, ...]) -> Found:
    """The usable mentions on these pages, and why others are not.

    `sources` are the wanted ones (of link, title, repeat). Reasons: `excluded_page`, `source_…` (not wanted),
    `status_…` (not resolved), `no_text` (the entity has no text of the chosen kind), `type_filtered`.
    """
    wanted = pa.array(np.unique(page_ids))
    if not len(wanted) or not files:
        none = np.zeros(0, np.int64)
        return Found(none, none, none, none, none, Counter(), 0)
    page = pc.field("page_id")
    near = (page >= wanted[0]) & (page <= wanted[-1])
    columns = ["page_id", "passage_index", "start", "end", "qid", "status", "source"]
    source = ds.dataset(files, format="parquet", partitioning=None)
    table = source.to_table(columns=columns, filter=near, use_threads=False)
    table = table.filter(pc.is_in(table.column("page_id"), value_set=wanted))
    reasons: Counter[str] = Counter()
    total = table.num_rows
    on_excluded = is_in(table.column("page_id").to_numpy().astype(np.int64), entities.excluded_pages)
    reasons["excluded_page"] = int(on_excluded.sum())
    table = table.filter(pa.array(~on_excluded))
    for column, wanted_values in (("source", sources), ("status", ("resolved",))):
        for value in pc.value_counts(table.column(column)).to_pylist():
            if value["values"] not in wanted_values:
                reasons[f"{column}_{value['values']}"] += value["counts"]
        table = table.filter(pc.is_in(table.column(column), value_set=pa.array(wanted_values, pa.string())))
    table, reasons["no_text"] = _among(table, entities.with_text)
    if entities.typed is not None:
        table, reasons["type_filtered"] = _among(table, entities.typed)
    page_id, passage, start, end, qid = (table.column(name).to_numpy().astype(np.int64) for name in columns[:5])
    key = passage_key(page_id, passage)
    order = np.argsort(key, kind="stable")
    held_out = np.unique(qid[is_in(qid, entities.held_out)])
    return Found(key[order], start[order], end[order], qid[order], held_out, +reasons, total)


def _among(table: pa.Table, ascending: Ints) -> tuple[pa.Table, int]:
    inside = is_in(table.column("qid").to_numpy().astype(np.int64), ascending)
    return table.filter(pa.array(inside)), int(len(inside) - inside.sum())
