"""Makes small Wikidata dumps for tests, in the form of latest-all.json."""

import json
from collections.abc import Mapping, Sequence

JsonMap = Mapping[str, object]


def terms(values: Mapping[str, str]) -> JsonMap:
    """`{"en": "Rome"}` as labels or descriptions."""
    return {code: {"language": code, "value": value} for code, value in values.items()}


def snak(value: object, kind: str = "wikibase-entityid", snaktype: str = "value") -> JsonMap:
    """A main snak; a number is the item of that number."""
    if isinstance(value, int):
        value = {"entity-type": "item", "numeric-id": value, "id": f"Q{value}"}
    inner = {"datavalue": {"type": kind, "value": value}} if snaktype == "value" else {}
    return {"snaktype": snaktype, "property": "P1", "datatype": kind, **inner}


def statement(value: object, rank: str = "normal", **more: str) -> JsonMap:
    """A statement with its rank."""
    return {"mainsnak": snak(value, **more), "type": "statement", "rank": rank, "references": [{"hash": "x"}]}


def item(qid: int, **parts: object) -> JsonMap:
    """An item; the parts that are not given are empty maps in PHP's way, `[]`."""
    empty = {name: [] for name in ("labels", "descriptions", "aliases", "claims", "sitelinks")}
    return {"type": "item", "id": f"Q{qid}", **empty, **parts, "lastrevid": 1}


def linked(qid: int, *sites: str) -> JsonMap:
    """An item with a sitelink of its number on each site, and a German label."""
    links = {site: {"site": site, "title": f"T {qid}", "badges": []} for site in sites}
    return item(qid, labels=terms({"de": f"Ding {qid}"}), sitelinks=links, claims={"P31": [statement(5)]})


def array(entities: Sequence[JsonMap | str]) -> bytes:
    """An array with an entity a line; a string stands as it is."""
    lines = [value if isinstance(value, str) else json.dumps(value, separators=(",", ":")) for value in entities]
    return ("[\n" + ",\n".join(lines) + "\n]\n").encode()
