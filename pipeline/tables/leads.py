"""The lead of each article that has an item: its first paragraph before any heading, the longer kind of description."""

from collections import Counter

from pipeline.manifest.parts import PartWriter
from pipeline.tables.connection import Connection, fetch, fetch_counts
from pipeline.tables.stream import write_rows

_OWNER = """
create temp table owner as
select page_id, qid from read_parquet($titles)
where kind = 'article' and status = 'resolved' and page_id = target_page_id
"""
_LEAD = """
create temp table lead as
select page_id, arg_min(text, passage_index) filter (where kind = 'paragraph' and len(section) = 0
                                                     and length(text) >= $min_chars) as text
from read_parquet($passages) where page_id in (select page_id from owner) group by page_id
"""
_LEADS = """
select owner.qid, lead.text from lead join owner on lead.page_id = owner.page_id
where lead.text is not null order by owner.qid
"""
_MISSING = "select count(*) as pages_without_lead from lead where text is null"


def write_leads(
    connection: Connection, passages: list[str], titles: list[str], writer: PartWriter, *, min_chars: int
) -> Counter[str]:
    """Writes the leads of some passages files of one language, by qid; returns `leads` and `pages_without_lead`.

    A lead has at least `min_chars` code points. Disambiguation pages and lists have none.
    """
    writer.dictionary = False
    fetch(connection, _OWNER, {"titles": titles})
    fetch(connection, _LEAD, {"passages": passages, "min_chars": min_chars})
    counts = Counter(fetch_counts(connection, _MISSING))
    counts["leads"] = write_rows(connection, _LEADS, {}, writer)
    return counts
