"""Sentence templates and wiki facts of one language: the files `data/<lang>.toml`. A new language is a new file."""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from pipeline.errors import ConfigError


@dataclass(frozen=True)
class WikiFacts:
    """What MediaWiki knows of the language: `linktrail` and `linkprefix` are the insides of a regex class, or empty."""

    redirect: str
    thumb: str
    right: str
    linktrail: str
    linkprefix: str
    trail_after: str
    namespaces: dict[int, str]

    def trail(self, following: str) -> str:
        """The part of the text after a link that MediaWiki takes into it."""
        found = re.match(f"[{self.linktrail}]+", following) if self.linktrail else None
        return found.group() if found else ""

    def prefix(self, preceding: str) -> str:
        """The part of the text before a link that MediaWiki takes into it."""
        found = re.search(f"[{self.linkprefix}]+$", preceding) if self.linkprefix else None
        return found.group() if found else ""


@dataclass(frozen=True)
class KindTexts:
    """Templates of one kind of entity: first sentences of articles, and descriptions for Wikidata."""

    noun: str
    leads: tuple[str, ...]
    descriptions: tuple[str, ...]


@dataclass(frozen=True)
class RelationTexts:
    """Templates of one relation: a sentence with {s} and {o}; `shared` has a second subject {t}."""

    heading: str
    list_heading: str
    sentences: tuple[str, ...]
    shared: tuple[str, ...]


@dataclass(frozen=True)
class PropertyTexts:
    """Label, description and aliases of a property in Wikidata."""

    label: str
    description: str
    aliases: tuple[str, ...]


@dataclass(frozen=True)
class LanguageTexts:
    """Everything that is written by hand for one language. `variants` maps Wikidata codes to CLDR locales."""

    lang: str
    wikidata: str
    cldr: str
    sitename: str
    variants: dict[str, str]
    wiki: WikiFacts
    kinds: dict[str, KindTexts]
    relations: dict[str, RelationTexts]
    properties: dict[int, PropertyTexts]
    phrases: dict[str, str]

    @property
    def dbname(self) -> str:
        """The name of the wiki's database, which is also the site id in Wikidata's sitelinks.

        >>> load_texts("en").dbname
        'enwiki'
        """
        return self.lang.replace("-", "_") + "wiki"


def available_languages() -> list[str]:
    """Wikipedia codes of the languages that have templates, sorted.

    >>> {"ar", "de", "en", "ja", "ru"} <= set(available_languages())
    True
    """
    names = [file.name for file in (resources.files("pipeline.sample") / "data").iterdir()]
    return sorted(n.removesuffix(".toml") for n in names if n.endswith(".toml") and n != "world.toml")


def check_languages(languages: Sequence[str]) -> None:
    """Raise ConfigError for a language without templates, a language named twice, or none at all."""
    known = available_languages()
    missing = [lang for lang in languages if lang not in known]
    if missing:
        raise ConfigError(
            f"the sample world has no sentence templates for {', '.join(missing)}; it has them for {', '.join(known)}",
            next_step="xlmk sample --languages " + ",".join(known) + " --out DIR",
        )
    if not languages or len(set(languages)) < len(languages):
        raise ConfigError(f"languages must be named once each and at least one, found {list(languages)}")


@cache
def load_texts(lang: str) -> LanguageTexts:
    """Read `data/<lang>.toml`; ConfigError when the sample world does not have that language."""
    check_languages([lang])
    raw: dict[str, Any] = tomllib.loads(
        (resources.files("pipeline.sample") / "data" / f"{lang}.toml").read_text("utf-8")
    )
    wiki = dict(raw["wiki"])
    wiki["namespaces"] = {int(key): value for key, value in wiki["namespaces"].items()}
    return LanguageTexts(
        **raw["language"],
        wiki=WikiFacts(**wiki),
        kinds={key: KindTexts(**_tuples(value)) for key, value in raw["kinds"].items()},
        relations={key: RelationTexts(**_tuples(value)) for key, value in raw["relations"].items()},
        properties={int(key[1:]): PropertyTexts(**_tuples(value)) for key, value in raw["properties"].items()},
        phrases=raw["phrases"],
    )


def _tuples(table: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}
