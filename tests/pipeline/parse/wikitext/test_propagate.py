"""Mentions beyond the links: what counts, what does not."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.languages.site import bundled_site
from pipeline.parse.wikitext import WikitextOptions, parse_page
from pipeline.parse.wikitext.propagate import propagate_mentions

SITE = bundled_site("en")


def found(wikitext: str, title: str) -> list[tuple[str, str, str]]:
    """(surface, target, source) of each mention that is found."""
    passages = parse_page(wikitext, title=title, site=SITE, options=WikitextOptions()).passages
    return [
        (passages[index].text[start:end], target, source)
        for index, start, end, target, source in propagate_mentions(passages, title=title)
    ]


@pytest.mark.parametrize(
    ("wikitext", "title", "expected"),
    [
        ("In autumn Rome is warm.", "Rome (city)", [("Rome", "Rome (city)", "title")]),
        ("the Rome Statute, Greater Rome, Rome-based, Romes", "Rome", []),
        ("[[Rome]] is old. Rome stands.", "Italy", [("Rome", "Rome", "repeat")]),
        ("[[Abraham Lincoln|Lincoln]]. So Lincoln won.", "Union", []),
        ("[[Abraham Lincoln|Lincoln]], and then Lincoln won.", "Union", [("Lincoln", "Abraham Lincoln", "repeat")]),
        ("[[German Army|German]] men, many of them German.", "Union", []),
        ("[[University of Oxford|Oxford]], later in Oxford.", "Union", []),
        ("[[Asia (mythology)|Asia]], and the continent of Asia.", "Union", []),
        ("[[Paris]] and [[Paris (myth)|Paris]], and so to Paris.", "Union", []),
        ("[[water]] and more water", "Union", []),
        ("[[natural gas]] and natural gas", "Union", [("natural gas", "Natural gas", "repeat")]),
        ("the [[Old Rome|Rome]] of kings, the Rome of today", "Rome", []),
        ("[[Oslo]] and the Oslo–Rome line, EU–Oslo, to Oslo – at last", "Rome", [("Oslo", "Oslo", "repeat")]),
        ("[[日本国]]は、日本国である。", "国", [("日本国", "日本国", "repeat")]),
        ("[[May]] is a month, and May begins", "Union", []),
    ],
)  # fmt: skip
def test_what_counts(wikitext: str, title: str, expected: list[tuple[str, str, str]]) -> None:
    """Own names in the same spelling; no parts of longer names, no ambiguous or common words."""
    assert found(wikitext, title) == expected


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(["[[Rome]]", "Rome", "[[Italy|Rome]]", "East", "and", ".", "[[New Rome]]"]), max_size=25)
)
def test_mentions_and_links_never_overlap(words: list[str]) -> None:
    """Spans are apart, in order, and inside their text."""
    passages = parse_page(" ".join(words), title="Rome", site=SITE, options=WikitextOptions()).passages
    mentions = propagate_mentions(passages, title="Rome")
    for index, passage in enumerate(passages):
        spans = [(x.start, x.end) for x in passage.links]
        spans += [(start, end) for where, start, end, _, _ in mentions if where == index]
        spans.sort()
        assert all(0 <= start < end <= len(passage.text) for start, end in spans)
        assert all(first[1] <= second[0] for first, second in itertools.pairwise(spans))


@pytest.mark.parametrize(("lang", "expected"), [("de", ["Neue Welt"]), ("sv", ["Stadt", "Neue Welt"])])
def test_where_nouns_have_capitals_one_word_is_no_name(lang: str, expected: list[str]) -> None:
    """`Stadt` may be any town; a name of several words is still one."""
    site = bundled_site(lang)
    text = "[[Stadt]] und [[Neue Welt]]: eine Stadt, die Neue Welt"
    passages = parse_page(text, title="T", site=site, options=WikitextOptions()).passages
    mentions = propagate_mentions(passages, title="T", lang=lang)
    assert [passages[0].text[start:end] for _, start, end, _, _ in mentions] == expected
