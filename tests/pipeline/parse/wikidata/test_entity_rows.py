"""One entity's JSON → rows: every case with its literal result."""

import json

import pytest

from pipeline.parse.wikidata.entity_rows import EntityReader, EntityRows, MalformedEntity
from pipeline.records import Entity, EntityText, PropertyText, Sitelink, Statement
from tests.pipeline.parse.wikidata.builder import item, linked, statement, terms


def read(entity: object, langs: tuple[str, ...] = ("de",), keep: str = "all") -> EntityRows:
    return EntityReader(langs, keep).rows(json.dumps(entity).encode())


def test_own_value_before_the_variants_and_the_code_is_kept() -> None:
    entity = item(
        1,
        labels=terms({"de": "Jänner", "de-at": "x", "en": "January", "mul": "Jan"}),
        descriptions=terms({"de-ch": "Monat", "de-at": "Wintermonat", "en": "month"}),
        aliases={"de-at": [{"value": "A"}, {"value": "A"}, {"value": "B"}], "mul": [{"value": "M"}]},
    )
    assert read(entity).texts == [
        EntityText("de", "de", 1, "Jänner", "Wintermonat", ("A", "B"), "de", "de-at"),
        EntityText("mul", "mul", 1, "Jan", None, ("M",), "mul", None),
    ]


def test_wikipedias_with_one_wikidata_language_get_a_row_each() -> None:
    texts = read(item(1, labels=terms({"en": "Rome"})), ("simple", "en")).texts
    assert [(text.lang, text.wikidata_lang, text.label) for text in texts] == [
        ("simple", "en", "Rome"),
        ("en", "en", "Rome"),
    ]


def test_no_row_where_a_language_has_nothing() -> None:
    assert read(item(1, labels=terms({"fr": "Rome", "de": " "}))).texts == []


def test_sitelinks_of_real_wikipedias_only_with_their_odd_codes() -> None:
    sites = ("nowiki", "be_x_oldwiki", "zh_yuewiki", "commonswiki", "specieswiki", "dewikiquote", "frwiki")
    rows = read(linked(9, *sites), ("no", "be-tarask", "zh-yue"))
    assert rows.sitelinks == [Sitelink("be-tarask", "T 9", 9), Sitelink("no", "T 9", 9), Sitelink("zh-yue", "T 9", 9)]
    assert rows.entity == Entity(9, 4, (5,))
    assert rows.counts["sitelinks_no_wikipedia"] == 3
    assert rows.counts["sitelinks_other_wikipedias"] == 1


def test_statements_by_rank_and_kind() -> None:
    claims = {
        "P31": [
            statement(10),
            statement(11, "preferred"),
            statement(12, "deprecated"),
            statement(11, "preferred"),
            statement("", snaktype="somevalue"),
            statement("", snaktype="novalue"),
            statement({"entity-type": "property", "numeric-id": 5, "id": "P5"}),
            statement({"entity-type": "lexeme", "id": "L5-F1"}),
            statement({"id": "Q13"}),
            statement({"entity-type": "item", "numeric-id": 14}),
            statement({"a": [1, {"b": 2}]}, kind="something-new"),
            statement(15, "exceptional"),
        ],
        "P2": [statement("text", kind="string")],
    }
    rows = read(item(1, claims=claims))
    assert rows.statements == [
        Statement(1, 31, 10, "normal"),
        Statement(1, 31, 11, "preferred"),
        Statement(1, 31, 12, "deprecated"),
        Statement(1, 31, 13, "normal"),
        Statement(1, 31, 14, "normal"),
    ]
    assert rows.entity == Entity(1, 0, (11,))
    assert rows.counts == {
        "statements": 13,
        "statements_stored": 5,
        "statements_repeated": 1,
        "statements_somevalue": 1,
        "statements_novalue": 1,
        "statements_value_property": 1,
        "statements_value_lexeme": 1,
        "statements_something-new": 1,
        "statements_unknown_rank": 1,
        "statements_string": 1,
    }


def test_an_unknown_value_of_preferred_rank_leaves_nothing_truthy() -> None:
    claims = {"P31": [statement(10), statement("", "preferred", snaktype="somevalue")]}
    assert read(item(1, claims=claims)).entity == Entity(1, 0, ())


def test_properties_in_wanted_languages_mul_and_english() -> None:
    entity = {
        "type": "property",
        "id": "P31",
        "datatype": "wikibase-item",
        "labels": terms({"en": "instance of", "de": "ist ein", "fr": "nature"}),
        "descriptions": [],
        "aliases": [],
        "claims": [],
    }
    assert read(entity).properties == [
        PropertyText("de", 31, "ist ein", None, (), "de", None, "wikibase-item"),
        PropertyText("en", 31, "instance of", None, (), "en", None, "wikibase-item"),
    ]


@pytest.mark.parametrize(
    ("entity", "keep", "outcome"),
    [
        (linked(1, "dewiki"), "linked", "kept"),
        (linked(1, "frwiki"), "linked", "not_linked"),
        (item(1, descriptions=terms({"de-at": "x"})), "described", "kept"),
        (item(1, descriptions=terms({"en": "x", "mul": "x"})), "described", "not_described"),
        (item(1), "all", "kept"),
        ({"type": "lexeme", "id": "L1", "lemmas": {}, "claims": []}, "all", "lexemes"),
        ({"type": "mediainfo", "id": "M1", "statements": []}, "all", "other_types"),
        ({"entity": "Q404", "redirect": "Q395"}, "all", "redirects"),
    ],
)
def test_outcomes(entity: object, keep: str, outcome: str) -> None:
    assert read(entity, keep=keep).outcome == outcome


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b'{"type":"item","id":"Q1"', "malformed_json"),
        (b'{"type":"item","id":"Q1","labels":{"de":{"language":"de","value":5}}}', "unexpected_shape"),
        (b'{"type":"item","id":"Q1","claims":{"P31":[{"rank":"normal"}]}}', "unexpected_shape"),
        (b'{"type":"item","id":"Q1","labels":{"de":{"value":"\\ud800"}}}', "malformed_json"),
        (b'{"type":"item","id":"X1"}', "invalid_id"),
        (b'{"type":"item","id":"Q0"}', "invalid_id"),
        (b'["Q1"]', "unexpected_shape"),
    ],
)
def test_damaged_entities_have_a_reason(data: bytes, reason: str) -> None:
    with pytest.raises(MalformedEntity) as found:
        EntityReader(("de",), "all").rows(data)
    assert found.value.reason == reason
