"""What holds for any wikitext: spans are exact, marks never leak, work is bounded and counted, time is linear."""

import os
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.languages.site import bundled_site
from pipeline.parse.wikitext import PageTooComplex, ParsedPage, WikitextOptions, parse_page

LONG = bool(os.environ.get("XLMK_LONG"))
"""Set by `make test-long`."""

SITES = {lang: bundled_site(lang) for lang in ("en", "zh", "ar", "ka", "tr")}

PIECES = (
    "[[", "]]", "|", "{{", "}}", "{{{", "}}}", "[", "]", "''", "'''", "'''''", "'", "\n", "\n\n", " ", "* ",
    "#", ":", ";", "==", "=", "\n== h ==\n", "{|\n", "\n|}", "\n|-\n", "\n| ", "<ref>", "</ref>",
    "<ref name=x />", "<nowiki>", "</nowiki>", "<nowiki/>", "<!--", "-->", "<div>", "</div>", "<br>",
    "<blockquote>", "</blockquote>", "<p>", "<li>", "<ul>", "</ul>", "<table>", "<td>", "</table>",
    "<span style='display:none'>", "<span>", "</span>", "<math>x</math>", "<poem>", "</poem>", "<pre>",
    "</pre>", "<gallery>", "</gallery>", "-{", "}-", "zh-cn:", "http://x.org", "[http://x.org y]", "mailto:",
    "File:", "Category:", "de:", "thumb", "#", "&amp;", "&#91;", "&nbsp;", "%41", "_", "__NOTOC__", "#if:",
    "lc:", "!", "----\n", "\x01", "\x02", "\x03", "\x10", "0", "\x11", "\u200e", "é", "日本", "ა", "ال", "a",
    "Rome", "b c", "<includeonly>", "<noinclude>",
)  # fmt: skip

WIKITEXT = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=4)), max_size=60).map("".join)


def check(page: ParsedPage) -> None:
    """The invariants of any parsed page."""
    for passage in page.passages:
        assert passage.text == passage.text.strip(" \n\t")
        assert passage.text
        assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f]", passage.text), passage
        end = 0
        for link in passage.links:
            assert end <= link.start < link.end <= len(passage.text)
            end = link.end
            surface = passage.text[link.start : link.end]
            assert surface == surface.strip(" \n\t")
            assert link.target
            assert not re.search("[\x00-\x1f<>\\[\\]{}|]", link.target)
    kept = sum(len(passage.links) for passage in page.passages)
    assert kept <= page.counts.get("links_local", 0)


@settings(max_examples=4000 if LONG else 120, deadline=None)
@given(wikitext=WIKITEXT, lang=st.sampled_from(sorted(SITES)), mode=st.sampled_from(["drop", "render"]))
def test_any_wikitext(wikitext: str, lang: str, mode: str) -> None:
    """No crash; exact spans; the same page gives the same passages."""
    options = WikitextOptions(templates="drop" if mode == "drop" else "render")
    page = parse_page(wikitext, title="Test", site=SITES[lang], options=options)
    check(page)
    assert page == parse_page(wikitext, title="Test", site=SITES[lang], options=options)


@settings(max_examples=1000 if LONG else 60, deadline=None)
@given(words=st.lists(st.from_regex(r"[a-z]{1,8}", fullmatch=True), min_size=1, max_size=12), data=st.data())
def test_links_in_plain_prose_are_found(words: list[str], data: st.DataObject) -> None:
    """Words, some of them links: the text is the words, each link has its place and target."""
    linked = [data.draw(st.booleans()) for _ in words]
    wikitext = " ".join(f"[[{w}|x{w}]]" if link else w for w, link in zip(words, linked, strict=True))
    shown = [f"x{w}" if link else w for w, link in zip(words, linked, strict=True)]
    (passage,) = parse_page(wikitext, title="T", site=SITES["en"], options=WikitextOptions()).passages
    assert passage.text == " ".join(shown)
    targets = [w[0].upper() + w[1:] for w, link in zip(words, linked, strict=True) if link]
    assert [x.target for x in passage.links] == targets
    surfaces = [s for s, link in zip(shown, linked, strict=True) if link]
    assert [passage.text[x.start : x.end] for x in passage.links] == surfaces


def page_or_verdict(wikitext: str) -> ParsedPage | str:
    """The page, or the reason why it was refused."""
    try:
        return parse_page(wikitext, title="T", site=SITES["zh"], options=WikitextOptions())
    except PageTooComplex as error:
        return error.reason


DEEP = (
    "{{",
    "{{a|",
    "{{{",
    "[[",
    "[[File:a|",
    "[[a|",
    "'''",
    "<div>",
    "<ul><li>",
    "{|\n",
    "-{",
    "<ref>",
    "{{#if:x|",
    "[http://a ",
)


@pytest.mark.parametrize("opening", DEEP)
def test_deep_nesting_ends(opening: str) -> None:
    """A hundred thousand openings: a page or a verdict, no recursion error."""
    for closing in ("", "}}", "]]", "</div>") if LONG else ("}}]]",):
        wikitext = opening * 100_000 + "x" + closing * 1000
        page = page_or_verdict(wikitext)
        if isinstance(page, str):
            assert page == "nesting"
        else:
            check(page)


def verdict(wikitext: str, options: WikitextOptions) -> tuple[str, str]:
    """Reason and detail of a refused page."""
    with pytest.raises(PageTooComplex) as caught:
        parse_page(wikitext, title="T", site=SITES["en"], options=options)
    return caught.value.reason, caught.value.detail


def test_bounds_are_counted_and_repeatable() -> None:
    """Characters, nesting, steps: the same page is refused in the same way each time."""
    cases = [
        ("x" * 101, WikitextOptions(max_chars=100), "characters"),
        ("{{a|" * 30, WikitextOptions(max_nesting=20), "nesting"),
        ("[[a]] " * 200, WikitextOptions(max_steps=100), "steps"),
        ("{{lc:" * 200 + "x" * 1000 + "}}" * 200, WikitextOptions(max_steps=5000), "steps"),
    ]
    for wikitext, options, reason in cases:
        first = verdict(wikitext, options)
        assert first[0] == reason
        assert first == verdict(wikitext, options)
    assert parse_page("x" * 100, title="T", site=SITES["en"], options=WikitextOptions(max_chars=100)).passages
