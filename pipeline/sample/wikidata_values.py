"""JSON of Wikidata's statements, in the shape and field order of the public dumps (`latest-all.json`).

>>> item_statement("Q1", 31, 5, "normal", "a")["mainsnak"]["datavalue"]["value"]
{'entity-type': 'item', 'numeric-id': 5, 'id': 'Q5'}
"""

from typing import Any

from pipeline.records import Rank
from pipeline.sample.digest import number

Json = dict[str, Any]
GREGORIAN = "http://www.wikidata.org/entity/Q1985727"


def revision(name: str) -> Json:
    """The fields at the end of a document."""
    digest = number("revision", name)
    stamp = f"2026-{digest % 9 + 1:02}-{digest // 9 % 28 + 1:02}T{digest // 252 % 24:02}:00:00Z"
    return {"lastrevid": 2_000_000_000 + digest % 100_000_000, "modified": stamp}


def item_value(qid: int) -> Json:
    """The datavalue of an item."""
    return {"value": {"entity-type": "item", "numeric-id": qid, "id": f"Q{qid}"}, "type": "wikibase-entityid"}


def snak(property_id: int, datavalue: Json | None, datatype: str, snaktype: str = "value") -> Json:
    """A snak; without a datavalue it is `somevalue` or `novalue`."""
    value = {} if datavalue is None else {"datavalue": datavalue}
    return {"snaktype": snaktype, "property": f"P{property_id}", **value, "datatype": datatype}


def statement(subject: str, mainsnak: Json, rank: Rank, *key: object) -> Json:
    """A statement with an id made of the subject's and a digest."""
    digits = f"{number(subject, mainsnak['property'], *key):016X}{number(*key, subject):016X}"
    guid = "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
    return {"mainsnak": mainsnak, "type": "statement", "id": f"{subject}${guid}", "rank": rank}


def item_statement(subject: str, property_id: int, qid: int, rank: Rank, *key: object) -> Json:
    """A statement whose value is an item."""
    return statement(subject, snak(property_id, item_value(qid), "wikibase-item"), rank, qid, *key)


def with_source(one: Json, qid: int) -> Json:
    """`one` with a qualifier and a reference that name the item `qid`: neither is a statement of the subject."""
    qualifier = snak(518, item_value(qid), "wikibase-item")
    reference = snak(248, item_value(qid), "wikibase-item")
    return {
        **{key: one[key] for key in ("mainsnak", "type")},
        "qualifiers": {"P518": [{**qualifier, "hash": f"{number('qualifier', qid):040x}"}]},
        "qualifiers-order": ["P518"],
        **{key: one[key] for key in ("id", "rank")},
        "references": [
            {"hash": f"{number('reference', qid):040x}", "snaks": {"P248": [reference]}, "snaks-order": ["P248"]}
        ],
    }


def other_statements(subject: str, qid: int) -> list[Json]:
    """One statement of each other datatype, and one of a datatype that no reader knows (yet)."""
    amount = number("population", qid) % 90_000_000
    time = {
        "time": "+1950-01-01T00:00:00Z",
        "timezone": 0,
        "before": 0,
        "after": 0,
        "precision": 9,
        "calendarmodel": GREGORIAN,
    }
    place = {
        "latitude": 1.5,
        "longitude": 2.25,
        "altitude": None,
        "precision": 0.01,
        "globe": "http://www.wikidata.org/entity/Q2",
    }
    values: list[tuple[int, str, str, Any]] = [
        (18, "commonsMedia", "string", "Sample view.jpg"),
        (571, "time", "time", time),
        (625, "globe-coordinate", "globecoordinate", place),
        (856, "url", "string", "https://example.org/"),
        (1082, "quantity", "quantity", {"amount": f"+{amount}", "unit": "1"}),
        (1448, "monolingualtext", "monolingualtext", {"text": "Sample", "language": "la"}),
        (214, "external-id", "string", str(qid)),
        (1659, "wikibase-property", "wikibase-entityid", {"entity-type": "property", "numeric-id": 31, "id": "P31"}),
        (99999, "sample-sundial", "sample-sundial", {"shadow": [1, 2, {"3": None}]}),
    ]
    return [
        statement(subject, snak(pid, {"value": value, "type": kind}, datatype), "normal", datatype)
        for pid, datatype, kind, value in values
    ]
