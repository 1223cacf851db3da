"""The articles: a lead, sentences about the entity's facts under headings, lists of what points to it."""

from collections.abc import Iterable, Sequence
from itertools import groupby

from pipeline.sample import apparatus
from pipeline.sample.digest import number, pick, shuffled
from pipeline.sample.links import Linker, Markup, Prose, compose, fits
from pipeline.sample.names import Names, capitalised
from pipeline.sample.pages import SamplePage
from pipeline.sample.slots import fillings
from pipeline.sample.world import Fact

SENTENCES_PER_FACT = 4
"""Sentences that state a fact where it is told in full (of 3 to 5 templates, without repetition)."""
TOLD_PER_LIST = 40
"""Facts of an incoming relation that are told in sentences, besides the list that has them all."""
SIBLINGS = 5
"""Sentences about other subjects with the same object, a fact."""
BRIEF_SENTENCES = 2
"""Sentences a fact in brief articles, by the same templates for all facts of a relation."""


class ArticleWriter:
    """Writes the articles of one wiki; every choice is keyed by wiki, page and place."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.texts = names.texts
        self.seed = names.options.seed

    def article(self, qid: int) -> SamplePage:
        """The article about an entity that has one in this wiki."""
        linker = Linker(self.names, qid, qid)
        if self.names.options.brief_articles:
            blocks = [self._lead(qid, linker), *self._brief_facts(qid, linker)]
        else:
            blocks = [
                self._lead(qid, linker),
                *self._facts(qid, linker),
                *self._incoming(qid, linker),
                *self._see_also(qid, linker),
            ]
            blocks = apparatus.decorate(blocks, qid, self.names)
        return SamplePage(
            title=self.names.titles[qid],
            wikitext="\n\n".join(block.wikitext for block in blocks),
            role="article",
            qid=qid,
            links=tuple(link for block in blocks for link in block.links),
        )

    def _lead(self, qid: int, linker: Linker) -> Prose:
        entity = self.names.world.entities[qid]
        note = apparatus.own_name(qid, self.names)
        for template in self.texts.kinds[entity.kind].leads:
            for filling in fillings(template, qid, self.names, stated_only=True):
                name = self.names.labels[qid]
                shown = capitalised(name) if template.startswith("{name}") else name
                slots = {slot: linker.mention(other) for slot, other in filling.items()}
                slots["name"] = Markup(f"'''{shown}'''{note}")
                return compose(template.replace("^", ""), slots, self.texts.wiki)
        raise AssertionError(f"kind {entity.kind} has no lead without slots in {self.texts.lang}")

    def _facts(self, qid: int, linker: Linker) -> Iterable[Prose]:
        stated = self.names.stated(self.names.world.outgoing.get(qid, ()))
        heading_of = {fact: self.texts.relations[fact.relation].heading for fact in stated}
        ordered = sorted(stated, key=lambda fact: (number(self.seed, self.texts.lang, heading_of[fact]), fact))
        for heading, facts in groupby(ordered, key=lambda fact: heading_of[fact]):
            yield Prose(f"== {heading} ==")
            for fact in facts:
                yield self._paragraph(self.told(fact, linker, SENTENCES_PER_FACT, "own"))
                if siblings := self._siblings(fact, linker):
                    yield self._paragraph(siblings)

    def _brief_facts(self, qid: int, linker: Linker) -> Iterable[Prose]:
        for fact in self.names.stated(self.names.world.outgoing.get(qid, ())):
            for template in self._usable(fact)[:BRIEF_SENTENCES]:
                yield self._sentence(template, fact, linker)

    def _usable(self, fact: Fact) -> list[str]:
        """The relation's templates that can carry the fact's names."""
        labels = {"s": self.names.labels[fact.subject], "o": self.names.labels[fact.object]}
        return [t for t in self.texts.relations[fact.relation].sentences if fits(t, labels, self.texts.wiki)]

    def told(self, fact: Fact, linker: Linker, count: int, *key: object) -> list[Prose]:
        """`count` different sentences that state the fact, links included."""
        chosen = shuffled(self._usable(fact), str, self.seed, self.texts.lang, *fact, *key)[:count]
        return [self._sentence(template, fact, linker) for template in chosen]

    def _sentence(self, template: str, fact: Fact, linker: Linker, second: int | None = None) -> Prose:
        ends = {"s": fact.subject, "o": fact.object}
        if second is not None:
            ends["t"] = second
        return compose(template, _in_order(template, ends, linker), self.texts.wiki)

    def _siblings(self, fact: Fact, linker: Linker) -> list[Prose]:
        others = self.names.stated(f for f in self.names.world.incoming[fact.object] if f.relation == fact.relation)
        others = [other for other in others if other.subject != fact.subject]
        nearest = shuffled(others, lambda other: other.subject, self.seed, self.texts.lang, "sibling", *fact)[:SIBLINGS]
        templates = self.texts.relations[fact.relation].shared
        return [
            self._sentence(
                pick(templates, self.seed, self.texts.lang, *fact, other.subject), fact, linker, other.subject
            )
            for other in nearest
        ]

    def _incoming(self, qid: int, linker: Linker) -> Iterable[Prose]:
        stated = self.names.stated(self.names.world.incoming.get(qid, ()))
        for relation, facts in groupby(stated_by_relation(stated), key=lambda fact: fact.relation):
            group = shuffled(facts, lambda f: f.subject, self.seed, self.texts.lang, "list")
            texts = self.texts.relations[relation]
            yield Prose(f"== {texts.list_heading} ==")
            yield Prose(self.texts.phrases["list_intro"])
            yield self._list([fact.subject for fact in group], linker)
            told = [s for fact in group[:TOLD_PER_LIST] for s in self.told(fact, linker, 2, "list", qid)]
            yield from (self._paragraph(told[at : at + 4]) for at in range(0, len(told), 4))
            if relation == "country_region":
                yield Prose(f"== {self.texts.phrases['survey']} ==")
                for fact in group:
                    yield from self._survey(fact.subject, linker)

    def _survey(self, country: int, linker: Linker) -> Iterable[Prose]:
        facts = self.names.stated(self.names.world.outgoing.get(country, ()))
        facts += self.names.stated(self.names.world.incoming.get(country, ()))
        if facts:
            yield Prose(f"=== {self.names.labels[country]} ===")
            told = [s for fact in facts for s in self.told(fact, linker, 2, "survey")]
            yield from (self._paragraph(told[at : at + 4]) for at in range(0, len(told), 4))

    def _see_also(self, qid: int, linker: Linker) -> Iterable[Prose]:
        same = self.names.by_kind[self.names.world.entities[qid].kind]
        key = (self.seed, self.texts.lang, "see also", qid)
        wanted = {pick(same, *key, place) for place in range(number(*key) % 3 + 1)} - {qid}
        if wanted:
            yield Prose(f"== {self.texts.phrases['see_also']} ==")
            yield self._list(sorted(wanted), linker)

    def _list(self, qids: Sequence[int], linker: Linker) -> Prose:
        marks = [linker.mention(qid, always=True) for qid in qids]
        return Prose("\n".join(f"* {m.wikitext}" for m in marks), [m.link for m in marks if m.link is not None])

    def _paragraph(self, sentences: Sequence[Prose]) -> Prose:
        glue = "" if self.texts.lang in ("ja", "zh") else " "
        return Prose(glue.join(s.wikitext for s in sentences), [link for s in sentences for link in s.links])


def stated_by_relation(facts: Iterable[Fact]) -> list[Fact]:
    """Facts in the order of their relation's name.

    >>> stated_by_relation([Fact(2, "b", 1), Fact(1, "a", 1)])
    [Fact(subject=1, relation='a', object=1), Fact(subject=2, relation='b', object=1)]
    """
    return sorted(facts, key=lambda fact: (fact.relation, fact.subject))


def _in_order(template: str, ends: dict[str, int], linker: Linker) -> dict[str, Markup]:
    return {slot: linker.mention(ends[slot]) for slot in sorted(ends, key=lambda slot: template.find("{" + slot + "}"))}
