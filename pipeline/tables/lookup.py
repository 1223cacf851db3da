"""What the titles that places lead to stand for: the join of resolution, out of core, answered by a place's number.

Titles are compared by two 64-bit hashes of them, of which a wrong match would need both to agree (2^-128 a pair): rows
are then small and of fixed width, which makes the join twice as fast as one of texts. What comes back may be in any
order: it is put where it belongs by its number, so nothing has to be sorted.
"""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.errors import JobFailedError
from pipeline.records import MentionStatus
from pipeline.tables.connection import Connection, fetch
from pipeline.tables.places import TARGETS

CODES: tuple[MentionStatus, ...] = (
    "red",
    "self_link",
    "resolved",
    "disambiguation",
    "list",
    "no_item",
    "redirect_red",
    "redirect_loop",
)
"""Statuses by the number that stands for them."""
RED, SELF_LINK, RESOLVED = 0, 1, 2
_BATCH_ROWS = 1 << 16

# DuckDB cannot know how many places will come and would keep them all in memory instead of the titles.
_AS_WRITTEN = "set disabled_optimizers = 'join_order,build_side_probe_side'"
_FREELY = "reset disabled_optimizers"
# A page's own name stands for its item; a link to the page that it stands in does not.
_JOIN = """
with title as (
    select hash(title) as one, hash('#' || title) as two, coalesce(qid, 0) as qid,
           coalesce(target_page_id, -1) as target_page_id,
           (list_position($codes::varchar[], status) - 1)::tinyint as code
    from read_parquet($titles)
), place as (
    select number, page_id, hash(target) as one, hash('#' || target) as two from places
)
select number, qid,
       case when target_page_id = page_id then $self_link else code end::tinyint as code
from place join title on place.one = title.one and place.two = title.two
"""


def look_up(
    connection: Connection, titles: list[str], targets: Iterable[pa.RecordBatch], size: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int8]]:
    """The item (0: none) and the status (index into CODES) of each of `size` places, by its number.

    `targets`: batches of `places.TARGETS`. A place whose target is no title is red. Raises JobFailedError where a
    title comes twice.
    """
    qids, codes = np.zeros(size, np.int64), np.full(size, RED, np.int8)
    found = 0
    fetch(connection, _AS_WRITTEN)
    connection.register("places", pa.RecordBatchReader.from_batches(TARGETS, targets))
    parameters = {"titles": titles, "codes": list(CODES), "self_link": SELF_LINK}
    for batch in connection.sql(_JOIN, params=parameters).to_arrow_reader(_BATCH_ROWS):
        at = batch.column("number").to_numpy()
        qids[at], codes[at] = batch.column("qid").to_numpy(), batch.column("code").to_numpy()
        found += batch.num_rows
    connection.unregister("places")
    fetch(connection, _FREELY)
    if found != np.count_nonzero(codes != RED):
        raise JobFailedError(
            f"{size} places became {found} matches of {np.count_nonzero(codes != RED)}: the titles table is not unique",
            next_step="extract this language again, then xlmk resolve",
        )
    return qids, codes
