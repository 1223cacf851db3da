"""An item's statements of one property → its rows: natively where that was built, else in Python; the same rows.

`XLMK_STATEMENTS=python` in the environment chooses Python, `native` demands the other.
"""

import os
from collections.abc import Callable
from typing import NamedTuple, get_args

from pipeline.parse.native import choose_part
from pipeline.parse.native_sources import is_current
from pipeline.parse.wikidata.model import (
    AnyEntityIdDoc,
    AnyStatementDoc,
    DataValueDoc,
    EntityIdDoc,
    StatementDoc,
    ValueType,
    entity_number,
    safe_name,
)
from pipeline.records import Rank, Statement, new_row

try:
    from pipeline.parse.wikidata import _groups
except ImportError:  # no compiler where the package was installed
    _groups = None  # type: ignore[assignment]

VARIABLE = "XLMK_STATEMENTS"
Group = list[StatementDoc] | list[AnyStatementDoc]
"""The statements of one property, as they were decoded."""
_RANKS = frozenset(get_args(Rank))
_ITEM_TYPES = ("item", None)
_ENTITY_IDS = (EntityIdDoc, AnyEntityIdDoc)
_END_OF_IDS = 1 << 53


def python_rows(subject: int, property_id: int, statements: Group, kinds: dict[str, int]) -> list[Statement]:
    """The rows of the statements that name an item, in their order; the others are counted in `kinds`.

    >>> from pipeline.parse.wikidata.model import decoders
    >>> value = b'{"type": "wikibase-entityid", "value": {"entity-type": "item", "numeric-id": 5}}'
    >>> claims = b'{"P31": [{"mainsnak": {"snaktype": "value", "datavalue": %s}, "rank": "normal"}]}' % value
    >>> python_rows(42, 31, decoders(("en",)).claims.decode(claims)["P31"], {})
    [Statement(subject_qid=42, property_id=31, object_qid=5, rank='normal')]
    """
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
        number = named_object(statement)
        if isinstance(number, str):
            kinds[number] = kinds.get(number, 0) + 1
        else:
            found.append(new_row(Statement, (subject, property_id, number, statement.rank)))
    return found


def named_object(statement: StatementDoc | AnyStatementDoc) -> int | str:
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


class GroupReader(NamedTuple):
    """`rows(subject, property_id, statements, kinds)` is `python_rows` or its native twin."""

    name: str
    rows: Callable[[int, int, Group, dict[str, int]], list[Statement]]


def _native() -> GroupReader | None:
    if not is_current(_groups):
        return None
    _groups.prepare(Statement, DataValueDoc, EntityIdDoc, ValueType.ENTITY, _END_OF_IDS, named_object)
    return GroupReader("native", _groups.rows)


PYTHON = GroupReader("python", python_rows)
NATIVE = _native()


def choose(wanted: str | None) -> GroupReader:
    """The reader of that name; None takes the native one if there is one.

    >>> choose("python").name
    'python'
    """
    return choose_part(VARIABLE, wanted, python=PYTHON, native=NATIVE, what="reader of statements", built=_groups)


current = choose(os.environ.get(VARIABLE))
"""The reader in use. Tests put another here."""
