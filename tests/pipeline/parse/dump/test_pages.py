"""Ranges → pages: each page once wherever the ranges end, in all schemas, however damaged."""

import bz2
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import InputError
from pipeline.parse.dump import decode
from pipeline.parse.dump.header import read_header
from pipeline.parse.dump.page_xml import RawPage
from pipeline.parse.dump.pages import BadPage, PageReader
from pipeline.parse.dump.plan import plan_ranges
from tests.pipeline.parse.dump.builder import dump, header, many, page, write_multistream


def read(path: Path, item_bytes: int = 1 << 20, max_text_chars: int = 1 << 20) -> list[RawPage | BadPage]:
    found = read_header(path)
    pages: list[RawPage | BadPage] = []
    for piece in plan_ranges(path, item_bytes=item_bytes, encoding=found.encoding):
        pages += PageReader(piece, wrapped=found.wrapped, max_text_chars=max_text_chars).pages()
    return pages


def read_text(tmp_path: Path, data: bytes | str, **limits: int) -> list[RawPage | BadPage]:
    path = tmp_path / "dump.xml"
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return read(path, **limits)


def one(tmp_path: Path, data: bytes | str, **limits: int) -> RawPage:
    (found,) = read_text(tmp_path, data, **limits)
    assert isinstance(found, RawPage)
    return found


@pytest.mark.parametrize("item_bytes", [1, 7, 100, 1000, 1 << 20])
def test_each_page_once_wherever_ranges_end(tmp_path: Path, item_bytes: int) -> None:
    found = read_text(tmp_path, dump(many(12)), item_bytes=item_bytes)
    assert [raw.page_id for raw in found if isinstance(raw, RawPage)] == [str(n) for n in range(1, 13)]


@settings(max_examples=40, deadline=None)
@given(cuts=st.lists(st.integers(1, 60), min_size=1, max_size=30), chunk=st.integers(1, 50))
def test_bz2_streams_and_chunks_may_end_anywhere(
    tmp_path_factory: pytest.TempPathFactory, cuts: list[int], chunk: int
) -> None:
    data, streams, start = dump(many(3)), [], 0
    for cut in cuts:
        streams.append(bz2.compress(data[start : start + cut]))
        start += cut
    path = tmp_path_factory.mktemp("p") / "x.xml.bz2"
    path.write_bytes(b"".join(streams) + bz2.compress(data[start:]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(decode, "CHUNK_BYTES", chunk)
        found = read(path, item_bytes=40)
    assert [raw.page_id for raw in found if isinstance(raw, RawPage)] == ["1", "2", "3"]


def test_multistream_with_and_without_its_index(tmp_path: Path) -> None:
    path = write_multistream(tmp_path, 50, 6)
    assert len(read(path, 60)) == 50
    assert read(path, 60) == read(path)


def test_all_fields_of_a_page(tmp_path: Path) -> None:
    text = 'a < b & c\n"d" ]] \U0001f600'
    found = one(tmp_path, dump([page(12, "A & B", text, redirect="C <1>", revision_id=99)]))
    revision = ("99", "wikitext", text, "present", 1, True)
    assert found == RawPage("12", "A & B", "0", "C <1>", *revision)


def test_an_old_schema_without_ns_redirect_and_model(tmp_path: Path) -> None:
    old = """<page><title>A</title><id>3</id><restrictions>sysop</restrictions>
    <revision><id>4</id><timestamp>2005-01-01T00:00:00Z</timestamp><contributor><ip>::1</ip></contributor>
    <minor /><comment>c</comment><text xml:space="preserve">x</text></revision></page>"""
    assert one(tmp_path, dump([old], header(version="0.3"))) == RawPage(
        "3", "A", None, None, "4", None, "x", "present", 1, True
    )


def test_a_text_with_control_characters_is_known_for_it(tmp_path: Path) -> None:
    """XML allows few of them: a delete as it is, a carriage return as a reference."""
    assert [one(tmp_path, dump([page(1, "A", f"a{mark}b")])).no_controls for mark in ("\t\n", "\x7f")] == [True, False]
    path = dump([page(1, "A", "a*b").replace("*", "&#13;")])
    assert one(tmp_path, path).no_controls is False


def test_slots_of_schema_0_11_do_not_replace_the_text(tmp_path: Path) -> None:
    new = page(1, "A", "main").replace(
        "<model>", "<origin>7</origin><content><role>other</role><text>slot</text></content><model>"
    )
    assert one(tmp_path, dump([new])).text == "main"


def revision(number: int, stamp: str, text: str) -> str:
    return f"<revision><id>{number}</id><timestamp>{stamp}</timestamp><text>{text}</text></revision>"


def test_the_latest_revision_by_time_then_id(tmp_path: Path) -> None:
    revisions = revision(5, "2021", "b") + revision(9, "2020", "a") + revision(4, "2021", "c")
    found = one(tmp_path, f"<page><title>A</title><id>1</id>{revisions}</page>")
    assert (found.text, found.revision_id, found.revisions) == ("b", "5", 3)


@pytest.mark.parametrize(
    ("tag", "text", "state"),
    [
        ('<text bytes="0" /></text>', "", "present"),
        ('<text bytes="0" />', "", "present"),
        ('<text deleted="deleted" />', None, "deleted"),
        ('<text id="8" bytes="900" />', None, "missing"),
        ("", None, "missing"),
    ],
)
def test_texts_that_are_not_there(tmp_path: Path, tag: str, text: str | None, state: str) -> None:
    tag = tag.removesuffix("</text>")
    found = one(tmp_path, dump([page(1, "A", "", text_tag="").replace("    </revision>", tag + "</revision>")]))
    assert (found.text, found.text_state) == (text, state)


def test_a_text_that_is_too_long_is_not_kept(tmp_path: Path) -> None:
    found = one(tmp_path, dump([page(1, "A", "x" * 101)]), max_text_chars=100)
    assert (found.text, found.text_state) == (None, "too_long")
    assert one(tmp_path, dump([page(1, "A", "x" * 100)]), max_text_chars=100).text == "x" * 100


@pytest.mark.parametrize(
    ("bad", "key", "detail"),
    [
        (page(2, "B", "x").replace("<text", "<text <"), "B", "not well-formed"),
        (page(2, "B", "x").replace("Wort", "").replace("x</text>", "&nbsp;</text>"), "B", "undefined entity"),
        (page(2, "B", "x").replace("x</text>", "\x01</text>"), "B", "not well-formed"),
        (page(2, "B", "x").replace("</page>", ""), "B", "the page has no </page>"),
        (page(2, "B", "x").replace("</title>", "</titel>"), "2", "mismatched tag"),
        ("  <page>\n    <!DOCTYPE a [<!ENTITY b 'c'>]>\n<title>B</title></page>", "?", "not well-formed"),
        ("  <page>\n    <tit<page>", "?", "the page has no </page>"),
    ],
    ids=["tag", "entity", "control character", "no end", "mismatch", "DTD", "page in page"],
)
@pytest.mark.parametrize("item_bytes", [50, 1 << 20])
def test_a_damaged_page_costs_only_itself(tmp_path: Path, bad: str, key: str, detail: str, item_bytes: int) -> None:
    found = read_text(tmp_path, dump([page(1, "A"), bad, page(3, "C")]), item_bytes=item_bytes)
    good = [raw.page_id for raw in found if isinstance(raw, RawPage)]
    assert good == ["1", "3"]
    damaged = [raw for raw in found if isinstance(raw, BadPage)]
    assert damaged[0].reason == "xml_error" and damaged[0].detail.startswith(detail)
    assert damaged[0].key in (key, "?")


def test_invalid_utf_8_costs_only_its_page(tmp_path: Path) -> None:
    data = dump([page(1, "A"), page(2, "B", "x"), page(3, "C")]).replace(b">x<", b">\xff\xfe<")
    found = read_text(tmp_path, data)
    assert [type(raw).__name__ for raw in found] == ["RawPage", "BadPage", "RawPage"]


@pytest.mark.parametrize("item_bytes", [64, 1 << 20])
def test_a_truncated_file_is_noticed(tmp_path: Path, item_bytes: int) -> None:
    data = dump(many(4))
    with pytest.raises(InputError, match="dump.xml is truncated: it ends inside the page 'Seite 4'"):
        read_text(tmp_path, data[:-80], item_bytes=item_bytes)
    with pytest.raises(InputError, match="is truncated: expected </mediawiki> at its end, found"):
        read_text(tmp_path, data.removesuffix(b"</mediawiki>\n"), item_bytes=1 << 20)


def test_dumps_one_after_the_other_in_one_file(tmp_path: Path) -> None:
    text = '<?xml version="1.0"?>\n' + dump([page(1, "A")]).decode()
    assert [raw[0] for raw in read_text(tmp_path, text + text.replace("<id>1<", "<id>2<"))] == ["1", "2"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "iso-8859-1"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding.removesuffix("-sig")}"?>' + dump([page(1, "Ärö", "é")]).decode()
    found = one(tmp_path, text.encode(encoding))
    assert (found.title, found.text) == ("Ärö", "é")


def test_real_dumps_give_what_a_plain_xml_parser_sees(shared_data: Path) -> None:
    path = shared_data / "wikidump/ltgwiki/ltgwiki-pages-articles.xml.bz2"
    expected = []
    for element in ElementTree.fromstring(bz2.decompress(path.read_bytes())):
        if element.tag.endswith("}page"):
            fields = {child.tag.rpartition("}")[2]: child.text for child in element.iter()}
            ids = [child.text for child in element.iter() if child.tag.endswith("}id")]
            expected.append((ids[0], ids[1], fields["title"], fields["ns"], fields["text"] or ""))
    found = [
        (raw.page_id, raw.revision_id, raw.title, raw.ns, raw.text) for raw in read(path) if isinstance(raw, RawPage)
    ]
    assert found == expected
    assert len(found) == 2004
