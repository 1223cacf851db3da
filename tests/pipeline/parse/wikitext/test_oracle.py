"""mwparserfromhell as the slow oracle where it and MediaWiki agree: plain links and text in simple markup."""

import mwparserfromhell
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.languages.site import bundled_site
from pipeline.parse.wikitext import WikitextOptions, parse_page

SITE = bundled_site("en")
WORD = st.from_regex(r"[a-zé]{1,7}", fullmatch=True)
PHRASE = st.lists(WORD, min_size=1, max_size=3).map(" ".join)
LINK = st.builds(lambda target, label: f"[[{target}|{label}]]", PHRASE, PHRASE)
PLAIN_LINK = PHRASE.map(lambda target: f"[[{target}]]")
TEMPLATE = st.builds(lambda name, value: f"{{{{x{name}|{value}}}}}", WORD, st.one_of(PHRASE, LINK))
REFERENCE = st.one_of(PHRASE, LINK).map(lambda inner: f"<ref>{inner}</ref>")
FORMAT = st.builds(lambda mark, inner: f"{mark}{inner}{mark}", st.sampled_from(["''", "'''"]), st.one_of(PHRASE, LINK))
COMMENT = PHRASE.map(lambda inner: f"<!-- {inner} -->")
EXTERNAL = PHRASE.map(lambda label: f"[http://x.org {label}]")
TAG = st.builds(lambda tag, inner: f"<{tag}>{inner}</{tag}>", st.sampled_from(["small", "b", "span"]), PHRASE)
PIECE = st.one_of(PHRASE, PHRASE, LINK, PLAIN_LINK, TEMPLATE, REFERENCE, FORMAT, COMMENT, EXTERNAL, TAG)
LINE = st.lists(PIECE, min_size=1, max_size=8).map(lambda pieces: "y " + " . ".join(pieces) + " z")


def title_of(target: str) -> str:
    """A target of these simple pages, normalised: one space, first letter a capital."""
    words = " ".join(target.split())
    return words[0].upper() + words[1:]


def oracle(wikitext: str) -> tuple[str, list[str]]:
    """Text and targets as mwparserfromhell sees them, references taken out."""
    code = mwparserfromhell.parse(wikitext)
    for tag in code.filter_tags(matches=lambda node: node.tag == "ref"):
        code.remove(tag)
    text = code.strip_code(normalize=True, collapse=True, keep_template_params=False)
    outside = mwparserfromhell.parse(str(code))
    for template in outside.filter_templates(recursive=False):
        outside.remove(template)
    return " ".join(text.split()), [title_of(str(link.title)) for link in outside.filter_wikilinks()]


@settings(max_examples=120, deadline=None)
@given(line=LINE)
def test_text_and_links_are_the_oracles(line: str) -> None:
    """One paragraph of simple markup: the same words, the same targets in the same order."""
    passages = parse_page(line, title="T", site=SITE, options=WikitextOptions(templates="drop")).passages
    text, targets = oracle(line)
    assert " ".join(" ".join(p.text for p in passages).split()) == text
    assert [link.target for p in passages for link in p.links] == targets
