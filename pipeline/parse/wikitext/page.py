"""One page of wikitext → its prose passages: the passes of MediaWiki's parser in MediaWiki's order."""

import re

from pipeline.languages.site import Site
from pipeline.parse.wikitext import marks
from pipeline.parse.wikitext.blocks import BlockParser
from pipeline.parse.wikitext.links import replace_links
from pipeline.parse.wikitext.model import PageTooComplex, ParsedPage, WikitextOptions
from pipeline.parse.wikitext.preprocess import preprocess
from pipeline.parse.wikitext.state import PageState, rules_of
from pipeline.parse.wikitext.tables import cut_tables
from pipeline.parse.wikitext.tags import mark_tags
from pipeline.parse.wikitext.variants import convert_variants

_SWITCH = re.compile(r"__[^\s_](?:[^\s_]|_(?!_))*__")


def parse_page(
    wikitext: str, *, title: str, site: Site, options: WikitextOptions, no_controls: bool = False
) -> ParsedPage:
    """The prose of a page with its local links; with `no_controls` it need not be searched for control characters.

    Raises PageTooComplex where the page needs more work than `options` allows.

    >>> from pipeline.languages.site import bundled_site
    >>> site = bundled_site("de")
    >>> page = parse_page("'''Rom''' ist in [[Italien]].", title="Rom", site=site, options=WikitextOptions())
    >>> page.passages[0].text, page.passages[0].links
    ('Rom ist in Italien.', (Link(start=11, end=18, target='Italien', fragment=None),))
    """
    if len(wikitext) > options.max_chars:
        raise PageTooComplex("characters", f"{len(wikitext)} characters of wikitext, {options.max_chars} allowed")
    state = PageState(title, rules_of(site), options)
    text = preprocess(wikitext if no_controls else marks.clean_input(wikitext), state)
    text = mark_tags(cut_tables(text, state), state)
    text = _without_switches(convert_variants(text, state), state)
    text = replace_links(text, state)
    passages = BlockParser(state).run(text)
    return ParsedPage(tuple(passages), dict(state.counts), state.disambiguation)


def _without_switches(text: str, state: PageState) -> str:
    """Takes `__NOTOC__` and the like out."""
    if "_" not in text or "__" not in text:
        return text
    switches = state.rules.site.behavior_switches
    return _SWITCH.sub(lambda found: "" if found[0] in switches or found[0].upper() in switches else found[0], text)
