"""Link targets: those that are classified at once are what they are step by step."""

import dataclasses
import os

from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.languages.site import Site, bundled_site
from pipeline.parse.wikitext.targets import TargetClass, _at_once, _step_by_step

SITES = [
    *map(bundled_site, ("en", "de", "tr")),
    dataclasses.replace(bundled_site("en"), case_sensitive=True),
]
PARTS = [
    *("File", "image", "Category", "Kategorie", "Talk", "User_talk", "de", "en", "wikt", "mailto", "http", "news", "w"),
    *(":", ":", "#", "_", " ", "  ", ".", "/", "//", "~", "&amp;", "%41", "\x08", "\u00a0", "é", "i", "ǆ", "A", "a b"),
    "x" * 30,
]


@settings(max_examples=5000 if os.environ.get("XLMK_LONG") else 400, deadline=None)
@given(st.lists(st.sampled_from(PARTS), max_size=6).map("".join), st.sampled_from(SITES))
@example("file: a.png", SITES[0])
@example("de: Rom", SITES[0])
@example("User talk:x", SITES[3])
def test_at_once_is_step_by_step(raw: str, site: Site) -> None:
    found = _at_once(raw, site)
    assert found is None or found == _step_by_step(raw, site)


def test_most_kinds_are_classified_at_once() -> None:
    written = ("rome", "Eastern_Europe", "a#b_c", "Film: a b", ":rome", "file:A_b.png", "Category: x", "de:Rom")
    kinds = [found and found.kind for found in (_at_once(raw, SITES[0]) for raw in written)]
    assert kinds == [TargetClass.LOCAL] * 5 + [TargetClass.FILE, TargetClass.CATEGORY, TargetClass.INTERLANGUAGE]
