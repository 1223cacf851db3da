"""Items that were merged into others: where each old id ends.

A chain Q1 → Q2 → Q3 is followed to its end, at most MAX_REDIRECTS steps; loops and longer chains lead nowhere. An id
that was kept as an item itself (two sources of different days) is only replaced by one that was kept, too.
"""

from pipeline.tables.connection import Connection, fetch, fetch_counts
from pipeline.tables.walk import walk

MAX_REDIRECTS = 16
"""Steps of a chain that are followed; Wikidata's bots shorten chains to one."""

_HOP = "create temp table hop as select qid as source, target_qid as target from read_parquet($item_redirects)"
_REDIRECTED = """
create temp table redirected as
with kept as (
    select qid from read_parquet($entities)
    where qid in (select source from settled union all select target from settled)
)
select source as qid, target as target_qid from settled
where target in (from kept) or source not in (from kept)
"""
_DROP = "drop table hop; drop table settled; drop table walking"
_COUNTS = "select count(*) as item_redirects_without_end from walking"


def load_item_redirects(connection: Connection, item_redirects: list[str], entities: list[str]) -> dict[str, int]:
    """Makes the table `redirected` (qid, target_qid: where it ends) from some files; counts chains without an end."""
    fetch(connection, _HOP, {"item_redirects": item_redirects})
    walk(connection, MAX_REDIRECTS)
    fetch(connection, _REDIRECTED, {"entities": entities})
    counts = fetch_counts(connection, _COUNTS)
    fetch(connection, _DROP)
    return counts
