"""Titles and redirects beyond the golden cases: wikis that keep the first letter, fragments, other spaces."""

import pytest

from pipeline.languages.site import SiteInfo, bundled_site, site_for_dump
from pipeline.parse.wikitext import Title, normalize_title, redirect_target

ENGLISH = bundled_site("en")


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("rome", Title(0, "Rome", None, None)),
        ("\u3000rome\u00a0\u2003x", Title(0, "Rome x", None, None)),
        ("Talk : rome", Title(1, "Rome", None, None)),
        ("User_talk:x", Title(3, "X", None, None)),
        ("WIKT:Rome", Title(0, "Rome", None, "wikt")),
        ("en:de:X", Title(0, "X", None, "de")),
        (":Category: x", Title(14, "X", None, None)),
        ("#a_b", Title(0, "", "a b", None)),
        ("X#", Title(0, "X", None, None)),
        ("de:", Title(0, "", None, "de")),
        ("Talk:File:x", None),
        ("User:", None),
        ("x\ufffdy", None),
        ("x%41", None),
        ("é" * 127, Title(0, "É" + "é" * 126, None, None)),
        ("é" * 128, None),
    ],
)
def test_normalize_title(text: str, title: Title | None) -> None:
    """Each as MediaWiki's title codec answers."""
    assert normalize_title(text, ENGLISH) == title


def test_case_sensitive_wiki_keeps_the_first_letter() -> None:
    """Wiktionary: `<case>case-sensitive</case>`."""
    info = SiteInfo("enwiktionary", "en", "case-sensitive", {0: ("", "case-sensitive")}, "Wiktionary", None)
    title = normalize_title("rome", site_for_dump(info, lang=None))
    assert title is not None
    assert title.text == "rome"


@pytest.mark.parametrize(
    ("lang", "wikitext", "target"),
    [
        ("en", "#REDIRECT [[Rome]]", ("Rome", None)),
        ("en", "#redirect[[rome#X_y]] {{R}}", ("Rome", "X y")),
        ("en", " \n#Redirect : [[Rome|x]]", ("Rome", None)),
        ("en", "＃REDIRECT [[Rome]]", ("Rome", None)),
        ("en", "<!-- c -->#REDIRECT [[Category:X]]", ("Category:X", None)),
        ("en", "#REDIRECT [[Caf%C3%A9]]", ("Café", None)),
        ("de", "#WEITERLEITUNG [[Rom]]", ("Rom", None)),
        ("ja", "#転送 [[ローマ]]", ("ローマ", None)),
        ("ru", "#ПЕРЕНАПРАВЛЕНИЕ [[Рим]]", ("Рим", None)),
        ("zh", "#重定向[[罗马]]", ("罗马", None)),
        ("en", "#WEITERLEITUNG [[Rom]]", None),
        ("en", "#REDIRECT Rome", None),
        ("en", "#REDIRECT [[de:Rom]]", None),
        ("en", "# REDIRECT [[Rome]]", None),
        ("en", "see #REDIRECT [[Rome]]", None),
    ],
)
def test_redirect_target(lang: str, wikitext: str, target: tuple[str, str | None] | None) -> None:
    """Localised words, missing spaces, full-width signs; and what is none."""
    assert redirect_target(wikitext, bundled_site(lang)) == target
