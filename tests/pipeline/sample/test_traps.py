"""Every trap is in every dump, and what is expected of it can be trusted: the project's own parser finds it so."""

from collections import Counter
from collections.abc import Iterable
from xml.sax.saxutils import unescape

import pytest

from pipeline.languages.site import bundled_site
from pipeline.parse.wikitext import PageTooComplex, WikitextOptions, parse_page
from pipeline.sample import TRAPS, SampleOptions, SampleReport, WikiReport, available_languages
from pipeline.sample.articles import ArticleWriter
from pipeline.sample.names import Names
from pipeline.sample.options import BASE_LANGUAGES
from pipeline.sample.other_pages import DAMAGE
from pipeline.sample.pages import SamplePage
from pipeline.sample.texts import load_texts
from pipeline.sample.trap_pages import TrapCase, trap_cases
from pipeline.sample.world import World

_DROP = WikitextOptions(templates="drop")


@pytest.fixture(scope="module", params=BASE_LANGUAGES)
def wiki(request: pytest.FixtureRequest, sample: SampleReport) -> WikiReport:
    return sample.wikis[request.param]


def _folded(text: str) -> str:
    return " ".join(text.split())


def test_every_trap_is_there(wiki: WikiReport) -> None:
    assert [case.trap.name for case in wiki.traps] == [trap.name for trap in TRAPS]
    assert len({trap.name for trap in TRAPS}) == len(TRAPS) > 50
    titles = {page.title for _id, page in wiki.pages if page.role == "trap"}
    assert {case.page.title for case in wiki.traps} < titles


def test_every_damage_is_there(wiki: WikiReport) -> None:
    assert set(wiki.damage) == set(DAMAGE)


def test_statuses_that_need_a_trap_occur(wiki: WikiReport) -> None:
    expected = {"resolved", "red", "self_link", "disambiguation", "no_item", "redirect_loop", "redirect_red"}
    assert set(wiki.links) == expected
    assert any(link.via_redirect for _id, page in wiki.pages for link in page.links)
    assert any(link.fragment for _id, page in wiki.pages if page.role == "article" for link in page.links)


def test_links_go_where_their_status_says(wiki: WikiReport) -> None:
    roles = {page.title: page.role for _id, page in wiki.pages if page.damage != "no_title"}
    targets = {page.title: page.redirect_title for _id, page in wiki.pages if page.redirect_title}
    for _page_id, page in wiki.pages:
        for link in page.links:
            end = link.target
            for _step in range(3):
                end = targets.get(end, end)
            expected = {"resolved": {"article"}, "red": {None}, "disambiguation": {"disambiguation"}}
            expected |= {"redirect_red": {None}, "redirect_loop": {"redirect"}, "no_item": {"trap"}}
            if link.status == "self_link":
                assert end == page.title
            else:
                assert roles.get(end) in expected[link.status], (page.title, link)


def test_linktrail_and_linkprefix_occur_where_the_language_has_them(sample: SampleReport) -> None:
    longer = Counter(
        lang
        for lang, wiki in sample.wikis.items()
        for _id, page in wiki.pages
        for link in page.links
        if page.role == "article" and f"]]{link.surface[-1]}" in page.wikitext
    )
    assert longer["de"] > 20
    assert longer["en"] > 20
    prefixed = [
        link
        for _id, page in sample.wikis["ar"].pages
        for link in page.links
        if link.surface.startswith("و") and f"و[[{link.surface[1:]}" in page.wikitext
    ]
    assert len(prefixed) > 50


def test_redirects_are_localized(wiki: WikiReport) -> None:
    word = load_texts(wiki.lang).wiki.redirect
    texts = [unescape(page.wikitext).strip() for _id, page in wiki.pages if page.role == "redirect"]
    local = [text for text in texts if text.lower().startswith(word.lower())]
    english = [text for text in texts if text.startswith("#REDIRECT")]
    assert len(local) > 100
    assert len(english) > 20
    assert {*local, *english} == set(texts)


def _differences(pages: Iterable[SamplePage], traps: Iterable[TrapCase], lang: str) -> list[str]:
    """Titles of pages where the project's parser finds other links, or in a trap other passages, than expected."""
    site, cases = bundled_site(lang), {case.page.title: case for case in traps}
    wrong = []
    for page in pages:
        if page.role not in ("article", "trap", "disambiguation"):
            continue
        parsed = parse_page(page.wikitext, title=page.title, site=site, options=_DROP)
        found = [(_folded(p.text[k.start : k.end]), k.target, k.fragment) for p in parsed.passages for k in p.links]
        same = found == [(_folded(link.surface), link.target, link.fragment) for link in page.links]
        if page.title in cases:
            passages = [(passage.kind, _folded(passage.text)) for passage in parsed.passages]
            same &= passages == [(one.kind, _folded(one.text)) for one in cases[page.title].passages]
        if not same:
            wrong.append(f"{page.title} ({cases[page.title].trap.name})" if page.title in cases else page.title)
    return wrong


def test_the_parser_finds_what_the_generator_says_on_every_page(wiki: WikiReport) -> None:
    assert _differences([page for _id, page in wiki.pages], wiki.traps, wiki.lang) == []


@pytest.mark.parametrize("lang", [lang for lang in available_languages() if lang not in BASE_LANGUAGES])
def test_the_other_languages_too_on_their_traps_and_some_articles(lang: str, world: World) -> None:
    names = Names(world, load_texts(lang), SampleOptions())
    writer, traps = ArticleWriter(names), trap_cases(names)
    assert len(names.articles) > 550
    pages = [writer.article(qid) for qid in sorted(names.articles)[::12]]
    assert sum(len(page.links) for page in pages) > 300
    assert _differences([*pages, *(case.page for case in traps)], traps, lang) == []


def test_the_page_that_explodes_is_bounded(sample: SampleReport) -> None:
    page = next(page for _id, page in sample.wikis["en"].pages if page.damage == "explosion")
    with pytest.raises(PageTooComplex):
        parse_page(page.wikitext, title=page.title, site=bundled_site("en"), options=_DROP)
