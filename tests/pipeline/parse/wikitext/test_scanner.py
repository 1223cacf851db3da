"""The native scanner finds what its twin in Python finds: in golden cases, in generated texts, in the gold's pages."""

import itertools
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.errors import ConfigError
from pipeline.languages.site import bundled_site
from pipeline.languages.site_data import site_data
from pipeline.parse.dump.files import whole
from pipeline.parse.dump.header import read_header
from pipeline.parse.dump.page_xml import RawPage
from pipeline.parse.dump.pages import PageReader
from pipeline.parse.wikitext import marks, scanner
from pipeline.parse.wikitext.scanner import PYTHON, Scanner
from pipeline.parse.wikitext.state import NO_TRAIL, SiteRules
from pipeline.parse.wikitext.tag_names import TAG_NAMES
from pipeline.parse.wikitext.titles import capital_letters
from tests.pipeline.parse.wikitext import golden
from tests.pipeline.parse.wikitext.test_properties import PIECES

LONG = bool(os.environ.get("XLMK_LONG"))
native = pytest.mark.skipif(scanner.NATIVE is None, reason="the native scanner was not built: no C compiler")
NATIVE = scanner.NATIVE or PYTHON

MARKUP = (
    *PIECES,
    "<REF>",
    "<ref/>",
    "<ref\u2003a>b</ref >",
    "<noInclude>",
    "<page-collection>",
    "]]]",
    "[[[",
    "-{{",
    "}}-",
)
CHARS = st.characters(exclude_characters="\0", exclude_categories=["Cs"])
TEXTS = st.lists(st.one_of(st.sampled_from(MARKUP), st.text(CHARS, max_size=3)), max_size=40).map("".join)
RUNNING = st.lists(
    st.sampled_from([*map(chr, range(1, 32)), " ", "  ", "\u00a0", "\u0430", "日", "\U0001f600", "a", "b"]), max_size=30
).map("".join)


def events(text: str, one: Scanner, inside: bool, variants: bool) -> list[tuple[int, int]]:
    """All events of a text, each sought from the end of the one before; then from each character on."""
    found = []
    position = 0
    while (event := one.find_markup(text, position, inside, variants)) is not None:
        found.append(event)
        position = event[1]
    return found


def outcome(call: Callable[[], object]) -> object:
    """What a call gives, or the type of its error."""
    try:
        return call()
    except ValueError as error:
        return type(error)


def pieces(text: str, one: Scanner, *rules: Any) -> list[object]:
    """What links and other pieces there are, to the end; and with every third piece what follows it taken unread."""
    found: list[object] = []
    for every in (0, 3):
        reader = one.read_links(text, *rules)
        piece: object = True
        while piece:
            out: list[str] = []
            titles: list[str] = []
            piece = reader.stretch(out, titles)
            found += ("".join(out), titles, piece)
            if piece and every and len(found) % every == 0:
                found.append(reader.following())
        found.append(reader.following())
    return found


def check_links(text: str) -> None:
    """Same pieces: with trails and without, with large first letters and without, where links have prefixes."""
    large = "".join(map(chr, range(128)))
    small = "".join(map(chr, range(ord("a"), ord("z") + 1)))
    for rules in (
        (large.upper(), "", NO_TRAIL),
        (large.upper(), small, NO_TRAIL),
        (large, "b'-", " ["),
        (large.replace("a", "\0"), small, None),
        (capital_letters(case_sensitive=False, dotted_i=True), small, None),
        ("\0é日\U0001f600" * 99, "", None),
        ("", "", None),
    ):
        assert pieces(text, NATIVE, *rules) == pieces(text, PYTHON, *rules)


def check_parts(text: str, found: list[tuple[int, int]], variants: bool) -> None:
    """The parts of a text are what `find_markup` finds one after the other outside of brackets."""
    bounds = [0, *(bound for event in found for bound in event), len(text)]
    parts = [text[start:end] for start, end in itertools.pairwise(bounds)]
    assert PYTHON.split_markup(text, variants) == parts
    assert NATIVE.split_markup(text, variants) == parts


def check_text(text: str) -> None:
    """Same events, same pieces."""
    for inside in (False, True):
        for variants in (False, True):
            found = events(text, PYTHON, inside, variants)
            assert events(text, NATIVE, inside, variants) == found
            if not inside:
                check_parts(text, found, variants)
    check_links(text)
    check_running_text(text, text.count("\x02"))


def check_running_text(text: str, number: int) -> None:
    """Same texts and links, or both refuse: each line a block, and all a block with line ends; so many targets."""
    targets = [f"T{index}" for index in range(number)], {2: "F", 5: "G"} if number % 2 else {}
    for blocks in (text.split("\n"), [text]):
        expected = outcome(lambda blocks=blocks: PYTHON.running_text(blocks, *targets))  # type: ignore[misc]
        assert outcome(lambda blocks=blocks: NATIVE.running_text(blocks, *targets)) == expected  # type: ignore[misc]


@native
def test_golden_cases() -> None:
    for case in golden.cases():
        check_text(case.wikitext)


@native
@settings(max_examples=5000 if LONG else 250, deadline=None)
@given(TEXTS)
@example("<ref name=a>b</ref\u00a0><references/><references ><!--<REF/>")
@example("{{{a}}}{{b}}}-{{c}}-}}-")
@example("[[a|b]]]]] [[|c]] [[d|]] [[e|]]] [[f|[g]]] [[h\x01i]]")
def test_any_text(text: str) -> None:
    check_text(text)
    for position in range(len(text)):
        for inside in (False, True):
            assert NATIVE.find_markup(text, position, inside, True) == PYTHON.find_markup(text, position, inside, True)


@native
def test_every_character_of_a_title() -> None:
    """Plain or not: each by itself, within, and at both ends; and a title's length."""
    chars = [chr(code) for code in (*range(0x3100), 0xFFFC, 0xFFFD, 0xFFFE, 0x10000, 0x10FFFF)]
    text = "".join(f"[[{char}]] [[a{char}b]] [[{char}b|c]] [[a{char}]] [[a {char}]] [[a.{char}]]" for char in chars)
    check_links(text)
    text = "".join(f"[[{'a' * number}]] [[{'é ' * number}b]]" for number in range(80))
    check_links(text)


@native
@settings(max_examples=5000 if LONG else 250, deadline=None)
@given(RUNNING, st.integers(0, 3))
@example("\u00a0 \x02 \u00a0a \x03\u00a0\x02\x03 \u00a0", 0)
@example("\n\x02 a\x03\x02\x02 b \x03\x03\n\x02b \n\x03", 0)
def test_running_text(text: str, lacking: int) -> None:
    """Marks in pairs or not, targets enough or not: the same text and links, or both refuse."""
    check_running_text(text, max(0, text.count("\x02") - lacking))


@native
def test_wrong_arguments_are_refused() -> None:
    """Nothing but a Python error, whatever is given."""
    from pipeline.parse.wikitext import _scanner

    with pytest.raises(TypeError):
        _scanner.find_markup("a", "b", 0, False, False)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        _scanner.split_markup("a", "b", False)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        _scanner.read_links("a", "", "", b"")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        _scanner.read_links("a", "", "", None).stretch([], ())  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        _scanner.running_text("short", tuple, [], [], {})  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="no string"):
        NATIVE.running_text(["a", b"b"], [], {})  # type: ignore[list-item]
    assert NATIVE.find_markup("{{a}}", 99, False, False) is None


@native
@pytest.mark.long
def test_gold_pages(shared_data: Path) -> None:
    """Every page of the gold's dumps."""
    for path in sorted((shared_data / "wikidump" / "true-siteinfo").glob("*.xml.bz2")):
        header = read_header(path)
        for raw in PageReader(whole(path, header.encoding), wrapped=header.wrapped, max_text_chars=8_000_000).pages():
            if isinstance(raw, RawPage) and raw.text:
                check_text(marks.clean_input(raw.text))


def test_tag_names_are_what_the_native_scanner_reads() -> None:
    """Small letters and hyphens, no longer than its buffer."""
    assert all(len(name) < 24 and name.removeprefix("/").replace("-", "").isalpha() for name in TAG_NAMES)
    assert all(name == name.lower() and name.isascii() for name in TAG_NAMES)


def test_no_trail_begins_with_what_is_said_to_begin_none() -> None:
    """Neither in any language nor in a site's own: whatever follows the character."""
    for lang in sorted(site_data()["languages"]):
        site = bundled_site(lang)
        trail = re.compile(f"(?:{site.linktrail})?", re.DOTALL)
        rules = SiteRules(site)
        own = rules.no_trail
        assert set(NO_TRAIL) <= set(own)
        for char in own:
            for after in ("", "a", "é", "я", "'", char):
                found = trail.match(char + after)
                assert found is not None and found.end() == 0, (lang, site.linktrail, char)
        for char in rules.trail_letters:
            for after, end in (("", 1), (char, 2), (" ", 1)):
                found = trail.match(char + after)
                assert found is not None and found.end() == end, (lang, site.linktrail, char)
        if rules.after_link is None:
            for char in filter(trail.fullmatch, map(chr, range(0x11000))):
                assert char in rules.trail_letters, (lang, site.linktrail, char)


def test_choice() -> None:
    assert scanner.choose("python") is PYTHON
    assert scanner.choose(None) is (scanner.NATIVE or PYTHON)
    with pytest.raises(ConfigError, match="expected 'native' or 'python'"):
        scanner.choose("c")
