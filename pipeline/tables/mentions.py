"""Links of passages → mentions: each link becomes exactly one row, with what became of it as its status."""

from collections import Counter
from functools import reduce

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.errors import JobFailedError
from pipeline.manifest.parts import PartWriter
from pipeline.records import MentionStatus
from pipeline.tables.connection import Connection
from pipeline.tables.stream import as_batch, batches, write_row_group

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
"""Statuses by the number that stands for them while rows are joined and sorted: small rows sort faster."""

# A passage and a place in it are a link's key: `ordered` checks that they are.
_MENTIONS = """
with link as (
    select page_id, passage_index, unnest(links) as link, text from read_parquet($passages)
),
title as (
    select title, target_page_id, qid, (list_position($codes::varchar[], status) - 1)::tinyint as code
    from read_parquet($titles)
)
select link.page_id, link.passage_index, link.link.start as start, link.link."end" as "end",
       substring(link.text, link.link.start + 1, link.link."end" - link.link.start) as surface,
       title.qid,
       case when title.title is null then 0 when title.target_page_id = link.page_id then 1 else code end::tinyint
           as status
from link left join title on link.link.target = title.title
order by link.page_id, link.passage_index, start, "end"
"""


def write_mentions(connection: Connection, passages: list[str], titles: list[str], writer: PartWriter) -> Counter[str]:
    """Writes the mentions of some passages files of one language; returns `links`, `passages` and `status_…` counts.

    Raises JobFailedError where the number of rows is not the number of links, or two links are in one place.
    """
    writer.dictionary = ["status", "source"]
    counts = count_links(passages)
    parameters = {"passages": passages, "titles": titles, "codes": list(CODES)}
    last: tuple[object, ...] | None = None
    for rows in batches(connection, _MENTIONS, parameters):
        last = ordered(rows, last)
        statuses = rows.column("status")
        for value in pc.value_counts(statuses).to_pylist():
            counts[f"status_{CODES[value['values']]}"] += value["counts"]
        columns = [*rows.columns[:-1], pa.array(CODES).take(statuses), pa.repeat("link", rows.num_rows)]
        write_row_group(as_batch(columns, writer.table), writer)
        counts["mentions"] += rows.num_rows
    if counts["mentions"] != counts["links"]:
        raise JobFailedError(
            f"{counts['links']} links became {counts['mentions']} mentions: the titles table is not unique",
            next_step="extract this language again, then xlmk resolve",
        )
    return counts


def count_links(passages: list[str]) -> Counter[str]:
    """`passages` and `links` in some files, from their metadata: a count that does not depend on the query above.

    A leaf column below a list has an entry for each element and one, counted as null, for each empty list.
    """
    counts: Counter[str] = Counter()
    for path in passages:
        metadata = pq.read_metadata(path)
        names = [metadata.schema.column(number).path for number in range(metadata.num_columns)]
        leaf = names.index("links.list.element.start")
        for group in range(metadata.num_row_groups):
            column = metadata.row_group(group).column(leaf)
            if column.num_values:
                counts["links"] += column.num_values - column.statistics.null_count
        counts["passages"] += metadata.num_rows
    return counts


def ordered(rows: pa.RecordBatch, last: tuple[object, ...] | None) -> tuple[object, ...] | None:
    """Checks that no place comes twice, from the row `last` of the batch before on; returns this batch's last place."""
    keys = [rows.column(name) for name in ("page_id", "passage_index", "start", "end")]
    same = [pc.equal(key[1:], key[:-1]) for key in keys]
    twice = pc.any(reduce(pc.and_, same)).as_py() or (
        rows.num_rows > 0 and last == tuple(key[0].as_py() for key in keys)
    )
    if twice:
        raise JobFailedError(
            "a passage has two links in one place, or comes twice",
            next_step="extract this language again from dumps that do not overlap, then xlmk resolve",
        )
    return tuple(key[-1].as_py() for key in keys) if rows.num_rows else last
