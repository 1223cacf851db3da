"""Where bz2 streams begin, as the index file names them, and the ranges that follow."""

import bz2
import itertools
from pathlib import Path

import pytest

from pipeline.errors import InputError
from pipeline.parse.dump.plan import index_beside, plan_ranges
from pipeline.parse.dump.stream_index import read_index
from tests.pipeline.parse.dump.builder import many, multistream, write_multistream


def test_ranges_follow_from_the_size_alone(tmp_path: Path) -> None:
    path = write_multistream(tmp_path, 200, 2)
    pieces = plan_ranges(path, item_bytes=1000, index=index_beside(path))
    assert len(plan_ranges(path, item_bytes=1000)) == -(-path.stat().st_size // 1000)
    assert pieces[0].start == 0 and pieces[-1].end == path.stat().st_size
    assert all(a.end == b.start for a, b in itertools.pairwise(pieces))
    assert all(1000 <= piece.end - piece.start < 1700 for piece in pieces[:-1])


@pytest.mark.parametrize(
    ("dump", "index"),
    [
        (
            "itwiki-20260101-pages-articles-multistream.xml.bz2",
            "itwiki-20260101-pages-articles-multistream-index.txt.bz2",
        ),
        (
            "enwiki-20260101-pages-articles-multistream1.xml-p1p41242.bz2",
            "enwiki-20260101-pages-articles-multistream-index1.txt-p1p41242.bz2",
        ),
        ("x-multistream.xml.bz2", "x-multistream-index.txt"),
        ("x-multistream.xml.bz2", "x-multistream-index.txt.gz"),
    ],
)
def test_the_index_is_found_beside_the_dump(tmp_path: Path, dump: str, index: str) -> None:
    assert index_beside(tmp_path / dump) is None
    (tmp_path / index).touch()
    assert index_beside(tmp_path / dump) == tmp_path / index
    assert index_beside(tmp_path / index) is None


@pytest.mark.parametrize(
    ("index", "message"),
    [
        (b"17:1:A\n", "it says that a stream begins at byte 17, where the dump has b'"),
        (b"99999999:1:A\n", "begins at byte 99999999, where the dump has the end of the file"),
        (b"<html>\n", "is not an index of a multistream dump: expected lines 'offset:page id:title'"),
        (b"", "is empty"),
        (b"\n", "names no stream"),
    ],
)
def test_an_index_that_does_not_belong_is_refused(tmp_path: Path, index: bytes, message: str) -> None:
    dump, path = tmp_path / "d.xml.bz2", tmp_path / "i.txt"
    dump.write_bytes(multistream(many(10), 2)[0])
    path.write_bytes(index)
    with pytest.raises(InputError, match=message):
        plan_ranges(dump, item_bytes=1, index=path)


def test_an_index_in_disorder_is_refused(tmp_path: Path) -> None:
    path = write_multistream(tmp_path, 10, 2)
    index = index_beside(path)
    assert index is not None
    lines = bz2.decompress(index.read_bytes()).splitlines(keepends=True)
    index.write_bytes(bz2.compress(b"".join(reversed(lines))))
    with pytest.raises(InputError, match="comes after"):
        read_index(index, path)
