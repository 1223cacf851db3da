"""A page of the dump → its rows, or the reason why it has none."""

import pytest

from pipeline.languages.site import bundled_site
from pipeline.parse.dump.page_rows import PageRows, namespace_of, page_rows
from pipeline.parse.dump.page_xml import RawPage
from pipeline.parse.wikitext import WikitextOptions
from pipeline.records import Link, Page

GERMAN = bundled_site("de")
TEXT = "'''Rom''' liegt in [[Italien]]."


def rows(namespaces: tuple[int, ...] = (0,), **fields: object) -> PageRows:
    raw = RawPage("5", "Rom", "0", None, "7", "wikitext", TEXT, "present", 1)
    return page_rows(raw._replace(**fields), GERMAN, WikitextOptions(), namespaces)


def test_an_article() -> None:
    found = rows(revisions=3)
    assert found.page == Page(5, 7, "Rom", "article", None, None, len(TEXT))
    assert found.passages == (((), "paragraph", "Rom liegt in Italien.", (Link(13, 20, "Italien", None),)),)
    assert found.counts["revisions_superseded"] == 2


def test_names_without_links_are_repeats() -> None:
    found = rows(title="Berlin", text="Berlin liegt in [[Europa]].")
    assert list(found.repeats) == [(0, 0, 6, "Berlin", "title")]


@pytest.mark.parametrize(
    ("text", "element", "title", "fragment"),
    [
        ("#WEITERLEITUNG [[rom#Lage]]", None, "Rom", "Lage"),
        ("#REDIRECT[[Rom]]", "Etwas anderes", "Rom", None),
        ("kaputt", "Rom", "Rom", None),
        ("#REDIRECT [[:en:Rome]]", "en:Rome", None, None),
        ("kaputt", "<Rom>", None, None),
    ],
)
def test_redirects(text: str, element: str | None, title: str | None, fragment: str | None) -> None:
    found = rows(text=text, redirect=element)
    assert found.page == Page(5, 7, "Rom", "redirect", title, fragment, len(text))
    assert found.passages == ()
    assert found.counts == ({} if title else {"redirects_without_target": 1})


def test_a_disambiguation_page_is_counted_and_marked() -> None:
    found = rows(text="'''Rom''' ist\n* [[Rom (Stadt)]]\n{{Begriffsklärung}}")
    assert found.page is not None and found.page.kind == "disambiguation"
    assert found.counts["disambiguations"] == 1


def test_an_empty_article_is_an_article() -> None:
    found = rows(text="")
    assert found.page == Page(5, 7, "Rom", "article", None, None, 0)
    assert found.counts["articles_without_passages"] == 1


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"page_id": ""}, "invalid_page_id"),
        ({"page_id": "-4"}, "invalid_page_id"),
        ({"page_id": "9" * 30}, "invalid_page_id"),
        ({"revision_id": "x"}, "invalid_revision_id"),
        ({"title": " "}, "invalid_title"),
        ({"title": "a\tb"}, "invalid_title"),
        ({"title": "ä" * 300}, "invalid_title"),
        ({"model": "json"}, "content_model"),
        ({"text": None, "text_state": "deleted"}, "text_deleted"),
        ({"text": None, "text_state": "missing"}, "text_missing"),
        ({"text": None, "text_state": "too_long"}, "text_too_long"),
    ],
)
def test_rejected_pages_have_a_reason(fields: dict[str, object], reason: str) -> None:
    found = rows(**fields)
    assert (found.page, found.reason) == (None, reason)
    assert found.detail


def test_other_namespaces_are_neither_rows_nor_rejects() -> None:
    assert rows(ns="10", title="Vorlage:X", model="json") == PageRows()
    assert rows(ns="10", title="Vorlage:X", namespaces=(10,)).page is not None


@pytest.mark.parametrize(
    ("ns", "title", "number"),
    [
        ("0", "Kategorie:X", 0),
        (None, "Kategorie:X", 14),
        (None, "Category:X", 14),
        (None, "Star Trek: Voyager", 0),
        (None, "Diskussion:X", 1),
        ("", "Datei:X.png", 6),
        ("-2", "X", -2),
    ],
)
def test_the_namespace_is_the_dumps_or_the_prefixs(ns: str | None, title: str, number: int) -> None:
    assert namespace_of(ns, title, GERMAN) == number
