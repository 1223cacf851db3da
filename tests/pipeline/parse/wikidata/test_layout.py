"""How files are laid out, and their entities whatever the layout and wherever they are cut."""

import bz2
import gzip
import json
from pathlib import Path

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import InputError
from pipeline.parse.dump.files import whole
from pipeline.parse.dump.plan import plan_ranges
from pipeline.parse.wikidata.layout import layout_of, read_document, read_layout
from pipeline.parse.wikidata.lines import LineReader
from tests.pipeline.parse.wikidata.builder import array, linked

ENTITIES = [linked(n, "dewiki", "frwiki") for n in range(1, 40)]
COMPACT = [json.dumps(entity, separators=(",", ":")).encode() for entity in ENTITIES]


@pytest.mark.parametrize(
    ("data", "layout"),
    [
        (b'[\n{"type":"item"', "array"),
        (b'\xef\xbb\xbf[ \r\n{"id":"Q1"', "array"),
        (b"[\n]\n", "array"),
        (b'{"type":"item","id":"Q1"}\n{"type":"item"}\n', "lines"),
        (b'{"id":"Q1"}', "lines"),
        (b'{"entities":{"Q1":{}}}', "document"),
        (b'{"warnings":{"main":{"*":"x"}},"entities":{"P17":{', "document"),
        (b'{\n  "pageid": 1,\n', "document"),
        (b'[{"type":"item"},{"type":"item"}]', "document"),
        (b'{"name":"x"}', None),
        (b"[1,2]", None),
        (b"<mediawiki>", None),
        (b"", None),
    ],
)
def test_layout_by_the_first_bytes(data: bytes, layout: str | None) -> None:
    assert layout_of(data) == layout


@pytest.mark.parametrize("pack", [bytes, bz2.compress, gzip.compress, zstandard.compress], ids=["", "bz2", "gz", "zst"])
@pytest.mark.parametrize("size", [13, 100, 1 << 20])
def test_lines_whatever_the_packing_and_the_item_size(tmp_path: Path, pack: object, size: int) -> None:
    path = tmp_path / "dump"
    path.write_bytes(pack(array(ENTITIES)))  # type: ignore[operator]
    assert read_all(path, size) == COMPACT


def test_bz2_streams_cut_in_the_middle_of_lines(tmp_path: Path) -> None:
    data, path = array(ENTITIES), tmp_path / "dump.json.bz2"
    path.write_bytes(b"".join(bz2.compress(data[start : start + 77]) for start in range(0, len(data), 77)))
    assert len(plan_ranges(path, item_bytes=100)) > 50
    assert read_all(path, 100) == COMPACT
    assert read_all(path, 1000) == COMPACT


@given(lines=st.lists(st.sampled_from([b"", b"{}", b'{"a":1}', b"\r"]), max_size=12), size=st.integers(1, 9))
def test_each_line_belongs_to_one_range(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes], size: int
) -> None:
    path = tmp_path_factory.mktemp("lines") / "x.json"
    path.write_bytes(b"\n".join([b"{}", *lines]))
    found = [line for piece in plan_ranges(path, item_bytes=size) for line in LineReader(piece, array=False).lines()]
    assert found == path.read_bytes().split(b"\n")


def test_documents(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    for value, expected in (
        ({"entities": {"Q1": ENTITIES[0], "Q2": ENTITIES[1]}}, ENTITIES[:2]),
        (ENTITIES[0], ENTITIES[:1]),
        (ENTITIES[:3], ENTITIES[:3]),
    ):
        path.write_text(json.dumps(value, indent=1))
        entities, trailing = read_document(whole(path))
        assert [json.loads(bytes(entity)) for entity in entities] == expected
        assert trailing == 0


def test_what_follows_a_document_is_counted_not_read(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text(json.dumps({"entities": {"Q1": ENTITIES[0]}}) + '{"warnings" = ä')
    entities, trailing = read_document(whole(path))
    assert (len(entities), trailing) == (1, 16)


@pytest.mark.parametrize("length", [-2, 2000, -300])
@pytest.mark.parametrize("item_bytes", [100, 500, 1 << 20])
def test_a_truncated_array_is_noticed(tmp_path: Path, length: int, item_bytes: int) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(array(ENTITIES)[:length])
    with pytest.raises(InputError, match="truncated: expected ']' as its last line"):
        read_all(path, item_bytes)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"<mediawiki><page>", "looks like a MediaWiki XML dump"),
        (b"<!DOCTYPE html><html>", "looks like an HTML page"),
        (b'{"name": "x"}', "looks like JSON"),
        (b"", r"is empty \(0 bytes\)"),
        (b"7z\xbc\xaf\x27\x1c\0\0", "is a 7z archive"),
    ],
)
def test_what_is_no_wikidata_dump_is_named(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(data)
    with pytest.raises(InputError, match=message):
        read_layout(path)


def test_a_truncated_document_is_one_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text(json.dumps({"entities": {"Q1": ENTITIES[0]}})[:-9])
    with pytest.raises(InputError, match="damaged or truncated: it is not whole JSON"):
        read_document(whole(path))


def read_all(path: Path, item_bytes: int) -> list[bytes]:
    pieces = plan_ranges(path, item_bytes=item_bytes)
    is_array = read_layout(path) == "array"
    return [line for piece in pieces for line in LineReader(piece, array=is_array).entities()]
