"""Claims → item-valued statements with rank; everything else is counted by kind."""

import re
from collections import Counter

import msgspec

from pipeline.parse.wikidata.model import Decoders, EntityIdDoc, StatementDoc
from pipeline.records import Rank, Statement

INSTANCE_OF = 31
_RANKS: dict[str, Rank] = {"preferred": "preferred", "normal": "normal", "deprecated": "deprecated"}
_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")
_PROPERTY = re.compile(r"P([1-9][0-9]{0,9})")


def item_statements(
    subject: int, claims: msgspec.Raw, decoders: Decoders, counts: Counter[str]
) -> tuple[list[Statement], tuple[int, ...]]:
    """The item-valued statements of an item, each once, and the objects of its truthy `instance of` statements.

    Counts `statements` = `statements_stored` + `statements_repeated` + those by kind that are not stored
    (`statements_somevalue`, `statements_novalue`, `statements_string`, …). Raises msgspec.DecodeError.
    """
    groups = decoders.claims.decode(claims)
    if isinstance(groups, list):
        return [], ()
    rows: dict[Statement, None] = {}
    kinds: Counter[str] = Counter()
    instances: tuple[int, ...] = ()
    for name, statements in groups.items():
        found = _PROPERTY.fullmatch(name)
        kinds["statements"] += len(statements)
        if found is None:
            kinds["statements_invalid_property"] += len(statements)
            continue
        property_id, best = int(found[1]), best_rank(statements)
        objects = set()
        for statement in statements:
            rank = _RANKS.get(statement.rank)
            qid = _object(statement, decoders, kinds) if rank else None
            if rank is None:
                kinds["statements_unknown_rank"] += 1
            elif qid is not None:
                row = Statement(subject, property_id, qid, rank)
                kinds["statements_repeated" if row in rows else "statements_stored"] += 1
                rows[row] = None
                if rank == best:
                    objects.add(qid)
        if property_id == INSTANCE_OF:
            instances = tuple(sorted(objects))
    counts.update(kinds)
    return list(rows), instances


def best_rank(statements: list[StatementDoc]) -> Rank | None:
    """The rank whose statements are truthy: preferred where there is one (also of an unknown value), else normal."""
    ranks = {statement.rank for statement in statements}
    if "preferred" in ranks:
        return "preferred"
    return "normal" if "normal" in ranks else None


def _object(statement: StatementDoc, decoders: Decoders, kinds: Counter[str]) -> int | None:
    """The item that a statement names, or None, with its kind counted."""
    snak = statement.mainsnak
    if snak.snaktype != "value" or snak.datavalue is None:
        kinds[f"statements_{_safe(snak.snaktype if snak.snaktype != 'value' else 'without-value')}"] += 1
        return None
    value = snak.datavalue
    if value.type != "wikibase-entityid":
        kinds[f"statements_{_safe(value.type)}"] += 1
        return None
    target: EntityIdDoc = decoders.entity_id.decode(value.value)
    if target.entity_type in ("item", "") and (target.numeric_id > 0 or target.id):
        qid = target.numeric_id or entity_number(target.id, "Q")
        if qid:
            return qid
    kinds[f"statements_value_{_safe(target.entity_type)}"] += 1
    return None


def entity_number(entity_id: str, prefix: str) -> int:
    """The number of an id, 0 where it is none.

    >>> entity_number("Q42", "Q"), entity_number("L42", "Q"), entity_number("Q042", "Q")
    (42, 0, 0)
    """
    digits = entity_id[1:] if entity_id.startswith(prefix) else ""
    return int(digits) if digits.isascii() and digits.isdigit() and digits[0] != "0" and len(digits) < 16 else 0


def _safe(name: str) -> str:
    """A name from the dump that may become the name of a count.

    >>> _safe("globecoordinate"), _safe("<script>")
    ('globecoordinate', 'other')
    """
    return name if _NAME.fullmatch(name) else "other"
