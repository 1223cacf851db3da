"""Each fact is stated in two or three of the five languages, and in the texts of exactly those."""

import re

import pytest

from pipeline.sample import SampleReport
from pipeline.sample.names import Names, is_stated
from pipeline.sample.options import BASE_LANGUAGES
from pipeline.sample.world import World

_SENTENCE_END = re.compile(r"(?<=[.。])\s*|\n")
_NOT_PROSE = re.compile(r"<ref>.*?</ref>|<!--.*?-->|'''?|^\* ", re.MULTILINE)
_LINK = re.compile(r"\[\[(?:[^\[\]|]*\|)?([^\[\]|]*)\]\]")


def test_each_fact_is_stated_in_two_or_three_base_languages(world: World) -> None:
    stated = [sum(is_stated(fact, lang, 1) for lang in BASE_LANGUAGES) for fact in world.facts]
    assert set(stated) == {2, 3}


def test_other_languages_state_about_half_of_the_facts(world: World) -> None:
    share = sum(is_stated(fact, "xx", 1) for fact in world.facts) / len(world.facts)
    assert 0.45 < share < 0.55


@pytest.mark.parametrize("lang", BASE_LANGUAGES)
def test_articles_state_exactly_the_chosen_facts(
    lang: str, sample: SampleReport, world: World, names: dict[str, Names]
) -> None:
    labels, texts = names[lang].labels, names[lang].texts
    sentences: set[str] = set()
    for _page_id, page in sample.wikis[lang].pages:
        if page.role == "article":
            sentences.update(_SENTENCE_END.split(_LINK.sub(r"\1", _NOT_PROSE.sub("", page.wikitext))))
    wrong = []
    for fact in world.facts:
        if "." in labels[fact.subject]:
            continue  # "St. Lucia" would be cut in two here
        told = {
            template.format(s=labels[fact.subject], o=labels[fact.object]) in sentences
            for template in texts.relations[fact.relation].sentences
        }
        stated = is_stated(fact, lang, 1)
        if stated and fact.subject not in names[lang].articles:
            continue  # told in the article of its object, if that is not too long
        if (True in told) != stated:
            wrong.append((labels[fact.subject], fact.relation, labels[fact.object]))
    assert wrong == []
