"""Claims → item-valued statements with rank; everything else is counted by kind."""

import functools
from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from pipeline.parse.wikidata import groups
from pipeline.parse.wikidata.groups import Group
from pipeline.parse.wikidata.model import Decoders, Empty, entity_number
from pipeline.records import Rank, Statement

INSTANCE_OF = 31
Groups = Mapping[str, Group]
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
    by_property = _groups(claims, decoders)
    total = sum(map(len, by_property.values()))
    for name, statements in by_property.items():
        property_id = _property_number(name)
        if not property_id:
            kinds["invalid_property"] = kinds.get("invalid_property", 0) + len(statements)
            continue
        found = groups.current.rows(subject, property_id, statements, kinds)
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
    found: Groups | Empty
    if isinstance(claims, msgspec.Raw):
        try:
            found = decoders.claims.decode(claims)
        except msgspec.ValidationError:
            found = decoders.any_claims.decode(claims)
    else:
        found = claims
    return {} if isinstance(found, list) else found


def best_rank(statements: Group) -> Rank | None:
    """The rank whose statements are truthy: preferred where there is one (also of an unknown value), else normal."""
    ranks = {statement.rank for statement in statements}
    if "preferred" in ranks:
        return "preferred"
    return "normal" if "normal" in ranks else None


@functools.lru_cache(maxsize=1 << 14)
def _property_number(name: str) -> int:
    return entity_number(name, "P")
