"""The items of the sample world as Wikidata's JSON, with the oddities of the real dump dealt out by digest."""

from collections import defaultdict
from collections.abc import Mapping

from pipeline.records import Rank
from pipeline.sample import cldr
from pipeline.sample.digest import fraction, pick
from pipeline.sample.names import Names, is_unlinked
from pipeline.sample.options import SampleOptions
from pipeline.sample.wikidata_texts import ItemTexts, linked_titles, terms
from pipeline.sample.wikidata_truth import WikidataTruth
from pipeline.sample.wikidata_values import (
    Json,
    item_statement,
    other_statements,
    revision,
    snak,
    statement,
    with_source,
)
from pipeline.sample.world import Fact, World

DISAMBIGUATION_CLASS = 4167410
"""Q4167410, Wikimedia disambiguation page: a real id."""
FIRST_REDIRECT_QID = 960_000_000
PREFERRED, DEPRECATED, UNKNOWN_VALUE, OTHER, SOURCED, EMPTY_LIST, OBJECT_BY_REDIRECT = (
    0.15,
    0.08,
    0.05,
    0.3,
    0.2,
    0.5,
    0.004,
)
"""Shares of: several values with one preferred; an item with a deprecated wrong value; with somevalue or novalue; with
all other datatypes; statements with qualifier and reference; empty maps written `[]`; objects named by an old id."""


class ItemWriter:
    """Makes the JSON of items and counts what is in it; `sites` are the wikis that are written."""

    def __init__(self, world: World, sites: Mapping[str, Names], texts: ItemTexts, options: SampleOptions) -> None:
        self.world = world
        self.sites = sites
        self.texts = texts
        self.options = options
        self.titles = linked_titles(world, sites, options)
        self.truth = WikidataTruth()

    def item(self, qid: int) -> Json:
        """The document of an entity of the world."""
        entity = self.world.entities[qid]
        statements = defaultdict(list)
        statements[31].append(item_statement(f"Q{qid}", 31, self.world.classes[entity.kind], "normal"))
        self.truth.count(qid, 31, self.world.classes[entity.kind], "normal")
        if not is_unlinked(qid, self.options):
            for property_id, facts in self._by_property(qid).items():
                statements[property_id] += self._statements(qid, property_id, facts)
            self._odd(qid, statements)
        sitelinks = self._sitelinks(qid)
        return self._document(f"Q{qid}", terms(self.texts, qid), statements, sitelinks)

    def disambiguation(self, qid: int, titles: Mapping[str, str]) -> Json:
        """The item of disambiguation pages, `titles` by language."""
        statements = {31: [item_statement(f"Q{qid}", 31, DISAMBIGUATION_CLASS, "normal")]}
        self.truth.count(qid, 31, DISAMBIGUATION_CLASS, "normal")
        labels = {self.sites[lang].texts.wikidata: title for lang, title in titles.items()}
        sitelinks = {self.sites[lang].texts.dbname: (title, "") for lang, title in titles.items()}
        self.truth.sitelinks.update((lang, title, qid) for lang, title in titles.items())
        return self._document(f"Q{qid}", (labels, {}, {}), statements, sitelinks)

    def bare(self, qid: int, labels: Mapping[str, str], descriptions: Mapping[str, str]) -> Json:
        """An item with nothing but labels and descriptions: a class, or one of the many that no wiki has a page for."""
        return self._document(f"Q{qid}", (labels, descriptions, {}), {}, {})

    def _by_property(self, qid: int) -> dict[int, list[Fact]]:
        groups: defaultdict[int, list[Fact]] = defaultdict(list)
        for fact in self.world.outgoing.get(qid, ()):
            if not is_unlinked(fact.object, self.options):
                groups[self.world.properties[fact.relation]].append(fact)
        return groups

    def _statements(self, qid: int, property_id: int, facts: list[Fact]) -> list[Json]:
        seed = self.options.seed
        prefers = len(facts) > 1 and fraction(seed, "preferred", qid, property_id) < PREFERRED
        out = []
        for place, fact in enumerate(facts):
            rank: Rank = "preferred" if prefers and place == 0 else "normal"
            named = fact.object
            if fraction(seed, "by redirect", *fact) < OBJECT_BY_REDIRECT:
                named = FIRST_REDIRECT_QID + fact.object % 10_000_000
                self.truth.redirects[named] = fact.object
            one = item_statement(f"Q{qid}", property_id, named, rank)
            out.append(with_source(one, fact.object) if fraction(seed, "sourced", *fact) < SOURCED else one)
            self.truth.count(qid, property_id, fact.object, rank)
        return out

    def _odd(self, qid: int, statements: defaultdict[int, list[Json]]) -> None:
        seed, subject, kind = self.options.seed, f"Q{qid}", self.world.entities[qid].kind
        if kind == "country" and fraction(seed, "deprecated", qid) < DEPRECATED:
            right = {fact.object for fact in self.world.outgoing[qid]}
            wrong = [q for q, e in self.world.entities.items() if e.kind == "currency" and q not in right]
            wrong = [q for q in wrong if not is_unlinked(q, self.options)]
            statements[38].append(item_statement(subject, 38, pick(wrong, seed, qid), "deprecated"))
            self.truth.count(qid, 38, pick(wrong, seed, qid), "deprecated")
        share = fraction(seed, "unknown value", qid)
        if share < 2 * UNKNOWN_VALUE:
            snaktype = "somevalue" if share < UNKNOWN_VALUE else "novalue"
            statements[361].append(statement(subject, snak(361, None, "wikibase-item", snaktype), "normal", snaktype))
            self.truth.snaks[snaktype] += 1
        if fraction(seed, "other datatypes", qid) < OTHER:
            for one in other_statements(subject, qid):
                statements[int(one["mainsnak"]["property"][1:])].append(one)
                self.truth.datatypes[one["mainsnak"]["datatype"]] += 1

    def _sitelinks(self, qid: int) -> dict[str, tuple[str, str]]:
        """Site → (title, badge). Those that do not count as a Wikipedia, or are not wanted, stand among the others."""
        if is_unlinked(qid, self.options):
            return {}
        share = fraction(self.options.seed, "sitelinks", qid)
        found: dict[str, tuple[str, str]] = {}
        label = cldr.name("en", self.world.entities[qid].kind, self.world.entities[qid].code) or f"Q{qid}"
        if share < 0.3:
            found["commonswiki"] = (f"Category:{label}", "")
        for lang, names in self.sites.items():
            title = self.titles[lang].get(qid)
            if title is not None:
                found[names.texts.dbname] = (title, "Q17437796" if share > 0.97 else "")
                self.truth.sitelinks.add((lang, title, qid))
        if share > 0.8:
            found |= {"enwikivoyage": (label, ""), "wikidatawiki": (f"Wikidata:{label}", "")}
        if 0.4 < share < 0.5:
            found |= {"viwiki": (label, ""), "be_x_oldwiki": (label, ""), "zh_min_nanwiki": (label, "")}
        return found

    def _document(
        self,
        name: str,
        item_terms: tuple[Mapping[str, str], Mapping[str, str], Mapping[str, list[str]]],
        statements: Mapping[int, list[Json]],
        sitelinks: Mapping[str, tuple[str, str]],
    ) -> Json:
        labels, found, aliases = item_terms
        empty: object = [] if fraction(self.options.seed, "empty list", name) < EMPTY_LIST else {}
        links = {s: {"site": s, "title": t, "badges": [b] if b else []} for s, (t, b) in sitelinks.items()}
        maps = {
            "labels": {lang: {"language": lang, "value": text} for lang, text in labels.items()},
            "descriptions": {lang: {"language": lang, "value": text} for lang, text in found.items()},
            "aliases": {lang: [{"language": lang, "value": t} for t in group] for lang, group in aliases.items()},
            "claims": {f"P{pid}": group for pid, group in statements.items() if group},
            "sitelinks": links,
        }
        self.truth.items += 1
        self.truth.empty_lists += sum(1 for value in maps.values() if not value and empty == [])
        return {
            "type": "item",
            "id": name,
            **{k: value or empty for k, value in maps.items()},
            **revision(name),
        }
