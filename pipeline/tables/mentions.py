"""Links of passages → mentions: each link becomes exactly one row, with what became of it as its status."""

from collections import Counter

import pyarrow.compute as pc

from pipeline.errors import JobFailedError
from pipeline.manifest.parts import PartWriter
from pipeline.tables.connection import Connection, fetch_counts
from pipeline.tables.stream import stream, write_row_group

# The order is that of the table's key; equal keys (two links in one place, which no parser should make) are told
# apart by what else differs, so that the order is total in any case.
_MENTIONS = """
with link as (
    select page_id, passage_index, unnest(links) as link, text from read_parquet($passages)
)
select link.page_id, link.passage_index, link.link.start as start, link.link."end" as "end",
       substring(link.text, link.link.start + 1, link.link."end" - link.link.start) as surface,
       title.qid,
       case when title.title is null then 'red'
            when title.target_page_id = link.page_id then 'self_link'
            else title.status end as status,
       'link' as source
from link left join read_parquet($titles) as title on link.link.target = title.title
order by link.page_id, passage_index, start, "end", title.qid, status
"""
_LINKS = "select count(*) as passages, coalesce(sum(len(links)), 0)::bigint as links from read_parquet($passages)"


def write_mentions(connection: Connection, passages: list[str], titles: list[str], writer: PartWriter) -> Counter[str]:
    """Writes the mentions of some passages files of one language; returns `links`, `passages` and `status_…` counts.

    Raises JobFailedError where the number of rows is not the number of links.
    """
    counts = Counter(fetch_counts(connection, _LINKS, {"passages": passages}))
    for batch in stream(connection, _MENTIONS, {"passages": passages, "titles": titles}, writer.table):
        write_row_group(batch, writer)
        counts["mentions"] += batch.num_rows
        for value in pc.value_counts(batch.column("status")).to_pylist():
            counts[f"status_{value['values']}"] += value["counts"]
    if counts["mentions"] != counts["links"]:
        raise JobFailedError(
            f"{counts['links']} links became {counts['mentions']} mentions: the titles table is not unique",
            next_step="extract this language again, then xlmk resolve",
        )
    return counts
