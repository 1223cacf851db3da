"""The bundled facts about languages and wikis (`data/sites.json.gz`, made by `scripts/make_language_data.py`).

Source: MediaWiki 1.39's message files and the siteinfo of real Wikipedias (see the script). Names of namespaces 4 and 5
are the wiki's own and are known for real wikis only; for others every Wikipedia's project name counts as one.
"""

import functools
import gzip
import importlib.resources
import json
from typing import Any, TypedDict

from pipeline.languages.codes import wikidata_language


class LanguageFacts(TypedDict, total=False):
    """One language in the data file; keys that are absent equal English (or are empty)."""

    fallbacks: list[str]
    linktrail: str
    linkprefix: str
    namespaces: dict[str, int]
    redirect: list[str]
    variants: list[str]
    image_box: list[str]
    image_align: list[str]
    image_plain: list[str]
    functions: dict[str, list[str]]


class WikiFacts(TypedDict):
    """One real wiki in the data file: what its siteinfo has beyond its language's message file."""

    namespaces: dict[str, int]
    functions: dict[str, list[str]]
    local_interwiki: list[str]


class SiteData(TypedDict):
    """The whole data file."""

    languages: dict[str, LanguageFacts]
    wikis: dict[str, WikiFacts]
    wikipedias: dict[str, str]
    interwiki: list[str]
    interlanguage: list[str]
    behavior_switches: list[str]
    project_names: list[str]
    portal_names: list[str]


@functools.cache
def site_data() -> SiteData:
    """The data file, read once a process (15 ms)."""
    packed = importlib.resources.files("pipeline.languages").joinpath("data/sites.json.gz").read_bytes()
    data: Any = json.loads(gzip.decompress(packed))
    found: SiteData = data
    return found


def language_facts(lang: str) -> tuple[str, LanguageFacts, str | None]:
    """The message file that serves a Wikipedia: its code, its facts, and a note where it is a stand-in.

    >>> language_facts("de")[0], language_facts("no")[0], language_facts("simple")[2]
    ('de', 'nb', None)
    >>> code, facts, note = language_facts("xx")
    >>> code, note
    ('en', "no data of language 'xx': English link trail, namespaces and options are used")
    """
    languages = site_data()["languages"]
    for code in (wikidata_language(lang), lang):
        if code in languages:
            return code, languages[code], None
    base = lang.split("-", maxsplit=1)[0]
    if base != lang and base in languages:
        return base, languages[base], f"no data of language {lang!r}: those of {base!r} are used"
    note = f"no data of language {lang!r}: English link trail, namespaces and options are used"
    return "en", languages["en"], note
