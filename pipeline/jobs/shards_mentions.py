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

from pipeline.examples.splits import is_in
from pipeline.jobs.shards_arrays import has_array, load_array
from pipeline.manifest.digests import keyed_int

Ints = npt.NDArray[np.int64]
ByPassage = dict[tuple[int, int], list[tuple[int, int, int]]]
"""(page_id, passage_index) → (start, end, qid) in the order of the table; code points of the passage."""


class Found(NamedTuple):
    """The usable mentions on some pages, which of their entities are held out, the others by reason, and all."""

    mentions: ByPassage
    held_out: frozenset[int]
    reasons: Counter[str]
    total: int


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
        return Found({}, frozenset(), Counter(), 0)
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
    rows = zip(*(table.column(name).to_pylist() for name in columns[:5]), strict=True)
    found: ByPassage = {}
    for page_id, passage, start, end, qid in rows:
        found.setdefault((page_id, passage), []).append((start, end, qid))
    qids = np.unique(table.column("qid").to_numpy().astype(np.int64))
    held_out = frozenset(qids[is_in(qids, entities.held_out)].tolist())
    return Found(found, held_out, +reasons, total)


def _among(table: pa.Table, ascending: Ints) -> tuple[pa.Table, int]:
    inside = is_in(table.column("qid").to_numpy().astype(np.int64), ascending)
    return table.filter(pa.array(inside)), int(len(inside) - inside.sum())
