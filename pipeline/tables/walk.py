"""Chains of redirects followed to their ends, all together, a step a round."""

from pipeline.tables.connection import Connection, fetch, fetch_counts

# Few redirects lead to another one: only those walk on.
_SETTLED = "create temp table settled as select * from hop anti join hop as next on hop.target = next.source"
_WALKING = "create temp table walking as select * from hop semi join hop as next on hop.target = next.source"
_STEP = """
create or replace temp table walking as
select walking.source, hop.target from walking join hop on walking.target = hop.source
"""
_SETTLE = "insert into settled select * from walking anti join hop on walking.target = hop.source"
_WALK_ON = "create or replace temp table walking as select * from walking semi join hop on walking.target = hop.source"
_LEFT = 'select count(*) as "left" from walking'


def walk(connection: Connection, max_redirects: int) -> None:
    """From `hop` (source, target; each source once) makes `settled` (source, where it ends) and `walking` (no end).

    A chain a → b → c of two redirects ends within `max_redirects` = 2; what is left walking is a loop or longer.
    """
    fetch(connection, _SETTLED)
    fetch(connection, _WALKING)
    for _ in range(max_redirects - 1):
        if fetch_counts(connection, _LEFT) == {"left": 0}:
            break
        fetch(connection, _STEP)
        fetch(connection, _SETTLE)
        fetch(connection, _WALK_ON)
