"""An entity that is read in one pass and one that is read part by part: the same rows, or the same refusal."""

import json
from collections.abc import Iterator

import pytest

from pipeline.parse.wikidata import entity_rows
from pipeline.parse.wikidata.entity_rows import EntityReader, EntityRows, Keep, MalformedEntity
from tests.pipeline.parse.wikidata.builder import item, linked, statement, terms

UNUSUAL = (
    {**item(1), "claims": [], "labels": [], "sitelinks": []},
    {**item(2), "claims": {"P31": [statement({"entity-type": "form", "id": "L1-F1"}), statement(5, "unheard of")]}},
    {**linked(3, "dewiki"), "sitelinks": {"dewiki": {"title": "T"}, "frwiki": {"site": "frwiki"}}},
    {**linked(4, "dewiki"), "sitelinks": {"dewiki": {"title": 5}}},
    {**linked(5, "dewiki"), "labels": {"de": {"value": None}}},
    {**linked(6, "dewiki"), "claims": {"P31": {"0": 5}}},
    {**linked(7, "dewiki"), "claims": {"p31": [statement(7)], "P5": [statement(8), statement(8)]}},
    {**item(8), "labels": 5, "claims": 5},
    {**linked(9, "dewiki"), "id": "Q0"},
    {"type": "item", "id": "Q10", "redirect": "Q11", "entity": "Q10", "claims": 5},
    {"type": "property", "id": "P5", "datatype": "string", "labels": terms({"de": "x"}), "claims": {"P1": [5]}},
    {"type": "lexeme", "id": "L5", "claims": 5},
)


def found(langs: tuple[str, ...], keep: Keep, lines: list[bytes]) -> Iterator[EntityRows | str]:
    reader = EntityReader(langs, keep)
    for line in lines:
        try:
            yield reader.rows(line)
        except MalformedEntity as error:
            yield f"{error.reason}: {error}"


def damaged() -> list[bytes]:
    whole = json.dumps({**linked(3, "dewiki", "frwiki"), "labels": terms({"de": "Ü"})}, ensure_ascii=False).encode()
    cut = [whole[:end] for end in range(0, len(whole), 5)]
    return cut + [whole[:at] + byte + whole[at + 1 :] for at in range(len(whole)) for byte in (b'"', b"[", b"\xff")]


@pytest.mark.parametrize("keep", ["all", "described", "linked"])
def test_rows_and_refusals_do_not_depend_on_how_an_entity_is_read(keep: Keep, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [json.dumps(entity).encode() for entity in UNUSUAL] + damaged()
    results = []
    for most in (-1.0, 0.5, 2.0):  # always in one pass, as the share of kept items says, never
        monkeypatch.setattr(entity_rows, "_MOST", most)
        results.append(list(found(("de", "en"), keep, lines)))
    assert results[0] == results[1] == results[2]
    assert {type(result) for result in results[0]} == {EntityRows, str}
