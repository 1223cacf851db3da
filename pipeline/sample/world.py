"""The knowledge graph of the sample world: about 600 entities and their facts, from CLDR. It has no language.

Entities are chosen by their names in five fixed languages, so that the world is the same whichever are written.
Item ids are made up: they start at Q900000001, far above anything in Wikidata. Classes and properties have real ids.
"""

import tomllib
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cache, cached_property
from importlib import resources
from typing import Any, NamedTuple

from pipeline.errors import ConfigError
from pipeline.sample import cldr
from pipeline.sample.options import BASE_LANGUAGES

FIRST_QID = 900_000_001
KINDS = ("continent", "region", "country", "city", "language", "currency", "script")
MAX_WORDS = {"currency": 3}
"""Most words of an English name, 2 unless named here: long names are no one or two pieces of a small vocabulary."""


class Entity(NamedTuple):
    """A thing of the world: `code` is CLDR's (ISO country, language, currency, script or M.49 code, or a zone id)."""

    qid: int
    kind: str
    code: str


class Fact(NamedTuple):
    """`relation` is a name from `world.toml`; its Wikidata property is `World.properties[relation]`."""

    subject: int
    relation: str
    object: int


@dataclass(frozen=True)
class World:
    """All entities by qid, all facts in a fixed order, and the real ids of classes and properties."""

    entities: dict[int, Entity]
    facts: tuple[Fact, ...]
    classes: dict[str, int]
    properties: dict[str, int]

    @cached_property
    def outgoing(self) -> dict[int, tuple[Fact, ...]]:
        """Facts by their subject."""
        return _grouped(self.facts, 0)

    @cached_property
    def incoming(self) -> dict[int, tuple[Fact, ...]]:
        """Facts by their object."""
        return _grouped(self.facts, 2)

    def only(self, relations: Collection[str]) -> "World":
        """The part of the world that these relations make: their facts and the entities at their ends.

        Raises ConfigError for a relation that the world does not have.

        >>> part = load_world().only(["city_country"])
        >>> {part.entities[fact.subject].kind for fact in part.facts}, len(part.entities) < len(load_world().entities)
        ({'city'}, True)
        """
        unknown = sorted(set(relations) - set(self.properties))
        if unknown:
            raise ConfigError(f"no relation {', '.join(unknown)}; known: {', '.join(self.properties)}")
        facts = tuple(fact for fact in self.facts if fact.relation in relations)
        ends = {end for fact in facts for end in (fact.subject, fact.object)}
        entities = {qid: entity for qid, entity in self.entities.items() if qid in ends}
        return replace(self, entities=entities, facts=facts)


def _grouped(facts: tuple[Fact, ...], column: int) -> dict[int, tuple[Fact, ...]]:
    groups: defaultdict[int, list[Fact]] = defaultdict(list)
    for fact in facts:
        groups[int(fact[column])].append(fact)
    return {qid: tuple(found) for qid, found in groups.items()}


def load_skeleton() -> dict[str, Any]:
    """The contents of `data/world.toml`."""
    return tomllib.loads((resources.files("pipeline.sample") / "data" / "world.toml").read_text("utf-8"))


def _usable(kind: str, code: str) -> bool:
    names = [cldr.name(lang, kind, code) for lang in BASE_LANGUAGES]
    english = names[0] or "&"
    return all(names) and "&" not in english and len(english.split()) <= MAX_WORDS.get(kind, 2)


def _without_namesakes(ends: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """`ends` without those that share kind and name with one before them in some base language."""
    seen: set[tuple[str, str, str | None]] = set()
    kept = set()
    for kind, code in sorted(ends):
        names = {(kind, lang, cldr.name(lang, kind, code)) for lang in BASE_LANGUAGES}
        if not names & seen:
            kept.add((kind, code))
        seen |= names
    return kept


@cache
def load_world() -> World:
    """Build the world (a fraction of a second; kept for the life of the process).

    >>> world = load_world()
    >>> world.entities[900000001], len(world.entities) > 500, len(world.facts) > 1150
    (Entity(qid=900000001, kind='continent', code='002'), True, True)
    """
    skeleton = load_skeleton()
    triples: list[tuple[tuple[str, str], str, tuple[str, str]]] = []
    for continent, regions in skeleton["continents"].items():
        for region in regions:
            triples.append((("region", region), "region_continent", ("continent", continent)))
            for country in skeleton["regions"][region].split():
                triples += _country(country, region, continent, set(_names(skeleton)))
    spoken = sorted({o[1] for _s, _r, o in triples if o[0] == "language"})
    for language in spoken:
        script, country = cldr.script_and_country_of(language)
        if script is not None and country is not None:
            triples.append((("language", language), "writing_system", ("script", script)))
            triples.append((("language", language), "language_country", ("country", country)))
    ends = {end for s, _r, o in triples for end in (s, o)}
    countries = {code for codes in skeleton["regions"].values() for code in codes.split()}
    usable = _without_namesakes({e for e in ends if _usable(*e) and (e[0] != "country" or e[1] in countries)})
    kept = [t for t in triples if t[0] in usable and t[2] in usable]
    ordered = sorted({end for s, _r, o in kept for end in (s, o)}, key=lambda e: (KINDS.index(e[0]), e[1]))
    qids = {end: FIRST_QID + place for place, end in enumerate(ordered)}
    facts = dict.fromkeys(Fact(qids[s], relation, qids[o]) for s, relation, o in kept)
    entities = {qid: Entity(qid, *end) for end, qid in qids.items()}
    return World(entities, tuple(sorted(facts)), skeleton["classes"], skeleton["relations"])


def _names(skeleton: dict[str, Any]) -> list[str]:
    return [" ".join(name.split()) for name in skeleton["cities"]["names"].split(";")]


def _country(
    country: str, region: str, continent: str, cities: set[str]
) -> list[tuple[tuple[str, str], str, tuple[str, str]]]:
    this = ("country", country)
    official, used = cldr.languages_of(country)
    rows = [
        (this, "country_region", ("region", region)),
        (this, "country_continent", ("continent", continent)),
        *((this, "official_language", ("language", code)) for code in official),
        *((this, "language_used", ("language", code)) for code in used),
        *((this, "currency", ("currency", code)) for code in cldr.currencies_of(country)),
    ]
    for zone in cldr.zones_of(country):
        if cldr.name("en", "city", zone) in cities:
            rows.append((("city", zone), "city_country", this))
    return rows
