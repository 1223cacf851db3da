"""Claims → item-valued statements with rank; everything else is counted by kind."""

import functools
from collections.abc import Mapping, Sequence
from typing import NamedTuple, get_args

import msgspec

from pipeline.parse.wikidata.model import (
    AnyEntityIdDoc,
    AnyStatementDoc,
    DataValueDoc,
    Decoders,
    Empty,
    EntityIdDoc,
    StatementDoc,
    ValueType,
    safe_name,
)
from pipeline.records import Rank, Statement, new_row

INSTANCE_OF = 31
_RANKS = frozenset(get_args(Rank))
_ITEM_TYPES = ("item", None)
_ENTITY_IDS = (EntityIdDoc, AnyEntityIdDoc)
_END_OF_IDS = 1 << 53
Groups = Mapping[str, Sequence[StatementDoc | AnyStatementDoc]]
Claims = msgspec.Raw | Groups | Empty
"""As they lie in the entity, or read with it."""


class ItemStatements(NamedTuple):
    """An item's statements: rows, each once; the objects of its truthy `instance of`, ascending; and counts.

    `statements` = `statements_stored` + `statements_repeated` + those by kind that are not stored
    (`statements_somevalue`, `statements_novalue`, `statements_string`, …).
    """

    rows: list[Statement]
    instance_of: tuple[int, ...]
    counts: dict[str, int]


def item_statements(subject: int, claims: Claims, decoders: Decoders) -> ItemStatements:
    """The item-valued statements of the item `subject`. Raises msgspec.DecodeError where claims are read here."""
    rows: list[Statement] = []
    kinds: dict[str, int] = {}
    repeated = 0
    instances: tuple[int, ...] = ()
    groups = _groups(claims, decoders)
    total = sum(map(len, groups.values()))
    for name, statements in groups.items():
        property_id = _property_number(name)
        if not property_id:
            kinds["invalid_property"] = kinds.get("invalid_property", 0) + len(statements)
            continue
        found: list[Statement] = []
        for statement in statements:
            snak = statement.mainsnak
            value = snak.datavalue
            if type(value) is DataValueDoc and snak.snaktype == "value":  # nearly all are like this
                kind = value.type
                if kind is not ValueType.ENTITY:
                    kinds[kind._value_] = kinds.get(kind._value_, 0) + 1
                    continue
                target = value.value
                if type(target) is EntityIdDoc and target.entity_type == "item" and 0 < target.numeric_id < _END_OF_IDS:
                    found.append(new_row(Statement, (subject, property_id, target.numeric_id, statement.rank)))
                    continue
            number = _object(statement)
            if isinstance(number, str):
                kinds[number] = kinds.get(number, 0) + 1
            else:
                found.append(new_row(Statement, (subject, property_id, number, statement.rank)))
        if not found:
            continue
        if len(found) > 1:
            distinct = dict.fromkeys(found)
            repeated += len(found) - len(distinct)
            rows += distinct
        else:
            rows += found
        if property_id == INSTANCE_OF:
            best = best_rank(statements)
            instances = tuple(sorted({qid for _, _, qid, rank in found if rank == best}))
    kinds["stored"], kinds["repeated"] = len(rows), repeated
    counts = {f"statements_{kind}": number for kind, number in kinds.items() if number}
    return ItemStatements(rows, instances, {"statements": total, **counts} if total else {})


def _groups(claims: Claims, decoders: Decoders) -> Groups:
    """The statements by property; those of a dump with something unusual are read by the decoder that bears it."""
    groups: Groups | Empty
    if isinstance(claims, msgspec.Raw):
        try:
            groups = decoders.claims.decode(claims)
        except msgspec.ValidationError:
            groups = decoders.any_claims.decode(claims)
    else:
        groups = claims
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
        return safe_name(snak.snaktype)
    if value is None:
        return "without_value"
    if value.type != ValueType.ENTITY:
        return safe_name(value.type)
    target = value.value
    if not isinstance(target, _ENTITY_IDS):
        return "value_other"
    if target.entity_type in _ITEM_TYPES:
        number = target.numeric_id
        qid = number if type(number) is int and number else entity_number(str(target.id), "Q")
        if 0 < qid < _END_OF_IDS:
            return qid
    return f"value_{safe_name(str(target.entity_type))}"


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
