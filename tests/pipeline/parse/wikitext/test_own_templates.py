"""Simple templates expanded from the wiki's own template pages."""

import pytest

from pipeline.languages.site import bundled_site
from pipeline.parse.wikitext import PageTooComplex, WikitextOptions, parse_page
from pipeline.parse.wikitext import own_templates as own
from pipeline.parse.wikitext.own_templates import TemplatePage, simple_templates
from tests.pipeline.parse.wikitext.golden import shown

ENGLISH = bundled_site("en")
PAGES = {
    "Vol-de": "{{langWithName|German|''{{{1}}}''}}<noinclude>[[Category:X]]</noinclude>",
    "LangWithName": "[[{{{1}}} language|{{{1}}}]]: {{{2}}}",
    "Lang-de": "#REDIRECT [[Template:Vol-de]]",
    "Born": "{{#if:{{{1|}}}|born {{{1}}}|{{#switch:{{{where}}}|r=in [[Rome]]|#default=somewhere}}}}",
    "Infobox": "{{#invoke:Infobox|infobox}}",
    "Box": "{| class=x\n| y\n|}",
    "Hidden": "[[Category:People]]",
    "Loop": "x{{Loop}}",
    "Convert": "{{#invoke:convert|convert}}",
}
TEMPLATES = simple_templates([TemplatePage(f"Template:{name}", text) for name, text in PAGES.items()], ENGLISH)


def lines(wikitext: str, **options: object) -> list[str]:
    """The passages of an English page with the templates above."""
    chosen = WikitextOptions(own_templates=TEMPLATES, **options)  # type: ignore[arg-type]
    return [shown(passage) for passage in parse_page(wikitext, title="T", site=ENGLISH, options=chosen).passages]


def test_only_what_says_words_is_collected() -> None:
    assert list(TEMPLATES) == ["Born", "Hidden", "Lang-de", "LangWithName", "Loop", "Vol-de"]


def test_the_titles_prefix_may_be_of_another_language() -> None:
    assert simple_templates([TemplatePage("Taiss:a_b", "c")], ENGLISH) == {"A b": "c"}


@pytest.mark.parametrize(
    ("wikitext", "expected"),
    [
        ("Rome ({{vol-de|Rom}}) is", "paragraph: Rome ([German→German language]: Rom) is"),
        ("Rome ({{Template:lang-de|[[Rom|Roma]]}}) is", "paragraph: Rome ([German→German language]: [Roma→Rom]) is"),
        ("He, {{born|1 May}}, {{Born|where=r}}, {{born}}", "paragraph: He, born 1 May, in [Rome], somewhere"),
        ("a {{Box}}b {{Infobox|x}}c {{hidden}}d", "paragraph: a b c d"),
        ("an area of {{convert|5|km2}}", "paragraph: an area of 5 km²"),
        ("a {{:Vol-de|x}}b {{User:Vol-de|x}}c", "paragraph: a b c"),
    ],
)
def test_calls_become_words(wikitext: str, expected: str) -> None:
    assert lines(wikitext) == [expected]


def test_dropping_drops_them_too() -> None:
    assert lines("a {{vol-de|x}}", templates="drop") == ["paragraph: a"]


def test_a_template_in_itself_ends() -> None:
    assert lines("a {{loop}}") == ["paragraph: a " + "x" * own.MAX_DEPTH]


def test_work_is_counted() -> None:
    with pytest.raises(PageTooComplex, match="scanner steps"):
        lines("{{born|1}} " * 50, max_steps=100)


def test_expansions_of_a_page_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own, "MAX_EXPANSIONS", 2)
    assert lines("{{born|1}} {{born|2}} {{born|3}}") == ["paragraph: born 1 born 2"]


def test_the_shortest_templates_stay_where_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own, "MAX_TEMPLATES_CHARS", 7)
    pages = [TemplatePage("Template:A", "1234567"), TemplatePage("Template:B", "12"), TemplatePage("Template:C", "123")]
    assert simple_templates(pages, ENGLISH) == {"B": "12", "C": "123"}
