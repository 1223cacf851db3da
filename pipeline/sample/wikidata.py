"""Wikidata's dump of the sample world: items, properties, a lexeme, redirects of items, in the order of a digest."""

from collections import defaultdict
from collections.abc import Mapping

from pipeline.sample.digest import shuffled
from pipeline.sample.disambiguations import disambiguations
from pipeline.sample.names import Names
from pipeline.sample.options import SampleOptions
from pipeline.sample.wikidata_items import DISAMBIGUATION_CLASS, ItemWriter
from pipeline.sample.wikidata_texts import item_texts
from pipeline.sample.wikidata_truth import WikidataTruth
from pipeline.sample.wikidata_values import Json, item_statement, revision
from pipeline.sample.world import World

BARE_ITEMS = 60
FIRST_BARE_QID = 970_000_000


def wikidata_documents(
    world: World, sites: Mapping[str, Names], options: SampleOptions
) -> tuple[list[Json], WikidataTruth]:
    """All documents of the dump, and what is in them."""
    writer = ItemWriter(world, sites, item_texts(world, sites, options), options)
    documents = [writer.item(qid) for qid in world.entities]
    for qid, titles in _disambiguations(sites).items():
        documents.append(writer.disambiguation(qid, titles))
    for kind, qid in world.classes.items():
        nouns = {names.texts.wikidata: names.texts.kinds[kind].noun for names in sites.values()}
        documents.append(writer.bare(qid, nouns, {}))
    documents.append(
        writer.bare(
            DISAMBIGUATION_CLASS, {n.texts.wikidata: n.texts.phrases["disambiguation"] for n in sites.values()}, {}
        )
    )
    for place in range(BARE_ITEMS):
        article = {"en": "scientific article"} if place % 2 else {}
        documents.append(
            writer.bare(FIRST_BARE_QID + place, {"en" if place % 3 else "pl": f"Sample paper {place}"}, article)
        )
    truth = writer.truth
    for place, property_id in enumerate(sorted({31, *world.properties.values()})):
        documents.append(_property(property_id, sites, empty=[] if place % 2 else {}))
        truth.properties += 1
    documents.append(_lexeme())
    truth.lexemes += 1
    documents += [{"entity": f"Q{old}", "redirect": f"Q{new}"} for old, new in sorted(truth.redirects.items())]
    return shuffled(documents, lambda one: one.get("id", one.get("entity")), options.seed, "order of lines"), truth


def _disambiguations(sites: Mapping[str, Names]) -> dict[int, dict[str, str]]:
    found: defaultdict[int, dict[str, str]] = defaultdict(dict)
    for lang, names in sites.items():
        for one in disambiguations(names):
            found[one.qid][lang] = one.title
    return dict(sorted(found.items()))


def _property(property_id: int, sites: Mapping[str, Names], empty: object) -> Json:
    texts = {names.texts.wikidata: names.texts.properties[property_id] for names in sites.values()}
    name = f"P{property_id}"
    return {
        "type": "property",
        "datatype": "wikibase-item",
        "id": name,
        "labels": {lang: {"language": lang, "value": one.label} for lang, one in texts.items()},
        "descriptions": {lang: {"language": lang, "value": one.description} for lang, one in texts.items()},
        "aliases": {lang: [{"language": lang, "value": a} for a in one.aliases] for lang, one in texts.items()}
        or empty,
        "claims": {"P31": [item_statement(name, 31, 28326730, "normal")]} if property_id == 31 else empty,
        **revision(name),
    }


def _lexeme() -> Json:
    return {
        "type": "lexeme",
        "id": "L900000001",
        "lemmas": {"en": {"language": "en", "value": "sample"}},
        "lexicalCategory": "Q1084",
        "language": "Q1860",
        "claims": [],
        "forms": [
            {"id": "L900000001-F1", "representations": {"en": {"language": "en", "value": "samples"}}, "claims": []}
        ],
        "senses": [],
        **revision("L900000001"),
    }
