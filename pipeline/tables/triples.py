"""Statements → triples: distinct, truthy, both ends described in a wanted language; what is dropped has a reason.

Both ends are the items that old ids lead to today, before anything is judged: a statement that names a merged item is
one about the item it was merged into.
"""

from collections import Counter
from dataclasses import dataclass

from pipeline.errors import JobFailedError
from pipeline.manifest.parts import PartWriter
from pipeline.tables.connection import Connection, fetch, fetch_counts
from pipeline.tables.item_redirects import load_item_redirects
from pipeline.tables.stream import write_rows


@dataclass(frozen=True, kw_only=True)
class TripleInputs:
    """Files of one bucket of triples: the statements whose subject's current id has `qid % buckets == bucket`."""

    statements: list[str]
    entities: list[str]
    entity_texts: list[str]
    item_redirects: list[str]
    bucket: int
    buckets: int


_STATEMENT = """
create temp table statement as
select coalesce(subject.target_qid, subject_qid) as subject_qid, property_id,
       coalesce(object.target_qid, object_qid) as object_qid, rank,
       subject.qid is not null as redirected_subject, object.qid is not null as redirected_object
from read_parquet($statements) as statement
left join redirected as subject on subject_qid = subject.qid
left join redirected as object on object_qid = object.qid
where coalesce(subject.target_qid, subject_qid) % $buckets = $bucket
"""
_KNOWN = """
create temp table known as
select entity.qid, bool_or(described.qid is not null) as described
from read_parquet($entities) as entity
left join (
    select distinct qid from read_parquet($entity_texts) where label is not null or description is not null
) as described on entity.qid = described.qid
group by entity.qid
"""
_PREFERRED = """
create temp table preferred as
select distinct subject_qid, property_id from statement where rank = 'preferred'
"""
_JUDGED = """
create temp table judged as
select statement.subject_qid, statement.property_id, statement.object_qid,
       case when rank = 'deprecated' then 'deprecated'
            when rank = 'normal' and preferred.subject_qid is not null then 'not_best_rank'
            when statement.subject_qid = object_qid then 'subject_is_object'
            when subject.qid is null then 'subject_not_kept'
            when object.qid is null then 'object_not_kept'
            when not subject.described then 'subject_not_described'
            when not object.described then 'object_not_described'
            else 'triple' end as verdict
from statement
left join preferred
    on statement.subject_qid = preferred.subject_qid and statement.property_id = preferred.property_id
left join known as subject on statement.subject_qid = subject.qid
left join known as object on statement.object_qid = object.qid
"""
_VERDICTS = "select verdict, count(*) from judged group by verdict order by verdict"
_TRIPLES = """
select distinct subject_qid, property_id, object_qid from judged where verdict = 'triple'
order by subject_qid, property_id, object_qid
"""
_STATEMENTS = """
select count(*) as statements, count(*) filter (where redirected_subject) as redirected_subjects,
       count(*) filter (where redirected_object) as redirected_objects
from statement
"""


def write_triples(connection: Connection, inputs: TripleInputs, writer: PartWriter) -> Counter[str]:
    """Writes the triples of one bucket; returns `statements`, `triples` and `dropped_<reason>`, which add up.

    Besides, `redirected_subjects` and `redirected_objects`: statements in which an old id was replaced.
    """
    bucket = {"buckets": inputs.buckets, "bucket": inputs.bucket}
    load_item_redirects(connection, inputs.item_redirects, inputs.entities)
    fetch(connection, _STATEMENT, {"statements": inputs.statements, **bucket})
    fetch(connection, _KNOWN, {"entities": inputs.entities, "entity_texts": inputs.entity_texts})
    fetch(connection, _PREFERRED)
    fetch(connection, _JUDGED)
    totals = Counter(fetch_counts(connection, _STATEMENTS))
    statements = totals["statements"]
    verdicts: Counter[str] = Counter(dict(fetch(connection, _VERDICTS)))
    rows = write_rows(connection, _TRIPLES, {}, writer)
    counts = Counter({f"dropped_{name}": number for name, number in verdicts.items() if name != "triple"})
    counts["dropped_duplicate"] = verdicts["triple"] - rows
    if sum(counts.values()) + rows != statements:
        raise JobFailedError(f"{statements} statements became {rows} triples and {sum(counts.values())} drops")
    return counts + totals + Counter(triples=rows)
