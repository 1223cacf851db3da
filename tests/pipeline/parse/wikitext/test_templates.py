"""Rendering: the bundled tables are sound, the user's own file extends them, dropping is really dropping."""

from pathlib import Path

import pytest

from pipeline.errors import ConfigError, InputError
from pipeline.languages.site import bundled_site
from pipeline.languages.site_data import site_data
from pipeline.parse.wikitext import WikitextOptions, load_templates, parse_page
from pipeline.parse.wikitext.template_functions import FUNCTIONS
from pipeline.parse.wikitext.template_patterns import expand, parameters
from pipeline.parse.wikitext.templates import bundled_templates


def text_of(wikitext: str, options: WikitextOptions, lang: str = "en") -> str:
    """The passages' text in one."""
    page = parse_page(wikitext, title="T", site=bundled_site(lang), options=options)
    return " / ".join(passage.text for passage in page.passages)


def test_bundled_patterns_expand_in_every_language() -> None:
    """Each pattern gives text for nine parameters, and nothing but signs for none."""
    given = parameters([f"p{i}" for i in range(1, 10)])
    for lang in site_data()["wikipedias"]:
        for name, pattern in bundled_templates(lang).items():
            if pattern.startswith("!"):
                assert pattern in FUNCTIONS, name
            else:
                assert expand(pattern, given, lang), name
                assert "p1" not in expand(pattern, {}, lang)


def test_counts_say_what_was_done() -> None:
    """Rendered and dropped calls are counted apart."""
    options = WikitextOptions()
    page = parse_page("{{lang|de|x}} {{foo}} {{lc:A}}", title="T", site=bundled_site("en"), options=options)
    assert page.counts["templates_rendered"] == 1
    assert page.counts["templates_dropped"] == 1
    assert page.counts["parser_functions"] == 1


def test_drop_renders_nothing() -> None:
    """`templates="drop"` keeps parser functions only."""
    assert text_of("a {{lang|de|x}} {{lc:B}}", WikitextOptions(templates="drop")) == "a b"


def test_user_file_extends_and_overrules(tmp_path: Path) -> None:
    """Tables for all wikis and for one; the user's patterns win."""
    path = tmp_path / "own.toml"
    path.write_text('[any]\n"my term" = "<{1}>"\n"lang" = "[[{2}]]"\n[de]\n"my term" = "{1}!"\n', encoding="utf-8")
    english = WikitextOptions(extra_templates=load_templates(path, "en"))
    assert text_of("{{My_term|a}} {{lang|de|Haus}}", english) == "<a> Haus"
    german = WikitextOptions(extra_templates=load_templates(path, "de"))
    assert text_of("{{my term|a}}", german, "de") == "a!"


@pytest.mark.parametrize(
    ("content", "message"),
    [("[any]\nx = 1\n", "any"), ('[en]\na = "!nosuch"\n', "!nosuch"), ('a = "b"\n', "table")],
)
def test_wrong_user_file_is_named(tmp_path: Path, content: str, message: str) -> None:
    """What is wrong, and in which file."""
    path = tmp_path / "own.toml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError, match=message):
        load_templates(path, "en")


def test_unreadable_user_file(tmp_path: Path) -> None:
    """Missing or no TOML."""
    with pytest.raises(InputError, match=r"none\.toml"):
        load_templates(tmp_path / "none.toml", "en")
    (tmp_path / "bad.toml").write_text("= =", encoding="utf-8")
    with pytest.raises(InputError, match=r"bad\.toml"):
        load_templates(tmp_path / "bad.toml", "en")


@pytest.mark.parametrize(
    ("lang", "wikitext"),
    [("en", "{{disambig}}"), ("de", "{{Begriffsklärung}}"), ("ja", "{{曖昧さ回避}}"), ("ru", "{{Неоднозначность|x}}")],
)
def test_disambiguation_pages_are_marked(lang: str, wikitext: str) -> None:
    """In either mode, by the page's own template."""
    for mode in (WikitextOptions(), WikitextOptions(templates="drop")):
        site = bundled_site(lang)
        assert parse_page("* [[A]]\n" + wikitext, title="T", site=site, options=mode).disambiguation
        assert not parse_page("* [[A]]", title="T", site=site, options=mode).disambiguation
