"""The parts of an entity's JSON that we read, as typed structs: what is not named here is skipped without being built.

PHP writes an empty map as `[]`: each map may also be a list.
"""

import functools
import re
from enum import StrEnum
from typing import Any, Literal, NamedTuple, Protocol, Self

import msgspec

Empty = list[msgspec.Raw]
_EMPTY_MAP = msgspec.Raw(b"{}")


class EntityDoc(msgspec.Struct):
    """An entity, with its larger parts left as they are until they are wanted."""

    type: str = ""
    id: str = ""
    entity: str = ""
    redirect: str = ""
    datatype: str = ""
    labels: msgspec.Raw = _EMPTY_MAP
    descriptions: msgspec.Raw = _EMPTY_MAP
    aliases: msgspec.Raw = _EMPTY_MAP
    claims: msgspec.Raw = _EMPTY_MAP
    sitelinks: dict[str, msgspec.Raw] | Empty = {}


class WholeEntity(Protocol):
    """An EntityDoc with its parts read: `labels` and `descriptions` as `terms` of `Decoders`, and so on."""

    type: str
    id: str
    entity: str
    redirect: str
    datatype: str
    labels: Any
    descriptions: Any
    aliases: Any
    claims: "dict[str, list[StatementDoc]] | Empty"
    sitelinks: "dict[str, SitelinkDoc] | Empty"


AnyEntity = EntityDoc | WholeEntity


class TermDoc(msgspec.Struct, gc=False):
    """`{"language": "de-at", "value": "Jänner"}`."""

    value: str


class SitelinkDoc(msgspec.Struct, gc=False):
    """`{"site": "itwiki", "title": "Roma", "badges": []}`."""

    title: str


_NAMES = {"entity_type": "entity-type", "numeric_id": "numeric-id"}


class EntityIdDoc(msgspec.Struct, gc=False, rename=_NAMES):
    """`{"entity-type": "item", "numeric-id": 42, "id": "Q42"}`; old dumps lack `id`, new types lack `numeric-id`.

    Values of other types that are maps (times, quantities, whatever comes) are read as one of these without its fields.
    """

    entity_type: Literal["item", "property", "lexeme", "form", "sense"] | None = None
    numeric_id: int = 0
    id: str = ""


_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")


@functools.lru_cache(maxsize=1 << 10)
def safe_name(name: str) -> str:
    """A name from the dump that may become the name of a count.

    >>> safe_name("globecoordinate"), safe_name("<script>")
    ('globecoordinate', 'other')
    """
    return name if _NAME.fullmatch(name) else "other"


def entity_number(entity_id: str, prefix: str) -> int:
    """The number of an id, 0 where it is none.

    >>> entity_number("Q42", "Q"), entity_number("L42", "Q"), entity_number("Q042", "Q")
    (42, 0, 0)
    """
    digits = entity_id[1:] if entity_id.startswith(prefix) else ""
    return int(digits) if digits.isascii() and digits.isdigit() and digits[0] != "0" and len(digits) < 16 else 0


class ValueType(StrEnum):
    """Type of a data value: what dumps have today, and by `_missing_` any other under its name as it may be counted.

    The decoder gives those that it knows without making a string of each.
    """

    ENTITY = "wikibase-entityid"
    STRING = "string"
    TIME = "time"
    QUANTITY = "quantity"
    TEXT = "monolingualtext"
    COORDINATE = "globecoordinate"

    @classmethod
    def _missing_(cls, value: object) -> Self:
        name = safe_name(str(value))
        other = str.__new__(cls, name)
        other._name_ = other._value_ = name
        return other


class DataValueDoc(msgspec.Struct, gc=False):
    """`{"value": {…}, "type": "wikibase-entityid"}`; the value's shape depends on the type."""

    value: EntityIdDoc | str
    type: ValueType


class SnakDoc(msgspec.Struct, gc=False):
    """The main snak of a statement."""

    snaktype: Literal["value", "somevalue", "novalue"]
    datavalue: DataValueDoc | None = None


class StatementDoc(msgspec.Struct, gc=False):
    """A statement: its value and rank. Qualifiers and references are not read.

    Only what dumps have today fits (names from a fixed list cost nothing to read: claims are decoded three times as
    fast as with free ones); claims with anything else are read again as `AnyStatementDoc`.
    """

    mainsnak: SnakDoc
    rank: Literal["preferred", "normal", "deprecated"]


class AnyEntityIdDoc(msgspec.Struct, rename=_NAMES):
    """An EntityIdDoc of which nothing is expected."""

    entity_type: Any = None
    numeric_id: Any = None
    id: Any = None


class AnyDataValueDoc(msgspec.Struct):
    """A DataValueDoc of any type."""

    type: str = ""
    value: AnyEntityIdDoc | str | int | float | bool | list[msgspec.Raw] | None = None


class AnySnakDoc(msgspec.Struct):
    """A SnakDoc of any type."""

    snaktype: str = "value"
    datavalue: AnyDataValueDoc | None = None


class AnyStatementDoc(msgspec.Struct):
    """A statement of which little is expected: what old, broken and future dumps may have."""

    mainsnak: AnySnakDoc
    rank: str = "normal"


class Decoders(NamedTuple):
    """Decoders for the given Wikidata languages: terms of others are skipped without being built.

    `whole` reads in one pass what `entity` and the decoders of its parts read one after the other. It refuses claims
    that only `any_claims` bears, and sitelinks without a title even where nobody wants them.
    """

    entity: msgspec.json.Decoder[EntityDoc]
    whole: msgspec.json.Decoder[WholeEntity]
    terms: msgspec.json.Decoder[Any]
    aliases: msgspec.json.Decoder[Any]
    claims: msgspec.json.Decoder[dict[str, list[StatementDoc]]]
    any_claims: msgspec.json.Decoder[dict[str, list[AnyStatementDoc]] | Empty]
    sitelink: msgspec.json.Decoder[SitelinkDoc]


def part(found: Any, decoder: msgspec.json.Decoder[Any]) -> Any:
    """A part of an entity: read now where it was left as it is, or as it was read with the entity."""
    return decoder.decode(found) if type(found) is msgspec.Raw else found


def decoders(codes: tuple[str, ...]) -> Decoders:
    """Makes the decoders; `terms` and `aliases` give structs whose n-th field belongs to `codes[n]`.

    >>> terms = decoders(("en", "zh-hans")).terms
    >>> terms.decode(b'{"zh-hans": {"language": "zh-hans", "value": "x"}, "fr": {"value": "y"}}').t1.value
    'x'
    >>> terms.decode(b"[]")
    []
    """
    names = {f"t{n}": code for n, code in enumerate(codes)}
    terms = msgspec.defstruct("Terms", [(name, TermDoc | None, None) for name in names], rename=names, gc=False)
    aliases = msgspec.defstruct(
        "Aliases", [(name, list[TermDoc] | None, None) for name in names], rename=names, gc=False
    )
    texts = [(name, str, "") for name in ("type", "id", "entity", "redirect", "datatype")]
    parts: list[tuple[str, Any, Any]] = [
        ("labels", terms | Empty, []),
        ("descriptions", terms | Empty, []),
        ("aliases", aliases | Empty, []),
        ("claims", dict[str, list[StatementDoc]] | Empty, []),
        ("sitelinks", dict[str, SitelinkDoc] | Empty, []),
    ]
    return Decoders(
        entity=msgspec.json.Decoder(EntityDoc),
        whole=msgspec.json.Decoder(msgspec.defstruct("WholeEntityDoc", [*texts, *parts], gc=False)),
        terms=msgspec.json.Decoder(terms | Empty),
        aliases=msgspec.json.Decoder(aliases | Empty),
        claims=msgspec.json.Decoder(dict[str, list[StatementDoc]]),
        any_claims=msgspec.json.Decoder(dict[str, list[AnyStatementDoc]] | Empty),
        sitelink=msgspec.json.Decoder(SitelinkDoc),
    )
