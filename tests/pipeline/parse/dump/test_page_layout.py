"""Pages of the exporter's layout, read in one go: they are what the XML parser makes of them."""

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.parse.dump import page_layout
from pipeline.parse.dump import pages as pages_module
from pipeline.parse.dump.files import whole
from pipeline.parse.dump.page_layout import NATIVE, PYTHON, PageLayout
from pipeline.parse.dump.page_xml import DamagedXml, PageParser, RawPage
from pipeline.parse.dump.pages import PageReader
from tests.pipeline.parse.dump.builder import many, page, write_multistream

LIMIT = 300
FULL = """<page>
    <title>R&amp;D</title>
    <ns>0</ns>
    <id>12</id>
    <redirect title="AT&amp;T" />
    <revision>
      <id>7</id>
      <parentid>6</parentid>
      <timestamp>2020-01-01T00:00:00Z</timestamp>
      <contributor>
        <username>A &amp; B</username>
        <id>3</id>
      </contributor>
      <minor />
      <comment>/* x */ &lt;!-- é --&gt;</comment>
      <origin>7</origin>
      <model>wikitext</model>
      <format>text/x-wiki</format>
      <text bytes="11" sha1="abc" xml:space="preserve">&lt;b&gt; &amp;amp; é 日</text>
      <sha1>abc</sha1>
    </revision>
  </page>"""
SOURCES = [FULL, *(text.strip() for text in many(2)), page(3, "T", "[[Ziel]] &quot;", redirect="Ziel").strip()]
PUT_IN = (
    *(
        b"<",
        b">",
        b"&",
        b"&lt;",
        b"]]>",
        b"\r",
        b"\x01",
        b"\xff",
        b"\xef\xbf\xbe",
        b'"',
        b" ",
        b"\xc3\xa9",
        b"/>",
        b"<x/>",
    ),
    *(b"<revision>", b"<!-- x -->", b"<![CDATA[x]]>", b"&#65;", b"&eacute;", b'deleted="deleted"'),
)
EDITS = st.lists(st.tuples(st.integers(0, 2000), st.sampled_from(PUT_IN), st.integers(0, 12)), max_size=3)


def by_parser(data: bytes) -> RawPage | None:
    """What the XML parser makes of one page."""
    parser = PageParser(LIMIT)
    parser.start_page()
    try:
        parser.feed(data)
    except DamagedXml:
        return None
    return parser.pages[0] if parser.pages else None


LAYOUTS = [one for one in (PYTHON, NATIVE) if one]


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda one: one.name)
@pytest.mark.parametrize("source", SOURCES)
def test_the_exporters_layout_is_read(layout: PageLayout, source: str) -> None:
    data = source.encode()
    pages, following = layout.reader(b"\x01.." + data + b"\n<page>")(3, 4, len(data) + 10, LIMIT)
    assert (pages, following) == ([by_parser(data)], 4 + len(data)) and type(pages[0]) is RawPage
    assert layout.reader(data)(0, 1, len(data), LIMIT) == (pages, -1)
    assert layout.reader(data)(0, 1, len(data) - 1, LIMIT) == ([], 0)
    assert layout.reader(data)(0, 1, len(data), len(pages[0].text or "") - 1) == ([], 0)


@settings(max_examples=250, deadline=None)
@given(st.sampled_from(SOURCES), EDITS)
@example(FULL, [(0, b" ", 0)])
@example(FULL, [(len(FULL) - 12, b"\x0c", 0)])
@example(FULL, [(FULL.index(" sha1"), b' bytes="1"', 0)])
@example(FULL, [(FULL.index(" xml:space"), b' bytes="1"', 24)])
@example(FULL, [(FULL.index(" bytes"), b"", 11)])
@example(FULL, [(FULL.index("12</id>"), b"1" * 2001, 2)])
@example(FULL, [(FULL.index("12</id>"), b"1" * 2000, 2)])
@example(FULL, [(FULL.index("11"), b"", 2)])
def test_what_is_read_is_what_the_parser_reads(source: str, edits: list[tuple[int, bytes, int]]) -> None:
    """Bytes put in or in the place of others: either the parser has to decide, or it would have said the same."""
    data = source.encode()
    for place, new, replaced in edits:
        at = place % len(data)
        data = data[:at] + new + data[at + replaced :]
    pages, following = PYTHON.reader(data)(0, 1, len(data), LIMIT)
    assert (pages or following == 0) and pages in ([], [by_parser(data)])
    among_others = b"\n".join((SOURCES[0].encode(), data, SOURCES[-1].encode()))
    place = (0, len(among_others), len(among_others), LIMIT)
    for layout in LAYOUTS:
        assert layout.reader(data)(0, 1, len(data), LIMIT) == (pages, following)
        assert layout.reader(among_others)(*place) == PYTHON.reader(among_others)(*place)


@pytest.mark.skipif(NATIVE is None, reason="the native reader of pages was not built: no C compiler")
@settings(max_examples=100, deadline=None)
@given(st.text(st.sampled_from("aé日😀\x7f\t\n]>\ufffe\r\x80"), max_size=90), st.binary(max_size=3), st.integers(0, 90))
def test_texts_are_decoded_alike(text: str, put_in: bytes, at: int) -> None:
    """Of all widths, also where they are no UTF-8."""
    assert NATIVE is not None
    data = text.encode()
    head, _, tail = FULL.encode().partition(b"&lt;b&gt;")
    page_ = head + data[:at] + put_in + data[at:] + tail
    assert NATIVE.reader(page_)(0, 1, len(page_), LIMIT) == PYTHON.reader(page_)(0, 1, len(page_), LIMIT)


@pytest.mark.skipif(NATIVE is None, reason="the native reader of pages was not built: no C compiler")
@pytest.mark.parametrize("place", [(-1, 2), (3, 2), (0, 4)])
def test_a_place_outside_of_the_data_is_refused(place: tuple[int, int]) -> None:
    assert NATIVE is not None
    with pytest.raises(ValueError, match="0 <= position <= end"):
        NATIVE.reader(b"abc")(place[0], 3, place[1], LIMIT)


DAMAGES = (
    b"",
    b"<!-- x -->",
    b"&eacute;",
    b"\x01",
    b"\xff",
    b"x" * LIMIT,
    b"\xe6\x97\xa5" * (LIMIT // 2),
    b"\x7f",
    b"]]>",
)
DAMAGED = st.tuples(st.sampled_from(SOURCES), st.sampled_from(DAMAGES))


@settings(max_examples=150, deadline=None)
@given(st.lists(DAMAGED, min_size=1, max_size=8), st.integers(0, 4000))
def test_pages_are_read_up_to_the_first_that_the_parser_must_read(parts: list[tuple[str, bytes]], limit: int) -> None:
    """Many at once are what each is by itself, wherever they end."""
    pages = [source.encode().replace(b"</text>", damage + b"</text>") for source, damage in parts]
    data = b"\n".join(pages)
    expected: list[RawPage] = []
    following = 0
    for one in pages:
        alone = PYTHON.reader(one)(0, 1, len(one), LIMIT)[0]
        if following >= limit or not alone:
            break
        expected += alone
        following += len(one) + 1
    following = -1 if following > len(data) else following
    for layout in LAYOUTS:
        assert layout.reader(data)(0, limit, len(data), LIMIT) == (expected, following)


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda one: one.name)
def test_a_reader_needs_no_parser_for_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, layout: PageLayout) -> None:
    """Every page of a dump goes the short way, also where a chunk of decompressed bytes ends inside it."""
    monkeypatch.setattr(page_layout, "current", layout)
    path = write_multistream(tmp_path, 40, 10)
    fed: list[int] = []
    monkeypatch.setattr(PageParser, "start_page", lambda self: fed.append(1))
    real = pages_module.decoded
    monkeypatch.setattr(
        pages_module, "decoded", lambda piece: (c[i : i + 50] for c in real(piece) for i in range(0, len(c), 50))
    )
    found = list(PageReader(whole(path), wrapped=True, max_text_chars=10_000).pages())
    assert (len(found), fed) == (40, [])
