"""The parts of an entity's JSON that we read, as typed structs: what is not named here is skipped without being built.

PHP writes an empty map as `[]`: each map may also be a list.
"""

from typing import Any, NamedTuple

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


class TermDoc(msgspec.Struct):
    """`{"language": "de-at", "value": "Jänner"}`."""

    value: str


class SitelinkDoc(msgspec.Struct):
    """`{"site": "itwiki", "title": "Roma", "badges": []}`."""

    title: str


class EntityIdDoc(msgspec.Struct, rename={"entity_type": "entity-type", "numeric_id": "numeric-id"}):
    """`{"entity-type": "item", "numeric-id": 42, "id": "Q42"}`; old dumps lack `id`, new types lack `numeric-id`.

    Values of other types that are maps (times, quantities, whatever comes) are read as one of these without its fields.
    """

    entity_type: Any = None
    numeric_id: Any = None
    id: Any = None


class DataValueDoc(msgspec.Struct):
    """`{"type": "wikibase-entityid", "value": {…}}`; the value's shape depends on the type."""

    type: str = ""
    value: EntityIdDoc | str | int | float | bool | list[msgspec.Raw] | None = None


class SnakDoc(msgspec.Struct):
    """The main snak of a statement."""

    snaktype: str = "value"
    datavalue: DataValueDoc | None = None


class StatementDoc(msgspec.Struct):
    """A statement: its value and rank. Qualifiers and references are not read."""

    mainsnak: SnakDoc
    rank: str = "normal"


class Decoders(NamedTuple):
    """Decoders for the given Wikidata languages: terms of others are skipped without being built."""

    entity: msgspec.json.Decoder[EntityDoc]
    terms: msgspec.json.Decoder[Any]
    aliases: msgspec.json.Decoder[Any]
    claims: msgspec.json.Decoder[dict[str, list[StatementDoc]] | Empty]
    sitelink: msgspec.json.Decoder[SitelinkDoc]


def decoders(codes: tuple[str, ...]) -> Decoders:
    """Makes the decoders; `terms` and `aliases` give structs whose n-th field belongs to `codes[n]`.

    >>> terms = decoders(("en", "zh-hans")).terms
    >>> terms.decode(b'{"zh-hans": {"language": "zh-hans", "value": "x"}, "fr": {"value": "y"}}').t1.value
    'x'
    >>> terms.decode(b"[]")
    []
    """
    names = {f"t{n}": code for n, code in enumerate(codes)}
    terms = msgspec.defstruct("Terms", [(name, TermDoc | None, None) for name in names], rename=names)
    aliases = msgspec.defstruct("Aliases", [(name, list[TermDoc] | None, None) for name in names], rename=names)
    return Decoders(
        entity=msgspec.json.Decoder(EntityDoc),
        terms=msgspec.json.Decoder(terms | Empty),
        aliases=msgspec.json.Decoder(aliases | Empty),
        claims=msgspec.json.Decoder(dict[str, list[StatementDoc]] | Empty),
        sitelink=msgspec.json.Decoder(SitelinkDoc),
    )
