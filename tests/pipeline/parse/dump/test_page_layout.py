"""Pages of the exporter's layout, read in one go: they are what the XML parser makes of them."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pipeline.parse.dump import pages as pages_module
from pipeline.parse.dump.files import whole
from pipeline.parse.dump.page_layout import read_page
from pipeline.parse.dump.page_xml import DamagedXml, PageParser, RawPage
from pipeline.parse.dump.pages import PageReader
from pipeline.parse.wikitext import scanner
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


@pytest.fixture(params=[one for one in (scanner.PYTHON, scanner.NATIVE) if one], ids=lambda one: one.name)
def each_scanner(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test is run with both."""
    monkeypatch.setattr(scanner, "current", request.param)


@pytest.mark.usefixtures("each_scanner")
@pytest.mark.parametrize("source", SOURCES)
def test_the_exporters_layout_is_read(source: str) -> None:
    data = source.encode()
    found = read_page(data, 0, len(data), LIMIT)
    assert found is not None
    assert found == by_parser(data)


@pytest.mark.usefixtures("each_scanner")
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(SOURCES), EDITS)
@example(FULL, [(0, b" ", 0)])
def test_what_is_read_is_what_the_parser_reads(source: str, edits: list[tuple[int, bytes, int]]) -> None:
    """Bytes put in or in the place of others: either the parser has to decide, or it would have said the same."""
    data = source.encode()
    for place, new, replaced in edits:
        at = place % len(data)
        data = data[:at] + new + data[at + replaced :]
    found = read_page(data, 0, len(data), LIMIT)
    if found is not None:
        assert found == by_parser(data)


def test_a_reader_needs_no_parser_for_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every page of a dump goes the short way, also where a chunk of decompressed bytes ends inside it."""
    path = write_multistream(tmp_path, 40, 10)
    fed: list[int] = []
    monkeypatch.setattr(PageParser, "start_page", lambda self: fed.append(1))
    real = pages_module.decoded
    monkeypatch.setattr(
        pages_module, "decoded", lambda piece: (c[i : i + 50] for c in real(piece) for i in range(0, len(c), 50))
    )
    found = list(PageReader(whole(path), wrapped=True, max_text_chars=10_000).pages())
    assert (len(found), fed) == (40, [])
