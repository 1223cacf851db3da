"""The data files of the languages: complete, with slots that exist, and with MediaWiki's own words."""

import gzip
import json
import re
from pathlib import Path

import pytest

from pipeline.sample.names import Names
from pipeline.sample.options import SampleOptions
from pipeline.sample.texts import LanguageTexts, available_languages, load_texts
from pipeline.sample.world import KINDS, World

_SLOT = re.compile(r"\{([^{}]*)\}")
PHRASES = {
    "see_also",
    "survey",
    "list_intro",
    "disambiguation",
    "may_refer",
    "caption",
    "note",
    "example",
    "here",
    "end",
}


@pytest.fixture(params=available_languages())
def texts(request: pytest.FixtureRequest) -> LanguageTexts:
    return load_texts(request.param)


def test_nothing_is_missing(texts: LanguageTexts, world: World) -> None:
    assert set(texts.kinds) == set(KINDS)
    assert set(texts.relations) == set(world.properties)
    assert set(texts.properties) == {31, *world.properties.values()}
    assert set(texts.phrases) == PHRASES
    assert set(texts.wiki.namespaces) == {-2, -1, *range(1, 16)}


def test_slots_exist(texts: LanguageTexts, world: World) -> None:
    known = {f"{way}{relation}{second}" for way in ("", "^") for relation in world.properties for second in ("", "2")}
    for kind in texts.kinds.values():
        assert all(set(_SLOT.findall(lead)) <= known | {"name"} and "{name}" in lead for lead in kind.leads)
        assert all(set(_SLOT.findall(text)) <= known for text in kind.descriptions)
        assert set(_SLOT.findall(kind.leads[-1])) == {"name"}, "the last lead fits any entity"
    for relation in texts.relations.values():
        assert len(set(relation.sentences)) >= 3
        assert all(sorted(_SLOT.findall(sentence)) == ["o", "s"] for sentence in relation.sentences)
        assert all(sorted(_SLOT.findall(sentence)) == ["o", "s", "t"] for sentence in relation.shared)


def test_no_sentence_begins_with_a_name_in_lower_case(texts: LanguageTexts, world: World) -> None:
    labels = Names(world, texts, SampleOptions()).labels
    for fact in world.facts:
        if fact.subject in labels and fact.object in labels:
            relation = texts.relations[fact.relation]
            first = {sentence[:3] for sentence in (*relation.sentences, *relation.shared)}
            assert "{s}" not in first or not labels[fact.subject][0].islower(), labels[fact.subject]
            assert "{o}" not in first or not labels[fact.object][0].islower(), labels[fact.object]


def test_words_of_the_wiki_are_mediawikis(texts: LanguageTexts, shared_data: Path) -> None:
    with gzip.open(shared_data / "siteinfo" / "mediawiki-1.39-languages.json.gz") as file:
        facts = json.load(file)[texts.lang]
    for key, name in texts.wiki.namespaces.items():
        if key not in (4, 5):  # those bear the wiki's own name
            assert name == facts["namespaces"][str(key)].replace("_", " ")
    assert texts.wiki.redirect in facts["magic_words"]["redirect"]["words"]
    assert texts.wiki.thumb in facts["magic_words"]["img_thumbnail"]["words"]
    assert texts.wiki.right in facts["magic_words"]["img_right"]["words"]
    trail = re.sub(r"\\x\{(\w+)\}", lambda found: chr(int(found[1], 16)), facts["linktrail"])
    for letter in "aéñßя字ا۔कツ9.":
        theirs = re.match(trail.split("/")[1], letter)
        assert bool(texts.wiki.trail(letter)) == bool(theirs and theirs.group(1)), letter
