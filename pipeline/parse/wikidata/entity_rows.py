"""One entity's JSON → its rows in all of Wikidata's tables, or the name of the count that it goes to."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

from pipeline.languages.codes import wikipedia_of_dbname
from pipeline.parse.wikidata.model import AnyEntity, Decoders, decoders, entity_number, part
from pipeline.parse.wikidata.statements import item_statements
from pipeline.parse.wikidata.terms import ENGLISH, MUL_LANGUAGE, TermPicker, Terms, all_codes, wanted_languages
from pipeline.records import Entity, EntityText, ItemRedirect, PropertyText, Sitelink, Statement, new_row

Keep = Literal["all", "described", "linked"]
Outcome = Literal["kept", "not_linked", "not_described", "properties", "lexemes", "redirects", "other_types"]
OUTCOMES: tuple[Outcome, ...] = (
    "kept",
    "not_linked",
    "not_described",
    "properties",
    "lexemes",
    "redirects",
    "other_types",
)


_LAST_ITEMS = 16
"""How many items a new one stands against in the share of those that are kept."""
_MOST = 0.5
"""Share of kept items above which one pass over all items is cheaper (measured: from 0.5 on)."""


class MalformedEntity(Exception):
    """An entity that cannot be read; `reason` is counted."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


@dataclass(kw_only=True)
class EntityRows:
    """What became of an entity: its outcome, its rows, and counts of what was not stored."""

    outcome: Outcome
    entity: Entity | None = None
    texts: list[EntityText] = field(default_factory=list)
    sitelinks: list[Sitelink] = field(default_factory=list)
    statements: list[Statement] = field(default_factory=list)
    properties: list[PropertyText] = field(default_factory=list)
    redirect: ItemRedirect | None = None
    counts: dict[str, int] = field(default_factory=dict)

    def tables(self) -> Iterator[tuple[str, Sequence[tuple[object, ...]]]]:
        """The rows by table, where there are any."""
        if self.entity is not None:
            yield "entities", (self.entity,)
        if self.redirect is not None:
            yield "item_redirects", (self.redirect,)
        for table, rows in (
            ("entity_texts", self.texts),
            ("sitelinks", self.sitelinks),
            ("statements", self.statements),
            ("properties", self.properties),
        ):
            if rows:
                yield table, rows


class EntityReader:
    """Reads entities for the wanted languages (Wikipedia codes). Properties are read in these, `mul` and English."""

    def __init__(self, langs: tuple[str, ...], keep: Keep) -> None:
        self._keep = keep
        self._languages = wanted_languages(langs)
        self._codes = all_codes(self._languages)
        self._langs = frozenset(langs)
        english = () if "en" in self._langs else (ENGLISH,)
        self._property_languages = (*self._languages, MUL_LANGUAGE, *english)
        self._item_languages = (*self._languages, MUL_LANGUAGE)
        self._decoders: Decoders = decoders(self._codes)
        self._picker = TermPicker(self._codes)
        self._sites: set[str] = set()
        self._wikipedias: set[str] = set()
        self._wanted: dict[str, str] = {}  # of the sites seen so far: all, Wikipedias, and wanted ones with their code
        self._kept = 1.0
        """Share of items among the last ones that were kept."""

    def rows(self, data: bytes | msgspec.Raw) -> EntityRows:
        """The rows of one entity.

        Raises MalformedEntity where the JSON is damaged, of an unexpected shape, or has no valid id.
        """
        try:
            entity = self._entity(data)
            if entity.redirect:
                return self._redirect(entity)
            if entity.type == "item":
                found = self._item(entity)
                self._kept += ((found.outcome == "kept") - self._kept) / _LAST_ITEMS
                return found
            if entity.type == "property":
                return self._property(entity)
            return EntityRows(outcome="lexemes" if entity.type == "lexeme" else "other_types")
        except msgspec.ValidationError as error:
            raise MalformedEntity("unexpected_shape", f"{error} in {bytes(data)[:100]!r}") from error
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise MalformedEntity("malformed_json", f"{error} in {bytes(data)[:100]!r}") from error

    def _entity(self, data: bytes | msgspec.Raw) -> AnyEntity:
        """The entity, in one pass where most are kept; else its parts are left for when it is known that it is kept.

        The choice is one of time alone: both give the same rows, and what one pass refuses is read part by part, which
        reads more and says what is wrong.
        """
        if self._kept > _MOST:
            with suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                return self._decoders.whole.decode(data)
        return self._decoders.entity.decode(data)

    def _item(self, entity: AnyEntity) -> EntityRows:
        qid = self._number(entity, "Q")
        sitelinks, total, counts = self._sitelinks(qid, entity)
        if self._keep == "linked" and not sitelinks:
            return EntityRows(outcome="not_linked")
        descriptions = part(entity.descriptions, self._decoders.terms)
        if self._keep == "described" and not self._picker.has(self._languages, descriptions):
            return EntityRows(outcome="not_described")
        statements = item_statements(qid, entity.claims, self._decoders)
        texts = [
            new_row(
                EntityText,
                (
                    terms.language.lang,
                    terms.language.wikidata_lang,
                    qid,
                    terms.label,
                    terms.description,
                    terms.aliases,
                    terms.label_lang,
                    terms.description_lang,
                ),
            )
            for terms in self._terms(self._item_languages, entity, descriptions)
        ]
        return EntityRows(
            outcome="kept",
            entity=Entity(qid, total, statements.instance_of),
            texts=texts,
            sitelinks=sitelinks,
            statements=statements.rows,
            counts=counts | statements.counts,
        )

    @staticmethod
    def _redirect(entity: AnyEntity) -> EntityRows:
        """A redirect of an item to another one is a row; those of lexemes and of an id to itself are counted."""
        old, new = entity_number(entity.entity, "Q"), entity_number(entity.redirect, "Q")
        if not old or not new or old == new:
            return EntityRows(outcome="redirects", counts={"redirects_not_of_items": 1})
        return EntityRows(outcome="redirects", redirect=ItemRedirect(old, new))

    def _property(self, entity: AnyEntity) -> EntityRows:
        number = self._number(entity, "P")
        descriptions = part(entity.descriptions, self._decoders.terms)
        rows = [
            PropertyText(
                terms.language.lang,
                number,
                terms.label,
                terms.description,
                terms.aliases,
                terms.label_lang,
                terms.description_lang,
                entity.datatype,
            )
            for terms in self._terms(self._property_languages, entity, descriptions)
        ]
        return EntityRows(outcome="properties", properties=rows)

    def _terms(self, languages: Any, entity: AnyEntity, descriptions: Any) -> list[Terms]:
        labels = part(entity.labels, self._decoders.terms)
        aliases = part(entity.aliases, self._decoders.aliases)
        return list(self._picker.pick(languages, labels, descriptions, aliases))

    def _sitelinks(self, qid: int, entity: AnyEntity) -> tuple[list[Sitelink], int, dict[str, int]]:
        """The sitelinks to wanted Wikipedias, the number of those to all Wikipedias, and counts of what is stored."""
        links = entity.sitelinks
        if isinstance(links, list) or not links:
            return [], 0, {}
        if not self._sites.issuperset(links):
            self._see(links)
        total = len(links.keys() & self._wikipedias)
        wanted = [(lang, links[site]) for site, lang in self._wanted.items() if site in links]
        titles = [(lang, part(value, self._decoders.sitelink).title) for lang, value in wanted]
        rows = [new_row(Sitelink, (lang, title, qid)) for lang, title in titles if title.strip()]
        counts = {
            "sitelinks_stored": len(rows),
            "sitelinks_no_wikipedia": len(links) - total,
            "sitelinks_other_wikipedias": total - len(wanted),
        }
        return rows, total, {name: number for name, number in counts.items() if number}

    def _see(self, links: Iterable[str]) -> None:
        """Learns what the sites are that were not seen before."""
        for site in links:
            lang = wikipedia_of_dbname(site)
            self._sites.add(site)
            if lang is not None:
                self._wikipedias.add(site)
                if lang in self._langs:
                    self._wanted = dict(sorted([*self._wanted.items(), (site, lang)]))

    @staticmethod
    def _number(entity: AnyEntity, prefix: str) -> int:
        number = entity_number(entity.id, prefix)
        if not number:
            raise MalformedEntity("invalid_id", f"expected {prefix} and a number, found {entity.id[:40]!r}")
        return number
