"""`extract wikipedia` on bad and odd input: one clear error, nothing published; what can be read is read."""

import bz2
import gzip
import shutil
from pathlib import Path

import duckdb
import pytest

from pipeline.errors import ConfigError, InputError, JobFailedError, TargetError
from tests.pipeline.jobs.test_extract_wikipedia import extract
from tests.pipeline.parse.dump.builder import dump, header, many, page, write_multistream


def write(tmp_path: Path, data: bytes, name: str = "dump.xml") -> Path:
    path = tmp_path / name
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("item_bytes", [1, 1 << 20])
def test_a_truncated_bz2(tmp_path: Path, item_bytes: int) -> None:
    whole = write_multistream(tmp_path / "whole", 60, 5, size=50).read_bytes()
    path = write(tmp_path, whole[:-200], "cut.xml.bz2")
    with pytest.raises(
        InputError, match=r"cut.xml.bz2 is truncated: the bz2 stream that begins at byte \d+ has no end"
    ):
        extract(tmp_path / "kb", path, item_bytes=item_bytes)
    assert not (tmp_path / "kb/tables").exists() and not list((tmp_path / "kb").rglob("*.tmp"))


def test_a_truncated_dump_that_came_whole_at_last_is_read(tmp_path: Path) -> None:
    whole = write_multistream(tmp_path / "whole", 60, 5)
    path = write(tmp_path, whole.read_bytes()[:-200], whole.name)
    with pytest.raises(InputError, match="truncated"):
        extract(tmp_path / "kb", path, item_bytes=300)
    shutil.copy(whole, path)
    assert extract(tmp_path / "kb", path, item_bytes=300).counts["pages"] == 60


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", r"dump.xml is empty \(0 bytes\)"),
        (dump([]), "dump.xml holds no page"),
        (b"<!DOCTYPE html><html>", "dump.xml is not a Wikipedia dump: it looks like an HTML page"),
        (b'[\n{"type":"item","id":"Q1"}\n]\n', "it looks like a Wikidata JSON dump"),
        (gzip.compress(b"hello", mtime=0), "it looks like text that begins with b'hello'"),
    ],
)
def test_what_is_no_dump(tmp_path: Path, data: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        extract(tmp_path / "kb", write(tmp_path, data))
    assert not (tmp_path / "kb").exists()


@pytest.mark.parametrize("lang", ["Deutsch", "dewiki!", "../de", ""])
def test_a_wrong_language_code(tmp_path: Path, lang: str) -> None:
    with pytest.raises(ConfigError, match="is not a language code"):
        extract(tmp_path / "kb", write(tmp_path, dump(many(1))), lang=lang)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"item_bytes": 0}, "item_bytes is 0"),
        ({"templates": "expand"}, "templates is 'expand'"),
        ({"max_reject_share": 2}, "max_reject_share is 2"),
        ({"namespaces": ()}, "namespaces is empty"),
        ({"indexes": ("a", "b")}, "indexes has 2 files for 1 dumps"),
    ],
)
def test_bad_configuration_names_its_key(tmp_path: Path, config: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        extract(tmp_path / "kb", write(tmp_path, dump(many(1))), **config)


def test_no_language_anywhere(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--lang CODE"):
        extract(tmp_path / "kb", write(tmp_path, page(1, "A").encode()))


def test_dumps_of_two_wikis(tmp_path: Path) -> None:
    first = write(tmp_path, dump(many(1)), "a.xml")
    second = write(tmp_path, dump(many(2), header("itwiki", "it")), "b.xml")
    with pytest.raises(InputError, match=r"a.xml is of dewiki, .*b.xml of itwiki"):
        extract(tmp_path / "kb", first, second)


def test_too_many_rejects_fail_the_job(tmp_path: Path) -> None:
    deleted = [page(n, f"S {n}").replace('<text bytes="9"', '<text deleted="deleted"') for n in range(1, 30)]
    path = write(tmp_path, dump([*deleted, page(99, "gut")]))
    with pytest.raises(JobFailedError, match=r"29 of 30 pages were rejected \(text_deleted 29\), more than the share"):
        extract(tmp_path / "kb", path)
    assert not (tmp_path / "kb/tables").exists()
    report = extract(tmp_path / "kb", path, max_reject_share=1.0)
    assert (report.counts["articles"], report.rejected) == (1, 29)


def test_a_few_damaged_pages_are_rejects_with_reasons(tmp_path: Path) -> None:
    pages = [page(1, "A"), page(2, "B").replace("</title>", ""), page(1, "C"), page(4, "D\u200b" * 200), page(5, "E")]
    report = extract(tmp_path / "kb", write(tmp_path, dump(pages)))
    assert report.rejects == {"xml_error": 1, "duplicate_page_id": 1, "invalid_title": 1}
    assert report.counts["pages"] == 5 and report.counts["articles"] == 2
    rows = duckdb.sql(f"select key, reason from '{tmp_path}/kb/tables/rejects/**/*.parquet' order by 2").fetchall()
    assert rows == [("1", "duplicate_page_id"), ("4", "invalid_title"), ("?", "xml_error")]


def test_a_page_that_is_too_much_is_quarantined(tmp_path: Path) -> None:
    pages = [page(1, "A"), page(2, "B", "x" * 5000), page(3, "C", "{{" * 2000)]
    report = extract(tmp_path / "kb", write(tmp_path, dump(pages)), max_page_chars=4500)
    assert report.rejects == {"text_too_long": 1}
    assert report.counts["articles"] == 2


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress], ids=["plain", "gz", "bz2"])
def test_the_same_rows_whatever_the_packing(tmp_path: Path, pack: type[bytes]) -> None:
    report = extract(tmp_path / "kb", write(tmp_path, pack(dump(many(50)))), item_bytes=5000)
    assert report.items == (4 if pack is bytes else 1)
    rows = duckdb.sql(f"select page_id, text from '{tmp_path}/kb/tables/passages/**/*.parquet' order by all").fetchall()
    expected = [n for n in range(1, 51) if n % 5 and n % 7]
    assert rows == [(n, f"Seite {n} hat ein Ziel.") for n in expected]


def test_old_dumps_bare_pages_and_utf_16(tmp_path: Path) -> None:
    old = [page(1, "A", ns=None), page(2, "Kategorie:B", ns=None), page(3, "C: D", ns=None)]
    bare = "".join(old)
    for number, data in enumerate(
        (dump(old, header(version="0.3")), bare.encode(), dump(old).decode().encode("utf-16"))
    ):
        report = extract(tmp_path / f"kb{number}", write(tmp_path, data), lang="de")
        assert (report.counts["articles"], report.counts["other_namespaces"]) == (2, 1)


def test_an_unwritable_target(tmp_path: Path) -> None:
    path = write(tmp_path, dump(many(3)))
    with pytest.raises(TargetError, match="a file is in the way"):
        extract(path, path)


def test_a_wrong_index_file(tmp_path: Path) -> None:
    path = write_multistream(tmp_path, 20, 5)
    index = path.with_name(path.name.replace(".xml", "-index.txt"))
    index.write_bytes(bz2.compress(b"5:1:A\n"))
    with pytest.raises(InputError, match=r"begins at byte 5, where the dump has .*; next: give the index"):
        extract(tmp_path / "kb", path)
