"""What the entities are called in one wiki: names, page titles, redirects; and which facts its texts state."""

from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property

from pipeline.sample import cldr
from pipeline.sample.digest import fraction, number
from pipeline.sample.options import BASE_LANGUAGES, SampleOptions
from pipeline.sample.texts import LanguageTexts
from pipeline.sample.world import KINDS, Fact, World

_TITLE_ORDER = ("country", "city", "continent", "region", "language", "currency", "script")
assert sorted(_TITLE_ORDER) == sorted(KINDS)


def capitalised(title: str) -> str:
    """The title with the first letter in upper case, as on wikis with `<case>first-letter</case>`.

    >>> capitalised("евро"), capitalised("ユーロ")
    ('Евро', 'ユーロ')
    """
    upper = title[:1].upper()
    return (upper if len(upper) == 1 else title[:1]) + title[1:]


def is_unlinked(qid: int, options: SampleOptions) -> bool:
    """True for the entities that nothing links to (`SampleOptions.unlinked_share`), in no language."""
    return fraction(options.seed, "unlinked", qid) < options.unlinked_share


def is_stated(fact: Fact, lang: str, seed: int) -> bool:
    """True where the articles of `lang` state the fact: two or three of the five base languages, half of all others.

    Whether a language states a fact does not depend on which other languages are written.
    """
    key = (seed, "stated", *fact)
    if lang not in BASE_LANGUAGES:
        return fraction(*key, lang) < 0.5
    ranked = sorted(BASE_LANGUAGES, key=lambda one: number(*key, one))
    return lang in ranked[: 2 + number(*key) % 2]


class Names:
    """Names and titles of all entities in one wiki."""

    def __init__(self, world: World, texts: LanguageTexts, options: SampleOptions) -> None:
        self.world = world
        self.texts = texts
        self.options = options

    @cached_property
    def labels(self) -> dict[int, str]:
        """Names by qid, for the entities that CLDR names in this language."""
        found = {q: cldr.name(self.texts.cldr, e.kind, e.code) for q, e in self.world.entities.items()}
        return {qid: name for qid, name in found.items() if name is not None}

    @cached_property
    def homonyms(self) -> dict[str, tuple[int, ...]]:
        """Titles that more than one entity would have, with the entities in the order of their claim."""
        groups: defaultdict[str, list[int]] = defaultdict(list)
        for qid in sorted(self.labels, key=lambda q: (_TITLE_ORDER.index(self.world.entities[q].kind), q)):
            groups[capitalised(self.labels[qid])].append(qid)
        return {title: tuple(qids) for title, qids in groups.items() if len(qids) > 1}

    @cached_property
    def titles(self) -> dict[int, str]:
        """Page titles by qid, whether the page exists or not: the name, with the kind (and code) where it is taken."""
        titles = {qid: capitalised(label) for qid, label in self.labels.items()}
        for title, qids in self.homonyms.items():
            for qid in qids[1:]:
                titles[qid] = f"{title} ({self.texts.kinds[self.world.entities[qid].kind].noun})"
        taken: set[str] = set()
        for qid, title in titles.items():
            if title in taken:
                code = self.world.entities[qid].code.rpartition("/")[2]
                titles[qid] = f"{title.removesuffix(')')} {code})" if title.endswith(")") else f"{title} ({code})"
            taken.add(titles[qid])
        return titles

    @cached_property
    def articles(self) -> frozenset[int]:
        """The entities that have an article in this wiki."""
        share, seed, lang = self.options.missing_article_share, self.options.seed, self.texts.lang
        return frozenset(qid for qid in self.labels if fraction(seed, "no article", lang, qid) >= share)

    @cached_property
    def aliases(self) -> dict[int, tuple[str, ...]]:
        """Other names by qid: what the thing is called in its own language, the currency's code."""
        found: dict[int, tuple[str, ...]] = {}
        for qid, label in self.labels.items():
            entity = self.world.entities[qid]
            names = cldr.own_names(entity.kind, entity.code)
            if entity.kind == "currency":
                names.append(entity.code)
            names = [name for name in dict.fromkeys(names) if capitalised(name) != capitalised(label)]
            if names:
                found[qid] = tuple(names)
        return found

    @cached_property
    def redirects(self) -> dict[str, int]:
        """Titles of redirects to articles, made of aliases that no page or other redirect has."""
        taken = set(self.titles.values()) | set(self.homonyms)
        found: dict[str, int] = {}
        for qid in sorted(self.articles & self.aliases.keys()):
            for alias in self.aliases[qid]:
                if capitalised(alias) not in taken:
                    taken.add(capitalised(alias))
                    found[capitalised(alias)] = qid
        return found

    @cached_property
    def redirects_of(self) -> dict[int, tuple[str, ...]]:
        """`redirects`, by the article."""
        groups: defaultdict[int, list[str]] = defaultdict(list)
        for title, qid in self.redirects.items():
            groups[qid].append(title)
        return {qid: tuple(titles) for qid, titles in groups.items()}

    def stated(self, facts: Iterable[Fact]) -> list[Fact]:
        """Those of the facts that this wiki's texts state and whose two ends have names here."""
        return [fact for fact in facts if fact in self._stated]

    @cached_property
    def _stated(self) -> frozenset[Fact]:
        seed, lang = self.options.seed, self.texts.lang
        known = (f for f in self.world.facts if f.subject in self.labels and f.object in self.labels)
        return frozenset(fact for fact in known if is_stated(fact, lang, seed))

    @cached_property
    def article_titles(self) -> tuple[str, ...]:
        """Titles of all articles, sorted."""
        return tuple(sorted(self.titles[qid] for qid in self.articles))

    @cached_property
    def by_kind(self) -> dict[str, tuple[int, ...]]:
        """The entities that have a name, by kind, in the order of their ids."""
        return {kind: tuple(q for q in self.labels if self.world.entities[q].kind == kind) for kind in KINDS}
