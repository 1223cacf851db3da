"""Claims → item-valued statements with rank; everything else is counted by kind."""

import functools
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple, get_args

import msgspec

from pipeline.parse.wikidata.model import (
    AnyEntityIdDoc,
    AnyStatementDoc,
    DataValueDoc,
    Decoders,
    EntityIdDoc,
    StatementDoc,
)
from pipeline.records import Rank, Statement, new_row

INSTANCE_OF = 31
_RANKS = frozenset(get_args(Rank))
_ITEM_TYPES = ("item", None)
_ENTITY_IDS = (EntityIdDoc, AnyEntityIdDoc)
_END_OF_IDS = 1 << 53
_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")


class ItemStatements(NamedTuple):
    """An item's statements: rows, each once; the objects of its truthy `instance of`, ascending; and counts.

    `statements` = `statements_stored` + `statements_repeated` + those by kind that are not stored
    (`statements_somevalue`, `statements_novalue`, `statements_string`, …).
    """

    rows: list[Statement]
    instance_of: tuple[int, ...]
    counts: dict[str, int]


def item_statements(subject: int, claims: msgspec.Raw, decoders: Decoders) -> ItemStatements:
    """The item-valued statements of the item `subject`. Raises msgspec.DecodeError."""
    rows: list[Statement] = []
    total = 0
    kinds: dict[str, int] = {}
    instances: tuple[int, ...] = ()
    for name, statements in _groups(claims, decoders).items():
        property_id = _property_number(name)
        total += len(statements)
        if not property_id:
            kinds["invalid_property"] = kinds.get("invalid_property", 0) + len(statements)
            continue
        before = len(rows)
        for statement in statements:
            value = statement.mainsnak.datavalue
            if type(value) is DataValueDoc and statement.mainsnak.snaktype == "value":  # nearly all are like this
                target = value.value
                if value.type != "wikibase-entityid":
                    kinds[value.type] = kinds.get(value.type, 0) + 1
                    continue
                if type(target) is EntityIdDoc and target.entity_type == "item" and 0 < target.numeric_id < _END_OF_IDS:
                    rows.append(new_row(Statement, (subject, property_id, target.numeric_id, statement.rank)))
                    continue
            found = _object(statement)
            if isinstance(found, str):
                kinds[found] = kinds.get(found, 0) + 1
            else:
                rows.append(new_row(Statement, (subject, property_id, found, statement.rank)))
        if property_id == INSTANCE_OF and len(rows) > before:
            best = best_rank(statements)
            instances = tuple(sorted({qid for _, _, qid, rank in rows[before:] if rank == best}))
    distinct = list(dict.fromkeys(rows))
    kinds["stored"], kinds["repeated"] = len(distinct), len(rows) - len(distinct)
    counts = {f"statements_{kind}": number for kind, number in kinds.items() if number}
    return ItemStatements(distinct, instances, {"statements": total, **counts} if total else {})


Groups = Mapping[str, Sequence[StatementDoc | AnyStatementDoc]]


def _groups(claims: msgspec.Raw, decoders: Decoders) -> Groups:
    """The statements by property; those of a dump with something unusual are read by the decoder that bears it."""
    try:
        return decoders.claims.decode(claims)
    except msgspec.ValidationError:
        groups = decoders.any_claims.decode(claims)
        return {} if isinstance(groups, list) else groups


def best_rank(statements: Sequence[StatementDoc | AnyStatementDoc]) -> Rank | None:
    """The rank whose statements are truthy: preferred where there is one (also of an unknown value), else normal."""
    ranks = {statement.rank for statement in statements}
    if "preferred" in ranks:
        return "preferred"
    return "normal" if "normal" in ranks else None


def _object(statement: StatementDoc | AnyStatementDoc) -> int | str:
    """The number of the item that a statement names, or else the kind under which the statement is counted."""
    snak = statement.mainsnak
    value = snak.datavalue
    if statement.rank not in _RANKS:
        return "unknown_rank"
    if snak.snaktype != "value":
        return _safe(snak.snaktype)
    if value is None:
        return "without_value"
    if value.type != "wikibase-entityid":
        return _safe(value.type)
    target = value.value
    if not isinstance(target, _ENTITY_IDS):
        return "value_other"
    if target.entity_type in _ITEM_TYPES:
        number = target.numeric_id
        qid = number if type(number) is int and number else entity_number(str(target.id), "Q")
        if 0 < qid < _END_OF_IDS:
            return qid
    return f"value_{_safe(str(target.entity_type))}"


@functools.lru_cache(maxsize=1 << 14)
def _property_number(name: str) -> int:
    return entity_number(name, "P")


def entity_number(entity_id: str, prefix: str) -> int:
    """The number of an id, 0 where it is none.

    >>> entity_number("Q42", "Q"), entity_number("L42", "Q"), entity_number("Q042", "Q")
    (42, 0, 0)
    """
    digits = entity_id[1:] if entity_id.startswith(prefix) else ""
    return int(digits) if digits.isascii() and digits.isdigit() and digits[0] != "0" and len(digits) < 16 else 0


@functools.lru_cache(maxsize=1 << 10)
def _safe(name: str) -> str:
    """A name from the dump that may become the name of a count.

    >>> _safe("globecoordinate"), _safe("<script>")
    ('globecoordinate', 'other')
    """
    return name if _NAME.fullmatch(name) else "other"
