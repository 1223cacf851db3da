"""The Wikidata dump: lines of a JSON array, with everything in it that the real one has."""

import bz2
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from pipeline.sample import SampleOptions, SampleReport, write_sample
from pipeline.sample.disambiguations import FIRST_DISAMBIGUATION_QID
from pipeline.sample.names import Names
from pipeline.sample.wikidata import wikidata_documents
from pipeline.sample.world import World

Json = dict[str, Any]


def _read(path: Path) -> list[Json]:
    lines = bz2.decompress(path.read_bytes()).decode("ascii").split("\n")
    assert (lines[0], lines[-2:]) == ("[", ["]", ""])
    assert all(line.endswith("},") for line in lines[1:-3])
    assert lines[-3].endswith("}")
    return [json.loads(line.rstrip(",")) for line in lines[1:-2]]


@pytest.fixture(scope="module")
def documents(sample: SampleReport) -> list[Json]:
    return _read(sample.wikidata)


@pytest.fixture(scope="module")
def items(documents: list[Json]) -> dict[int, Json]:
    return {int(one["id"][1:]): one for one in documents if one.get("type") == "item"}


def _statements(item: Json) -> list[tuple[int, Json]]:
    return [(int(name[1:]), one) for name, group in dict(item["claims"] or {}).items() for one in group]


def test_kinds_of_documents(sample: SampleReport, documents: list[Json], items: dict[int, Json]) -> None:
    kinds = Counter(one.get("type", "redirect") for one in documents)
    truth = sample.truth
    assert kinds == {"item": truth.items, "property": 8, "lexeme": 1, "redirect": len(truth.redirects)}
    assert truth.properties == 8
    assert truth.redirects
    fields = ["type", "id", "labels", "descriptions", "aliases", "claims", "sitelinks", "lastrevid", "modified"]
    assert all(list(item) == fields for item in items.values())


def test_every_fact_is_a_statement_and_ranks_are_as_counted(
    sample: SampleReport, world: World, items: dict[int, Json]
) -> None:
    found = {
        (qid, pid, sample.truth.redirects.get(obj, obj), one["rank"])
        for qid, item in items.items()
        for pid, one in _statements(item)
        if one["mainsnak"]["datatype"] == "wikibase-item" and one["mainsnak"]["snaktype"] == "value"
        for obj in [one["mainsnak"]["datavalue"]["value"]["numeric-id"]]
    }
    assert found == sample.truth.statements
    facts = {(s, world.properties[relation], o) for s, relation, o in world.facts}
    assert facts <= {row[:3] for row in found}
    truthy = sample.truth.truthy()
    assert 1150 <= len(facts & truthy) < len(facts)
    assert all(row[3] != "deprecated" or row[:3] not in truthy for row in found)
    assert Counter(row[3] for row in found).keys() == {"normal", "preferred", "deprecated"}


def test_oddities_are_all_there(sample: SampleReport, items: dict[int, Json]) -> None:
    statements = [one for item in items.values() for _pid, one in _statements(item)]
    snaks = Counter(one["mainsnak"]["snaktype"] for one in statements)
    assert snaks["somevalue"] == sample.truth.snaks["somevalue"] > 5
    assert snaks["novalue"] == sample.truth.snaks["novalue"] > 5
    datatypes = Counter(one["mainsnak"]["datatype"] for one in statements)
    assert {k: n for k, n in datatypes.items() if k != "wikibase-item"} == sample.truth.datatypes
    assert datatypes["sample-sundial"] > 50
    assert any("qualifiers" in one and "references" in one for one in statements)
    empty = [value for item in items.values() for value in item.values() if value == []]
    assert len(empty) == sample.truth.empty_lists > 50
    assert any(item["aliases"] == {} for item in items.values())


def test_labels_have_mul_variants_and_gaps(items: dict[int, Json], world: World) -> None:
    with_mul = [items[qid] for qid in world.entities if "mul" in items[qid]["labels"]]
    assert len(with_mul) > 30
    assert all("en" not in item["labels"] for item in with_mul)
    assert not any("mul" in (item["descriptions"] or {}) for item in items.values())
    labels = Counter(lang for item in items.values() for lang in item["labels"])
    assert min(labels[lang] for lang in ("en-gb", "de-at", "vi", "ja")) > 50
    only_variant = [item for item in items.values() if "de-at" in item["labels"] and "de" not in item["labels"]]
    assert only_variant
    described = Counter(lang for item in items.values() for lang in item["descriptions"] or {})
    assert all(0.9 < described[lang] / len(world.entities) < 1.0 for lang in ("de", "ru", "ar", "ja"))


def test_sitelinks_agree_with_the_pages_and_others_stand_among_them(
    sample: SampleReport, items: dict[int, Json]
) -> None:
    found = {
        (s, link["title"], qid) for qid, item in items.items() for s, link in dict(item["sitelinks"] or {}).items()
    }
    titles = {(wiki.lang, page.title) for wiki in sample.wikis.values() for _id, page in wiki.pages if page.qid}
    assert {(f"{lang}wiki", title) for lang, title in titles} == {
        row[:2] for row in found if row[0][:-4] in sample.wikis
    }
    assert {(lang, title, qid) for lang, title, qid in sample.truth.sitelinks} == {
        (site[:-4], title, qid) for site, title, qid in found if site[:-4] in sample.wikis
    }
    assert {"commonswiki", "wikidatawiki", "enwikivoyage", "viwiki", "be_x_oldwiki"} <= {row[0] for row in found}
    assert any(link["badges"] for item in items.values() for link in dict(item["sitelinks"] or {}).values())


def test_disambiguation_items(sample: SampleReport, items: dict[int, Json]) -> None:
    marked = {s for s, p, o, _rank in sample.truth.statements if (p, o) == (31, 4167410)}
    pages = {p.title for wiki in sample.wikis.values() for _id, p in wiki.pages if p.role == "disambiguation"}
    assert pages
    assert {link["title"] for qid in marked for link in items[qid]["sitelinks"].values()} == pages


def test_descriptions_tell_entities_apart_but_some_are_shared(items: dict[int, Json], world: World) -> None:
    for lang in ("en", "de", "ru", "ar", "ja"):
        texts = Counter(
            items[qid]["descriptions"][lang]["value"] for qid in world.entities if lang in items[qid]["descriptions"]
        )
        assert sum(1 for count in texts.values() if count == 1) > 0.8 * texts.total()
        assert texts.most_common(1)[0][1] > 5


def test_unlinked_entities_have_texts_and_nothing_else(tmp_path: Path, world: World) -> None:
    report = write_sample(["ja"], tmp_path, options=SampleOptions(unlinked_share=0.2))
    assert 0.15 < len(report.unlinked) / len(world.entities) < 0.25
    documents = {one.get("id"): one for one in _read(report.wikidata)}
    for qid in report.unlinked:
        item = documents[f"Q{qid}"]
        assert not item["sitelinks"]
        assert set(item["claims"]) == {"P31"}
        assert item["labels"]
    assert not {o for _s, _p, o, _rank in report.truth.statements} & report.unlinked
    titles = {page.title for _id, page in report.wikis["ja"].pages if page.qid in report.unlinked}
    assert titles
    links = {link.target for _id, page in report.wikis["ja"].pages for link in page.links}
    assert not titles & links


def test_permuted_items_get_texts_and_sitelinks_by_another_permutation_in_each_language(
    items: dict[int, Json], world: World, names: dict[str, Names]
) -> None:
    fixed = frozenset(list(world.entities)[:10])
    options = SampleOptions(permute_items=True, permute_fixed=fixed)
    sites = {lang: Names(world, of_language.texts, options) for lang, of_language in names.items()}
    documents, truth = wikidata_documents(world, sites, options)
    permuted = {int(one["id"][1:]): one for one in documents if one.get("type") == "item"}
    moves: dict[str, dict[str, str]] = {}
    for lang in ("ru", "ja"):
        true = {items[q]["labels"][lang]["value"]: str(q) for q in world.entities if lang in items[q]["labels"]}
        shown = {str(q): permuted[q]["labels"].get(lang, {}).get("value") for q in world.entities}
        moves[lang] = {qid: true[label] for qid, label in shown.items() if label in true}
        assert Counter(shown.values()).keys() - {None} == true.keys()
        assert all(moves[lang][str(qid)] == str(qid) for qid in fixed if str(qid) in moves[lang])
    free = [str(qid) for qid in world.entities if qid not in fixed]
    same = [qid for qid in free if moves["ru"].get(qid) == moves["ja"].get(qid)]
    own = [qid for qid in free if moves["ru"].get(qid) == qid]
    assert len(same) < 15
    assert len(own) < 25  # names that two entities share
    for qid in world.entities:
        assert permuted[qid]["claims"] == items[qid]["claims"]

    was = {lang: _items_of_titles(items, f"{lang}wiki") for lang in ("ru", "ja")}
    now = {lang: _items_of_titles(permuted, f"{lang}wiki") for lang in ("ru", "ja")}
    dealt = {lang: {was[lang][title]: now[lang][title] for title in was[lang]} for lang in was}
    for lang, given in dealt.items():
        assert was[lang].keys() == now[lang].keys()
        assert {qid for qid, other in given.items() if qid == other} == fixed & given.keys()
        assert sum(moves[lang].get(str(other)) == str(qid) for qid, other in given.items()) < 15 + len(fixed)
        assert {(lang, title, qid) for title, qid in now[lang].items()} <= truth.sitelinks
    assert sum(dealt["ru"][qid] == dealt["ja"].get(qid) for qid in dealt["ru"].keys() - fixed) < 15


def _items_of_titles(items: dict[int, Json], site: str) -> dict[str, int]:
    """Title → item, of the items of the world: those of disambiguation pages are not dealt."""
    return {
        item["sitelinks"][site]["title"]: qid
        for qid, item in items.items()
        if site in item["sitelinks"] and qid < FIRST_DISAMBIGUATION_QID
    }
