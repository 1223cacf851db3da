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
from typing import get_args

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.manifest.parts import PartWriter
from pipeline.records import PageKind, TitleStatus
from pipeline.tables.connection import Connection, fetch, fetch_counts
from pipeline.tables.item_redirects import load_item_redirects
from pipeline.tables.stream import as_batch, batches, write_row_group
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
# are rare: looking for them first, by a hash, is cheaper than grouping all pages with all their columns.
_TWICE = """
create temp table twice as
select hashed from (select hash(title) as hashed from read_parquet($pages)) group by hashed having count(*) > 1
"""
_PAGES = "select title, page_id, kind, redirect_title from read_parquet($pages)"
_PAGES_ONCE = """
select title, page_id, kind, redirect_title from read_parquet($pages) where hash(title) not in (from twice)
union all
select title, best.page_id, best.kind, best.redirect_title from (
    select title, min(struct_pack(is_redirect := kind = 'redirect', page_id := page_id, kind := kind,
                                  redirect_title := redirect_title)) as best
    from read_parquet($pages) where hash(title) in (from twice) group by title
)
"""
_SITELINK = """
create temp table sitelink as
select title, coalesce(redirected.target_qid, link.qid) as qid
from read_parquet($sitelinks) as link left join redirected on link.qid = redirected.qid
where lang = $lang
"""
_UNIQUE = "select count(distinct hash(title)) = count(*) and count(distinct qid) = count(*) from sitelink"
# One item a title and one title an item, also where dumps of different days contradict each other.
_SITELINK_ONCE = """
create or replace temp table sitelink as
select min(title) as title, qid from (select title, min(qid) as qid from sitelink group by title) group by qid
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
# From here on a title is its row in `base`; `leads_to` is a redirect's target unless the redirect has an item itself.
_BASE = """
create temp table base as
select coalesce(page.title, sitelink.title) as title, page.page_id,
       (list_position($kinds::varchar[], page.kind) - 1)::tinyint as kind, sitelink.qid,
       case when page.kind = 'redirect' and sitelink.qid is null then redirect_title end as leads_to
from ({pages}) as page full join sitelink on page.title = sitelink.title
"""
# A redirect to a title that is not there leads to minus its own row less one: no other redirect does.
_HOP = """
create temp table hop as
select redirect.rowid as source, coalesce(base.rowid, -1 - redirect.rowid) as target
from base as redirect left join base on redirect.leads_to = base.title
where redirect.leads_to is not null
"""
_ENDED = """
create temp table ended as
select source, case when target >= 0 then title else leads_to end as target,
       case when target >= 0 then page_id end as page_id, case when target >= 0 then kind end as kind,
       case when target >= 0 then qid end as qid,
       case when target < 0 then $redirect_red::tinyint end as broken
from settled join base on base.rowid = case when target >= 0 then target else -1 - target end
union all
select source, null, null, null, null, $redirect_loop::tinyint from walking
"""
# `target` is null where it is the title itself, kinds and statuses are numbers: small rows sort faster.
_TITLES = """
with reached as (
    select base.title, base.page_id, base.kind, ended.target, ended.broken,
           case when ended.source is null then base.page_id else ended.page_id end as target_page_id,
           case when ended.source is null then base.kind else ended.kind end as target_kind,
           case when ended.source is null then base.qid else ended.qid end as qid
    from base left join ended on base.rowid = ended.source
)
select title, page_id, kind, target, target_page_id, reached.qid,
       case when broken is not null then broken
            when class.disambiguation or target_kind = $kind_disambiguation then $disambiguation
            when reached.qid is null then $no_item
            when class.list then $list
            else $resolved end::tinyint as status
from reached left join class on reached.qid = class.qid
order by title
"""
_COUNTS = """
select (select count(*) from read_parquet($pages)) - count(page_id) as pages_of_the_same_title,
       (select count(*) from read_parquet($sitelinks) where lang = $lang) - (select count(*) from sitelink)
           as sitelinks_contradicting,
       (select count(*) from read_parquet($sitelinks) where lang = $lang and qid in (select qid from redirected))
           as redirected_sitelinks,
       count(*) filter (where page_id is null) as titles_without_page
from base
"""
_KINDS, _STATUSES = pa.array(get_args(PageKind)), pa.array(get_args(TitleStatus))


def write_titles(connection: Connection, inputs: TitleInputs, writer: PartWriter) -> Counter[str]:
    """Writes the `titles` of one language in the order of their code points; returns counts of what was odd."""
    pages = {"pages": inputs.pages}
    sitelinks: dict[str, object] = {"sitelinks": inputs.sitelinks, "lang": inputs.lang}
    ends = load_item_redirects(connection, inputs.item_redirects, inputs.entities)
    fetch(connection, _TWICE, pages)
    is_twice = bool(fetch(connection, "select 1 from twice limit 1"))
    fetch(connection, _SITELINK, sitelinks)
    if fetch(connection, _UNIQUE) != [(True,)]:
        fetch(connection, _SITELINK_ONCE)
    classes = {"disambiguation": list(inputs.disambiguation_classes), "lists": list(inputs.list_classes)}
    fetch(connection, _CLASS, {"entities": inputs.entities, **classes})
    fetch(connection, _BASE.format(pages=_PAGES_ONCE if is_twice else _PAGES), {**pages, "kinds": _KINDS.to_pylist()})
    counts = fetch_counts(connection, _COUNTS, {**pages, **sitelinks}) | ends
    fetch(connection, "drop table sitelink")
    fetch(connection, _HOP)
    walk(connection, inputs.max_redirects)
    fetch(connection, _ENDED, {name: _status(name) for name in ("redirect_red", "redirect_loop")})
    result = Counter({name: number for name, number in counts.items() if number})
    result["titles"] = _write(connection, writer)
    return result


def _status(name: TitleStatus) -> int:
    return get_args(TitleStatus).index(name)


def _write(connection: Connection, writer: PartWriter) -> int:
    writer.dictionary, writer.statistics = ["kind", "status"], ["title", "page_id", "kind", "status"]
    named: tuple[TitleStatus, ...] = ("disambiguation", "no_item", "list", "resolved")
    codes = {"kind_disambiguation": get_args(PageKind).index("disambiguation")} | {n: _status(n) for n in named}
    rows = 0
    for batch in batches(connection, _TITLES, codes):
        title, page_id, kind, target, target_page_id, qid, status = batch.columns
        columns = [title, page_id, _KINDS.take(kind), pc.coalesce(target, title), target_page_id, qid]
        write_row_group(as_batch([*columns, _STATUSES.take(status)], writer.table), writer)
        rows += batch.num_rows
    return rows
