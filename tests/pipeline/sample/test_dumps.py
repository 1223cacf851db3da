"""The XML dumps: real multistream files in the export schema, with the index that belongs to them."""

import bz2
from collections import Counter
from xml.etree import ElementTree
from xml.parsers import expat

import pytest

from pipeline.sample import SampleReport, WikiReport
from pipeline.sample.options import BASE_LANGUAGES
from pipeline.sample.texts import load_texts

_NS = "{http://www.mediawiki.org/xml/export-0.11/}"


def _streams(wiki: WikiReport) -> list[tuple[int, str]]:
    """Offset and text of every bz2 stream of a dump."""
    data, found, at = wiki.dump.read_bytes(), [], 0
    while at < len(data):
        decompressor = bz2.BZ2Decompressor()
        text = decompressor.decompress(data[at:]).decode()
        assert decompressor.eof
        found.append((at, text))
        at = len(data) - len(decompressor.unused_data)
    return found


@pytest.fixture(scope="module", params=BASE_LANGUAGES)
def wiki(request: pytest.FixtureRequest, sample: SampleReport) -> WikiReport:
    return sample.wikis[request.param]


def test_streams_are_header_pages_footer(wiki: WikiReport) -> None:
    streams = _streams(wiki)
    texts = [text for _at, text in streams]
    assert len(streams) == wiki.streams >= 20
    assert texts[0].startswith("<mediawiki ")
    assert texts[0].endswith("  </siteinfo>\n")
    assert texts[-1] == "</mediawiki>\n"
    assert all(text.startswith("  <page>\n") and text.endswith("  </page>\n") for text in texts[1:-1])
    assert {text.count("<page>") for text in texts[1:-2]} == {50}


def test_index_points_at_the_stream_of_each_page(wiki: WikiReport) -> None:
    streams = dict(_streams(wiki))
    lines = bz2.decompress(wiki.index.read_bytes()).decode().splitlines()
    assert len(lines) == len(wiki.pages) - 2  # the pages without id or title have no line
    for line in lines:
        offset, page_id, title = line.split(":", 2)
        assert f"    <title>{title}</title>\n" in streams[int(offset)].replace("&amp;", "&")
        assert f"    <id>{page_id}</id>\n" in streams[int(offset)]


def test_the_whole_file_is_well_formed_and_says_what_the_report_says(wiki: WikiReport) -> None:
    text = bz2.decompress(wiki.dump.read_bytes())
    expat.ParserCreate().Parse(text, True)
    root = ElementTree.fromstring(text)
    assert root.attrib["version"] == "0.11"
    spaces = {int(one.attrib["key"]): one.text for one in root.iter(f"{_NS}namespace")}
    assert spaces[0] is None
    assert spaces[14] == load_texts(wiki.lang).wiki.namespaces[14]
    found = [
        (page.findtext(f"{_NS}title"), page.findtext(f"{_NS}ns"), page.find(f"{_NS}redirect") is not None)
        for page in root.iter(f"{_NS}page")
    ]
    expected = [
        ("" if page.damage == "no_title" else page.title, str(page.namespace), page.role == "redirect")
        for _page_id, page in wiki.pages
    ]
    assert found == expected


def test_texts_come_out_as_they_went_in(wiki: WikiReport) -> None:
    root = ElementTree.fromstring(bz2.decompress(wiki.dump.read_bytes()))
    for element, (_page_id, page) in zip(root.iter(f"{_NS}page"), wiki.pages, strict=True):
        text = element.find(f"{_NS}revision/{_NS}text")
        if page.damage in ("no_revision", "deleted_text"):
            assert text is None or not text.text
        else:
            assert text is not None
            assert text.text == page.wikitext
            assert int(text.attrib["bytes"]) == len(page.wikitext.encode())


def test_page_ids_ascend_with_gaps_and_titles_are_unique(wiki: WikiReport) -> None:
    ids = [page_id for page_id, _page in wiki.pages]
    assert ids == sorted(set(ids))
    assert ids[-1] > len(ids)
    assert max(Counter(page.title for _id, page in wiki.pages).values()) == 1
    assert wiki.roles.total() == len(wiki.pages)
