"""The options that the experiment's world is made with: a part of the relations, brief articles, translations."""

from dataclasses import replace

import pytest

from pipeline.errors import ConfigError
from pipeline.sample.articles import ArticleWriter
from pipeline.sample.descriptions import descriptions
from pipeline.sample.names import Names
from pipeline.sample.options import BASE_LANGUAGES, SampleOptions
from pipeline.sample.slots import fillings
from pipeline.sample.texts import load_texts
from pipeline.sample.world import World

RELATIONS = ("city_country", "official_language", "currency")
OPTIONS = SampleOptions(
    relations=RELATIONS,
    brief_articles=True,
    translated_descriptions=True,
    missing_description_share=0.0,
    short_description_share=0.0,
)


@pytest.fixture(scope="module")
def part(world: World) -> World:
    return world.only(RELATIONS)


@pytest.fixture(scope="module")
def part_names(part: World) -> dict[str, Names]:
    return {lang: Names(part, load_texts(lang), OPTIONS) for lang in BASE_LANGUAGES}


def test_only_these_relations_and_the_entities_at_their_ends(world: World, part: World) -> None:
    assert {fact.relation for fact in part.facts} == set(RELATIONS)
    ends = {end for fact in part.facts for end in (fact.subject, fact.object)}
    assert part.entities.keys() == ends and all(world.entities[qid] == part.entities[qid] for qid in ends)
    assert {entity.kind for entity in part.entities.values()} == {"country", "city", "language", "currency"}
    with pytest.raises(ConfigError, match="no relation moons"):
        world.only(["moons"])


def test_brief_articles_are_a_lead_and_two_sentences_a_fact(part: World, part_names: dict[str, Names]) -> None:
    names = part_names["ru"]
    writer = ArticleWriter(names)
    for qid in sorted(names.articles)[::80]:
        paragraphs = writer.article(qid).wikitext.split("\n\n")
        stated = names.stated(part.outgoing.get(qid, ()))
        assert len(paragraphs) == 1 + sum(min(2, len(writer._usable(fact))) for fact in stated)
        assert not any(text.startswith(("=", "*", "{", "[[Файл")) for text in paragraphs)


def test_descriptions_say_the_same_in_all_languages(part: World, part_names: dict[str, Names]) -> None:
    """Which template and which facts make each description is found again; a name of its own sets some apart."""

    def meaning(lang: str, qid: int, text: str) -> set[tuple[int, tuple[tuple[str, int], ...]]]:
        names = part_names[lang]
        templates = names.texts.kinds[part.entities[qid].kind].descriptions
        return {
            (at, tuple(sorted(filling.items())))
            for at, template in enumerate(templates)
            for filling in fillings(template, qid, names, stated_only=False, order="")
            if template.replace("^", "").format(**{s: names.labels[q] for s, q in filling.items()}) == text
        }

    def agreement(options: SampleOptions) -> float:
        english, german = (descriptions(Names(part, load_texts(lang), options)) for lang in ("en", "de"))
        shared = sorted(english.keys() & german.keys())[::11]
        return sum(bool(meaning("en", q, english[q]) & meaning("de", q, german[q])) for q in shared) / len(shared)

    assert agreement(OPTIONS) > 0.6
    assert agreement(OPTIONS) > agreement(replace(OPTIONS, translated_descriptions=False)) + 0.2
