"""Links and repeats of passages → mentions.

Each link becomes exactly one row, with what became of it as its status. Of the names that stand where no link does
(`repeats`) only those that stand for an item become rows; the others are counted by the reason.
"""

from collections import Counter
from functools import reduce

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.errors import JobFailedError
from pipeline.manifest.parts import PartWriter
from pipeline.records import MentionSource, MentionStatus
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
RESOLVED = CODES.index("resolved")
SOURCES: tuple[MentionSource, ...] = ("link", "title", "repeat")
"""Sources by their number, likewise."""

_LINKS = """
select page_id, passage_index, link.start as start, link."end" as "end", text, link.target as target,
       0::tinyint as source
from (select page_id, passage_index, unnest(links) as link, text from read_parquet($passages))
"""
_REPEATS = """
select found.page_id, found.passage_index, found.start, found."end", passage.text, found.target,
       (list_position($sources::varchar[], found.source) - 1)::tinyint as source
from read_parquet($repeats) as found
join read_parquet($passages) as passage
    on found.page_id = passage.page_id and found.passage_index = passage.passage_index
"""
# A passage and a place in it are a mention's key: `ordered` checks that they are. A page's own name stands for its
# item; a link to the page that it stands in does not.
_MENTIONS = """
with place as ({places}),
title as (
    select title, target_page_id, qid, (list_position($codes::varchar[], status) - 1)::tinyint as code
    from read_parquet($titles)
)
select place.page_id, place.passage_index, place.start, place."end",
       substring(place.text, place.start + 1, place."end" - place.start) as surface,
       title.qid,
       case when title.title is null then 0
            when title.target_page_id = place.page_id and place.source <> 1 then 1
            else code end::tinyint as status,
       place.source
from place left join title on place.target = title.title
order by place.page_id, place.passage_index, place.start, place."end"
"""


def write_mentions(
    connection: Connection, passages: list[str], repeats: list[str], titles: list[str], writer: PartWriter
) -> Counter[str]:
    """Writes the mentions of some passages files of one language and of the repeats that belong to them.

    Counts `passages`, `links` = all `status_…`; `repeats` = `mentions_title` + `mentions_repeat` + `repeats_…` (by
    reason); `mentions`: rows. Raises JobFailedError where these do not add up, or two mentions are in one place.
    """
    writer.dictionary = ["status", "source"]
    counts = count_links(passages)
    counts["repeats"] = sum(pq.read_metadata(path).num_rows for path in repeats)
    places = f"{_LINKS} union all {_REPEATS}" if counts["repeats"] else _LINKS
    parameters: dict[str, object] = {"passages": passages, "titles": titles, "codes": list(CODES)}
    if counts["repeats"]:
        parameters |= {"repeats": repeats, "sources": list(SOURCES)}
    seen: Counter[str] = Counter()
    last: tuple[object, ...] | None = None
    for found in batches(connection, _MENTIONS.format(places=places), parameters):
        last = ordered(found, last)
        for number, source in enumerate(SOURCES):
            count_statuses(found.filter(pc.equal(found.column("source"), number)), source, seen)
        is_link, is_resolved = pc.equal(found.column("source"), 0), pc.equal(found.column("status"), RESOLVED)
        rows = found.filter(pc.or_(is_link, is_resolved))
        names = [pa.array(CODES).take(rows.column("status")), pa.array(SOURCES).take(rows.column("source"))]
        if rows.num_rows:
            write_row_group(as_batch([*rows.columns[:-2], *names], writer.table), writer)
    counts.update(seen)
    check_sums(counts, writer.rows)
    return counts


def count_statuses(rows: pa.RecordBatch, source: MentionSource, counts: Counter[str]) -> None:
    """Counts rows of one source: links by status; repeats as mentions, or by the reason why they are none."""
    for value in pc.value_counts(rows.column("status")).to_pylist():
        status, number = CODES[value["values"]], value["counts"]
        if source == "link":
            counts[f"status_{status}"] += number
        if source == "link" or status == "resolved":
            counts[f"mentions_{source}"] += number
        else:
            counts[f"repeats_{status}"] += number


def check_sums(counts: Counter[str], rows: int) -> None:
    """Sets the count `mentions`; raises JobFailedError unless each link is a row and each repeat a row or a reason."""
    counts["mentions"] = rows
    links = sum(number for name, number in counts.items() if name.startswith("status_"))
    if links != counts["links"]:
        raise JobFailedError(
            f"{counts['links']} links became {links} mentions: the titles table is not unique",
            next_step="extract this language again, then xlmk resolve",
        )
    dropped = sum(number for name, number in counts.items() if name.startswith("repeats_"))
    if counts["repeats"] != rows - links + dropped:
        raise JobFailedError(
            f"{counts['repeats']} repeats became {rows - links} mentions and {dropped} drops: the tables repeats and"
            " passages do not belong together",
            next_step="extract this language again, then xlmk resolve",
        )


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
            "a passage has two mentions in one place, or comes twice",
            next_step="extract this language again from dumps that do not overlap, then xlmk resolve",
        )
    return tuple(key[-1].as_py() for key in keys) if rows.num_rows else last
