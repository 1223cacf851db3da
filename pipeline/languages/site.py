"""What a wiki says about itself: the localisation that the wikitext parser needs, small and picklable.

The names follow MediaWiki: namespaces, link trail, link prefix, redirect words, image options, interwiki prefixes.
Facts come from the dump's own `<siteinfo>` and from the bundled data of the language (`pipeline.languages.site_data`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from pipeline.errors import ConfigError
from pipeline.languages.codes import dbname_of_wikipedia, wikidata_language, wikipedia_of_dbname
from pipeline.languages.site_data import language_facts, site_data

ImageKey = Literal["image_box", "image_align", "image_plain"]
DOTTED_I_LANGUAGES = frozenset({"tr", "az", "kaa"})
"""Languages whose first-letter rule makes İ of i (MediaWiki's LanguageTr, LanguageAz, LanguageKaa)."""


class SiteInfo(NamedTuple):
    """The `<siteinfo>` of a dump as it stands there; `lang` is the `xml:lang` of `<mediawiki>`, None where missing.

    `namespaces` maps the number to (local name, case): `{14: ("Kategorie", "first-letter")}`.
    """

    dbname: str | None
    lang: str | None
    case: str
    namespaces: dict[int, tuple[str, str]]
    sitename: str | None
    base: str | None


@dataclass(frozen=True, eq=False, kw_only=True)
class Site:
    """One wiki's localisation. Compared and hashed by identity, so that compiled rules can be cached per object."""

    lang: str
    """The Wikipedia code (`no`, `zh-yue`); of a wiki that is no Wikipedia the language of its content."""
    dbname: str | None
    """Database name (`nowiki`), None where neither the dump nor the code tells."""
    namespaces: Mapping[str, int]
    """Name or alias → namespace number; keys by `namespace_key`: `{"category": 14, "kategorie": 14, "wp": 4}`."""
    namespace_titles: Mapping[int, str]
    """Namespace number → the local name that full titles bear: `{14: "Kategorie"}`."""
    case_sensitive: bool
    """True where titles of the main namespace keep their first letter (Wiktionary)."""
    linktrail: str
    """Regular expression of what joins a link from behind, `[a-z]+`; empty where nothing does (Chinese)."""
    linkprefix: str
    """Body of a character class of what joins a link from before (Arabic), empty in most languages."""
    redirect_words: tuple[str, ...]
    """`#REDIRECT`, `#WEITERLEITUNG`, …; compared without case."""
    image_box: frozenset[str]
    """Image options that make a box with a caption (`thumb`, `mini`, `thumb=$1`)."""
    image_align: frozenset[str]
    """Image options that float an image without a box (`left`, `rechts`, `none`)."""
    image_plain: frozenset[str]
    """Image options that leave an image in its line; needed to tell options from captions."""
    variants: tuple[str, ...]
    """Language variants in order of preference, the language first; empty where `-{…}-` is plain text."""
    functions: Mapping[str, str]
    """Local word of a parser function or variable, by `function_key` → its English name: `{"klein": "lc"}`."""
    interwiki: frozenset[str]
    """Prefixes that lead to another wiki and stay visible (`wikt`, `commons`)."""
    interlanguage: frozenset[str]
    """Prefixes of the same project in another language: a link without a leading colon is no text."""
    local_interwiki: frozenset[str]
    """Prefixes that lead back to this wiki (`de` in the German one)."""
    behavior_switches: frozenset[str]
    """`__NOTOC__` and the like, in all languages."""
    dotted_i: bool = False
    """True where the capital of i is İ."""
    note: str | None = field(default=None)
    """What is missing or stands in for missing data; None if nothing."""


def namespace_key(name: str) -> str:
    """How namespace names are compared: without case, underscores as spaces.

    >>> namespace_key("User_Talk")
    'user talk'
    """
    return " ".join(name.replace("_", " ").lower().split())


def bundled_site(lang: str) -> Site:
    """The localisation of a Wikipedia from the bundled facts alone.

    >>> site = bundled_site("de")
    >>> site.namespaces["kategorie"], site.namespaces["image"], site.linktrail, site.dbname
    (14, 6, '[äöüßa-z]+', 'dewiki')
    >>> bundled_site("xx").note
    "no data of language 'xx': English link trail, namespaces and options are used"
    """
    data = site_data()
    dbname = data["wikipedias"].get(lang) or dbname_of_wikipedia(lang)
    names = _bundled_names(lang)
    if lang not in data["wikis"]:
        for number, words in ((4, data["project_names"]), (100, data["portal_names"])):
            for word in words:
                names.setdefault(namespace_key(word), number)
    return _site(lang, dbname, names, _local_titles(lang), case_sensitive=False)


def site_for_dump(siteinfo: SiteInfo | None, *, lang: str | None) -> Site:
    """The localisation for a dump: its own siteinfo on top of the bundled facts of its language.

    `lang` overrules: where it differs from the siteinfo's own language, that siteinfo is ignored, as it is known to be
    false in some collections (an English one in front of pages of every language). Raises ConfigError where neither
    says which language it is.

    >>> info = SiteInfo("enwiki", "en", "first-letter", {14: ("Category", "first-letter")}, "Wikipedia", None)
    >>> site_for_dump(info, lang=None).lang, site_for_dump(info, lang="it").namespaces["categoria"]
    ('en', 14)
    """
    own = None
    if siteinfo is not None:
        own = wikipedia_of_dbname(siteinfo.dbname) if siteinfo.dbname else None
        own = own or siteinfo.lang
    if lang is None and own is None:
        raise ConfigError(
            "the dump has no <siteinfo> that names its language, and no language was given",
            next_step="repeat the command with --lang CODE",
        )
    wanted = lang or own
    assert wanted is not None
    if siteinfo is None or own is None or not siteinfo.namespaces:
        return bundled_site(wanted)
    if wanted != own and wikidata_language(wanted) != wikidata_language(own):
        return bundled_site(wanted)
    names = _bundled_names(wanted)
    titles = _local_titles(wanted)
    for number, (name, _case) in siteinfo.namespaces.items():
        if name:
            names[namespace_key(name)] = number
            titles[number] = name.replace("_", " ")
    case = siteinfo.namespaces.get(0, ("", siteinfo.case))[1]
    return _site(wanted, siteinfo.dbname, names, titles, case_sensitive=case == "case-sensitive")


def _bundled_names(lang: str) -> dict[str, int]:
    """Namespace names of English, of the language and of the real wiki: the later wins. Fallbacks give none."""
    data = site_data()
    names: dict[str, int] = {"project": 4, "project talk": 5, "wikipedia": 4, "wikipedia talk": 5}
    for name, number in language_facts(lang)[1].get("namespaces", {}).items():
        names[namespace_key(name)] = number
    for name, number in data["languages"]["en"]["namespaces"].items():
        names.setdefault(namespace_key(name), number)
    names.update({"template": 10, "module": 828, "module talk": 829, "timedtext": 710, "portal": 100})
    wiki = data["wikis"].get(lang.replace("-", "_")) or data["wikis"].get(lang)
    if wiki:
        names.update({namespace_key(name): number for name, number in wiki["namespaces"].items()})
    return names


def _local_titles(lang: str) -> dict[int, str]:
    """Number → local name, the first one that the data has for it."""
    titles: dict[int, str] = {4: "Wikipedia", 5: "Wikipedia talk"}
    for name, number in language_facts(lang)[1].get("namespaces", {}).items():
        titles.setdefault(number, name)
    return titles


def _site(
    lang: str, dbname: str | None, names: dict[str, int], titles: dict[int, str], *, case_sensitive: bool
) -> Site:
    data = site_data()
    code, facts, note = language_facts(lang)
    english = data["languages"]["en"]
    interlanguage = frozenset(data["interlanguage"])
    local = {lang, *data["wikis"].get(lang, {"local_interwiki": []})["local_interwiki"]}

    def options(key: ImageKey) -> frozenset[str]:
        return frozenset(english[key]) | frozenset(facts.get(key, ()))

    return Site(
        lang=lang,
        dbname=dbname,
        namespaces=names,
        namespace_titles=titles,
        case_sensitive=case_sensitive,
        linktrail=facts["linktrail"],
        linkprefix=facts.get("linkprefix", ""),
        redirect_words=tuple(dict.fromkeys((*facts["redirect"], "#REDIRECT"))),
        image_box=options("image_box"),
        image_align=options("image_align"),
        image_plain=options("image_plain"),
        variants=tuple(facts.get("variants", ())),
        functions=_functions(lang, (code, *facts.get("fallbacks", ()), "en")),
        interwiki=frozenset(data["interwiki"]),
        interlanguage=interlanguage,
        local_interwiki=frozenset(local),
        behavior_switches=frozenset(data["behavior_switches"]),
        dotted_i=code in DOTTED_I_LANGUAGES,
        note=note,
    )


def _functions(lang: str, codes: Iterable[str]) -> dict[str, str]:
    """Local words of parser functions, lower case → English name; the language's own words win."""
    data = site_data()
    tables = [data["wikis"]["en"]["functions"]]
    tables += [data["languages"][code].get("functions", {}) for code in codes if code in data["languages"]]
    if lang in data["wikis"]:
        tables.append(data["wikis"][lang]["functions"])
    found: dict[str, str] = {}
    for table in tables:
        for name, words in table.items():
            for word in words:
                found[word.lower()] = name
    return found
