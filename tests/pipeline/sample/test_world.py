"""The knowledge graph: its size, its ids, and that it is true where we can say so by heart."""

from collections import Counter

from pipeline.sample import cldr
from pipeline.sample.disambiguations import disambiguations
from pipeline.sample.names import Names
from pipeline.sample.world import KINDS, World


def test_the_world_has_hundreds_of_entities_and_more_than_a_thousand_facts(world: World) -> None:
    kinds = Counter(entity.kind for entity in world.entities.values())
    assert len(world.entities) >= 600
    assert len(world.facts) == len(set(world.facts)) >= 1150
    assert set(kinds) == set(KINDS)
    assert min(kinds["country"], kinds["city"], kinds["language"], kinds["currency"]) > 100


def test_made_up_ids_cannot_be_real_ones(world: World) -> None:
    assert min(world.entities) > 900_000_000
    assert world.classes["country"] == 6256
    assert world.properties["currency"] == 38


def test_known_facts(world: World) -> None:
    name = {qid: cldr.name("en", e.kind, e.code) for qid, e in world.entities.items()}
    facts = {(name[s], relation, name[o]) for s, relation, o in world.facts}
    assert {
        ("Japan", "currency", "Japanese Yen"),
        ("Germany", "official_language", "German"),
        ("Russian", "writing_system", "Cyrillic"),
        ("Cairo", "city_country", "Egypt"),
        ("Egypt", "country_region", "Northern Africa"),
        ("Northern Africa", "region_continent", "Africa"),
        ("Peru", "country_continent", "Americas"),
    } <= facts


def test_every_entity_is_in_a_fact_and_has_a_name_in_every_base_language(world: World, names: dict[str, Names]) -> None:
    assert set(world.outgoing) | set(world.incoming) == set(world.entities)
    assert all(set(of_language.labels) == set(world.entities) for of_language in names.values())


def test_titles_are_unique_and_valid(names: dict[str, Names]) -> None:
    for of_language in names.values():
        titles = [*of_language.titles.values(), *of_language.redirects]
        assert len(titles) == len(set(titles))
        assert not any(set(title) & set("#<>[]|{}_") for title in titles)
        assert len(disambiguations(of_language)) >= 3
