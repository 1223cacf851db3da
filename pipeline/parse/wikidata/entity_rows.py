"""One entity's JSON → its rows in all of Wikidata's tables, or the name of the count that it goes to."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

from pipeline.languages.codes import wikipedia_of_dbname
from pipeline.parse.wikidata.model import Decoders, EntityDoc, decoders
from pipeline.parse.wikidata.statements import entity_number, item_statements
from pipeline.parse.wikidata.terms import ENGLISH, MUL_LANGUAGE, TermPicker, Terms, all_codes, wanted_languages
from pipeline.records import Entity, EntityText, ItemRedirect, PropertyText, Sitelink, Statement

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
    counts: Counter[str] = field(default_factory=Counter)


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
        self._wikipedias: dict[str, str | None] = {}

    def rows(self, data: bytes | msgspec.Raw) -> EntityRows:
        """The rows of one entity.

        Raises MalformedEntity where the JSON is damaged, of an unexpected shape, or has no valid id.
        """
        try:
            entity = self._decoders.entity.decode(data)
            if entity.redirect:
                return self._redirect(entity)
            if entity.type == "item":
                return self._item(entity)
            if entity.type == "property":
                return self._property(entity)
            return EntityRows(outcome="lexemes" if entity.type == "lexeme" else "other_types")
        except msgspec.ValidationError as error:
            raise MalformedEntity("unexpected_shape", f"{error} in {bytes(data)[:100]!r}") from error
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise MalformedEntity("malformed_json", f"{error} in {bytes(data)[:100]!r}") from error

    def _item(self, entity: EntityDoc) -> EntityRows:
        qid = self._number(entity, "Q")
        counts: Counter[str] = Counter()
        sitelinks, total = self._sitelinks(qid, entity, counts)
        if self._keep == "linked" and not sitelinks:
            return EntityRows(outcome="not_linked")
        descriptions = self._decoders.terms.decode(entity.descriptions)
        if self._keep == "described" and not self._picker.has(self._languages, descriptions):
            return EntityRows(outcome="not_described")
        statements, instances = item_statements(qid, entity.claims, self._decoders, counts)
        texts = [
            EntityText(
                terms.language.lang,
                terms.language.wikidata_lang,
                qid,
                terms.label,
                terms.description,
                terms.aliases,
                terms.label_lang,
                terms.description_lang,
            )
            for terms in self._terms(self._item_languages, entity, descriptions)
        ]
        return EntityRows(
            outcome="kept",
            entity=Entity(qid, total, instances),
            texts=texts,
            sitelinks=sitelinks,
            statements=statements,
            counts=counts,
        )

    @staticmethod
    def _redirect(entity: EntityDoc) -> EntityRows:
        """A redirect of an item to another one is a row; those of lexemes and of an id to itself are counted."""
        old, new = entity_number(entity.entity, "Q"), entity_number(entity.redirect, "Q")
        if not old or not new or old == new:
            return EntityRows(outcome="redirects", counts=Counter(redirects_not_of_items=1))
        return EntityRows(outcome="redirects", redirect=ItemRedirect(old, new))

    def _property(self, entity: EntityDoc) -> EntityRows:
        number = self._number(entity, "P")
        descriptions = self._decoders.terms.decode(entity.descriptions)
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

    def _terms(self, languages: Any, entity: EntityDoc, descriptions: Any) -> list[Terms]:
        labels = self._decoders.terms.decode(entity.labels)
        aliases = self._decoders.aliases.decode(entity.aliases)
        return list(self._picker.pick(languages, labels, descriptions, aliases))

    def _sitelinks(self, qid: int, entity: EntityDoc, counts: Counter[str]) -> tuple[list[Sitelink], int]:
        """The sitelinks to wanted Wikipedias, and the number of sitelinks to all Wikipedias."""
        if isinstance(entity.sitelinks, list):
            return [], 0
        rows, total, others = [], 0, 0
        wikipedias = self._wikipedias
        for site, value in entity.sitelinks.items():
            lang = wikipedias[site] if site in wikipedias else self._wikipedia(site)
            if lang is None:
                others += 1
                continue
            total += 1
            if lang in self._langs:
                title = self._decoders.sitelink.decode(value).title
                if title.strip():
                    rows.append(Sitelink(lang, title, qid))
            else:
                counts["sitelinks_other_wikipedias"] += 1
        if others:
            counts["sitelinks_no_wikipedia"] += others
        counts["sitelinks_stored"] += len(rows)
        return rows, total

    def _wikipedia(self, site: str) -> str | None:
        lang = self._wikipedias[site] = wikipedia_of_dbname(site)
        return lang

    @staticmethod
    def _number(entity: EntityDoc, prefix: str) -> int:
        number = entity_number(entity.id, prefix)
        if not number:
            raise MalformedEntity("invalid_id", f"expected {prefix} and a number, found {entity.id[:40]!r}")
        return number
