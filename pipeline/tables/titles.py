"""What every title of one Wikipedia stands for: redirects followed, sitelinks looked up.

    pages ──┐ article ───────────────────────────────┐
            └ redirect ─▶ hop ─▶ hop … (bounded) ────┤─▶ target ─▶ sitelink ─▶ qid, status
    sitelinks (also of pages that the dump lacks) ───┘

A chain of redirects ends at the first title that has a sitelink of its own (Wikidata links some redirects to the item
that is exactly their topic), else at the first title that is no redirect. Sitelinks of an item that was merged into
another are the other's.
"""

from collections import Counter
from dataclasses import dataclass

from pipeline.manifest.parts import PartWriter
from pipeline.tables.connection import Connection, fetch, fetch_counts
from pipeline.tables.item_redirects import load_item_redirects
from pipeline.tables.stream import write_rows
from pipeline.tables.walk import walk

DISAMBIGUATION_CLASSES = (4167410, 22808320, 61996773, 66480449)
"""Classes (P31) of disambiguation pages: Wikimedia disambiguation page, human name disambiguation page, municipality
name disambiguation page, surname disambiguation page. Source: the items of these numbers on Wikidata."""
LIST_CLASSES = (13406463,)
"""Classes (P31) of lists: Wikimedia list article. Source: the item of this number on Wikidata."""


@dataclass(frozen=True, kw_only=True)
class TitleInputs:
    """Files and settings of one language's titles."""

    lang: str
    pages: list[str]
    sitelinks: list[str]
    entities: list[str]
    item_redirects: list[str]
    max_redirects: int
    disambiguation_classes: tuple[int, ...] = DISAMBIGUATION_CLASSES
    list_classes: tuple[int, ...] = LIST_CLASSES


# Of several pages of one title (overlapping dumps) the one that is no redirect, then that of the lowest id. Such titles
# are rare: looking for them first is cheaper than grouping all pages with all their columns.
_TWICE = "create temp table twice as select title from read_parquet($pages) group by title having count(*) > 1"
_PAGE = """
create temp table page as
select title, page_id, kind, redirect_title from read_parquet($pages) where title not in (from twice)
union all
select title, best.page_id, best.kind, best.redirect_title from (
    select title, min(struct_pack(is_redirect := kind = 'redirect', page_id := page_id, kind := kind,
                                  redirect_title := redirect_title)) as best
    from read_parquet($pages) where title in (from twice) group by title
)
"""
# One item a title and one title an item, also where dumps of different days contradict each other.
_SITELINK = """
create temp table sitelink as
with current as (
    select title, coalesce(redirected.target_qid, link.qid) as qid
    from read_parquet($sitelinks) as link left join redirected on link.qid = redirected.qid
    where lang = $lang
)
select min(title) as title, qid from (select title, min(qid) as qid from current group by title) group by qid
"""
_CLASS = """
create temp table class as
select qid,
       bool_or(list_has_any(instance_of, $disambiguation::bigint[])) as disambiguation,
       bool_or(list_has_any(instance_of, $lists::bigint[])) as list
from read_parquet($entities)
where list_has_any(instance_of, $disambiguation::bigint[] || $lists::bigint[])
group by qid
"""
_BASE = """
create temp table base as
select coalesce(page.title, sitelink.title) as title, page.page_id, page.kind, sitelink.qid
from page full join sitelink on page.title = sitelink.title
"""
_HOP = """
create temp table hop as
select title as source, redirect_title as target from page
where kind = 'redirect' and redirect_title is not null and title not in (select title from sitelink)
"""

_TITLES = """
with reached as (
    select title, page_id, kind, title as target, page_id as target_page_id, kind as target_kind, qid, '' as broken
    from base anti join hop on base.title = hop.source
    union all
    select page.title, page.page_id, page.kind, settled.target, base.page_id, base.kind, base.qid,
           case when base.title is null then 'redirect_red' else '' end
    from settled join page on settled.source = page.title left join base on settled.target = base.title
    union all
    select page.title, page.page_id, page.kind, page.title, null, null, null, 'redirect_loop'
    from walking join page on walking.source = page.title
)
select title, page_id, kind, target, target_page_id, reached.qid,
       case when broken <> '' then broken
            when class.disambiguation or target_kind = 'disambiguation' then 'disambiguation'
            when reached.qid is null then 'no_item'
            when class.list then 'list'
            else 'resolved' end as status
from reached left join class on reached.qid = class.qid
order by title
"""
_COUNTS = """
select (select count(*) from read_parquet($pages)) - (select count(*) from page) as pages_of_the_same_title,
       (select count(*) from read_parquet($sitelinks) where lang = $lang) - (select count(*) from sitelink)
           as sitelinks_contradicting,
       (select count(*) from read_parquet($sitelinks) where lang = $lang and qid in (select qid from redirected))
           as redirected_sitelinks,
       (select count(*) from base where page_id is null) as titles_without_page
"""


def write_titles(connection: Connection, inputs: TitleInputs, writer: PartWriter) -> Counter[str]:
    """Writes the `titles` of one language in the order of their code points; returns counts of what was odd."""
    pages = {"pages": inputs.pages}
    sitelinks: dict[str, object] = {"sitelinks": inputs.sitelinks, "lang": inputs.lang}
    ends = load_item_redirects(connection, inputs.item_redirects, inputs.entities)
    fetch(connection, _TWICE, pages)
    fetch(connection, _PAGE, pages)
    fetch(connection, _SITELINK, sitelinks)
    classes = {"disambiguation": list(inputs.disambiguation_classes), "lists": list(inputs.list_classes)}
    fetch(connection, _CLASS, {"entities": inputs.entities, **classes})
    fetch(connection, _BASE)
    fetch(connection, _HOP)
    walk(connection, inputs.max_redirects)
    counts = fetch_counts(connection, _COUNTS, {**pages, **sitelinks}) | ends
    result = Counter({name: number for name, number in counts.items() if number})
    writer.dictionary = ["kind", "status"]
    result["titles"] = write_rows(connection, _TITLES, {}, writer)
    return result
