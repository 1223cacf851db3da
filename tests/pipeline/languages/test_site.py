"""Localisation: bundled facts, a dump's own siteinfo, and which of them wins."""

import pickle

import pytest

from pipeline.errors import ConfigError
from pipeline.languages.site import SiteInfo, bundled_site, site_for_dump
from pipeline.languages.site_data import site_data

ENGLISH = SiteInfo(
    "enwiki", "en", "first-letter", {6: ("File", "first-letter"), 14: ("Category", "first-letter")}, "", ""
)


def test_every_wikipedia_has_a_site() -> None:
    """Each known Wikipedia's rules compile and know File, Category and a redirect word."""
    for lang in site_data()["wikipedias"]:
        site = bundled_site(lang)
        assert site.namespaces["file"] == 6, lang
        assert site.namespaces["category"] == 14, lang
        assert "#REDIRECT" in site.redirect_words, lang


def test_language_without_data_still_works_and_says_so() -> None:
    """English rules stand in."""
    site = bundled_site("qqz")
    assert site.note is not None
    assert "qqz" in site.note
    assert site.linktrail == "[a-z]+"


def test_language_overrules_a_false_siteinfo() -> None:
    """An enwiki siteinfo before Italian pages."""
    site = site_for_dump(ENGLISH, lang="it")
    assert (site.lang, site.dbname) == ("it", "itwiki")
    assert site.namespaces["categoria"] == 14
    assert "miniatura" in site.image_box


def test_own_siteinfo_wins_over_bundled_names_of_the_same_language() -> None:
    """A wiki's own namespaces, with the language's aliases beside them."""
    info = SiteInfo("itwiki", "it", "first-letter", {100: ("Portale", "first-letter"), 4: ("Foo", "")}, "", "")
    site = site_for_dump(info, lang="it")
    assert (site.namespaces["portale"], site.namespaces["foo"], site.namespaces["immagine"]) == (100, 4, 6)
    assert site.namespace_titles[4] == "Foo"


def test_language_comes_from_the_dump() -> None:
    """Database name first, `xml:lang` where there is no Wikipedia's name."""
    assert site_for_dump(ENGLISH._replace(dbname="simplewiki"), lang=None).lang == "simple"
    assert site_for_dump(ENGLISH._replace(dbname="enwiktionary"), lang=None).lang == "en"
    norwegian = ENGLISH._replace(dbname="nowiki", lang="nb")
    assert site_for_dump(norwegian, lang="no").namespaces["kategori"] == 14


def test_no_language_at_all_is_an_error() -> None:
    """A bare page and no --lang."""
    with pytest.raises(ConfigError, match="--lang"):
        site_for_dump(None, lang=None)


def test_site_survives_pickling() -> None:
    """It travels to worker processes."""
    site = bundled_site("ar")
    copy = pickle.loads(pickle.dumps(site))
    assert (copy.linkprefix, copy.namespaces) == (site.linkprefix, site.namespaces)
    assert len(pickle.dumps(site)) < 100_000


def test_namespaces_of_fallback_languages_are_not_inherited() -> None:
    """MediaWiki has one set of names for each language: Latvian `Attēls` is no namespace in Latgalian."""
    assert "attēls" not in bundled_site("ltg").namespaces
    assert bundled_site("ltg").namespaces["fails"] == 6


def test_variants_come_in_order_of_preference() -> None:
    """The wiki's own variant first, then MediaWiki's fallbacks."""
    assert bundled_site("zh").variants[:5] == ("zh", "zh-hans", "zh-hant", "zh-cn", "zh-tw")
    assert bundled_site("en").variants == ()
