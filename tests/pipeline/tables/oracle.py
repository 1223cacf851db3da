"""Resolution in plain Python, slow and obvious: what the SQL must equal on any input."""

from collections.abc import Iterable

from pipeline.records import Entity, EntityText, ItemRedirect, Page, Passage, Repeat, Sitelink, Statement

DISAMBIGUATION, LIST = {4167410}, {13406463}


def current(redirects: list[ItemRedirect], entities: list[Entity]) -> dict[int, int]:
    """Where each old id leads: not round in circles, and from a kept item to a kept one only."""
    kept, target_of = {entity.qid for entity in entities}, {one.qid: one.target_qid for one in redirects}
    ends: dict[int, int] = {}
    for qid in target_of:
        end, seen = qid, {qid}
        while end in target_of and target_of[end] not in seen:
            end = target_of[end]
            seen.add(end)
        if end not in target_of and (end in kept or qid not in kept):
            ends[qid] = end
    return ends


def one_page_a_title(pages: Iterable[Page]) -> dict[str, Page]:
    """Of pages with one title the one that is no redirect and has the lowest id."""
    chosen: dict[str, Page] = {}
    for page in sorted(pages, key=lambda page: (page.kind == "redirect", page.page_id)):
        chosen.setdefault(page.title, page)
    return chosen


def item_of_title(sitelinks: Iterable[Sitelink], lang: str) -> dict[str, int]:
    """The lowest item of each title; then the lowest title of each item."""
    of_title: dict[str, int] = {}
    for link in sorted(link for link in sitelinks if link.lang == lang):
        of_title.setdefault(link.title, link.qid)
    of_item: dict[int, str] = {}
    for title, qid in sorted(of_title.items()):
        of_item.setdefault(qid, title)
    return {title: qid for qid, title in of_item.items()}


def titles(
    pages: list[Page],
    sitelinks: list[Sitelink],
    entities: list[Entity],
    redirects: list[ItemRedirect],
    max_redirects: int,
    lang: str = "it",
) -> list[tuple[object, ...]]:
    """The rows of the titles table."""
    ends = current(redirects, entities)
    sitelinks = [link._replace(qid=ends.get(link.qid, link.qid)) for link in sitelinks]
    page_of, item_of = one_page_a_title(pages), item_of_title(sitelinks, lang)
    classes = {entity.qid: set(entity.instance_of) for entity in entities}
    rows: list[tuple[object, ...]] = []
    for title in sorted(set(page_of) | set(item_of), key=str.encode):
        page, end, hops = page_of.get(title), title, 0
        while end in page_of and page_of[end].kind == "redirect" and end not in item_of and hops <= max_redirects:
            target = page_of[end].redirect_title
            assert target is not None
            end, hops = target, hops + 1
        own = (title, page.page_id if page else None, page.kind if page else None)
        if hops > max_redirects:
            rows.append((*own, title, None, None, "redirect_loop"))
            continue
        found, qid = page_of.get(end), item_of.get(end)
        rows.append((*own, end, found.page_id if found else None, qid, status(found, qid, classes)))
    return rows


def status(page: Page | None, qid: int | None, classes: dict[int, set[int]]) -> str:
    """What the title at the end of a chain stands for."""
    if page is not None and page.kind == "disambiguation":
        return "disambiguation"
    if qid is None:
        return "redirect_red" if page is None else "no_item"
    if classes.get(qid, set()) & DISAMBIGUATION:
        return "disambiguation"
    return "list" if classes.get(qid, set()) & LIST else "resolved"


def mentions(
    passages: list[Passage], repeats: list[Repeat], title_rows: list[tuple[object, ...]]
) -> list[tuple[object, ...]]:
    """The rows of the mentions table."""
    of_title = {row[0]: row for row in title_rows}
    rows: list[tuple[object, ...]] = []
    for passage in sorted(passages):
        for link in sorted(passage.links, key=lambda link: (link.start, link.end)):
            place = (passage.page_id, passage.passage_index, link.start, link.end)
            surface = passage.text[link.start : link.end]
            row = of_title.get(link.target)
            if row is None:
                rows.append((*place, surface, None, "red", "link"))
            else:
                itself = row[4] == passage.page_id
                rows.append((*place, surface, row[5], "self_link" if itself else row[6], "link"))
    texts = {(passage.page_id, passage.passage_index): passage.text for passage in passages}
    for one in repeats:
        row = of_title.get(one.target)
        if row is not None and row[6] == "resolved" and (one.source == "title" or row[4] != one.page_id):
            surface = texts[one.page_id, one.passage_index][one.start : one.end]
            rows.append((*one[:4], surface, row[5], "resolved", one.source))
    return sorted(rows, key=lambda row: row[:4])


def leads(passages: list[Passage], title_rows: list[tuple[object, ...]], min_chars: int) -> list[tuple[object, ...]]:
    """The rows of the leads table."""
    rows = []
    for _title, page_id, kind, _target, target_page_id, qid, verdict in title_rows:
        if kind == "article" and verdict == "resolved" and page_id == target_page_id:
            mine = sorted(passage for passage in passages if passage.page_id == page_id)
            wanted = [p for p in mine if p.kind == "paragraph" and not p.section and len(p.text) >= min_chars]
            rows += [(qid, passage.text) for passage in wanted[:1]]
    return sorted(rows)


def triples(
    statements: list[Statement], entities: list[Entity], texts: list[EntityText], redirects: list[ItemRedirect]
) -> list[tuple[object, ...]]:
    """The rows of the triples table."""
    ends = current(redirects, entities)
    statements = [
        s._replace(subject_qid=ends.get(s.subject_qid, s.subject_qid), object_qid=ends.get(s.object_qid, s.object_qid))
        for s in statements
    ]
    kept = {entity.qid for entity in entities}
    described = kept & {text.qid for text in texts if text.label is not None or text.description is not None}
    best: dict[tuple[int, int], str] = {}
    for statement in statements:
        if statement.rank == "preferred":
            best[statement.subject_qid, statement.property_id] = "preferred"
    return sorted(
        {
            (s.subject_qid, s.property_id, s.object_qid)
            for s in statements
            if s.rank == best.get((s.subject_qid, s.property_id), "normal")
            and s.subject_qid != s.object_qid
            and {s.subject_qid, s.object_qid} <= described
        }
    )
