"""What a dump says before its first page, in all schemas and encodings; what is no dump is named."""

import bz2
import gzip
from pathlib import Path

import pytest

from pipeline.errors import InputError
from pipeline.languages.site import SiteInfo
from pipeline.parse.dump.header import Header, read_header
from tests.pipeline.parse.dump.builder import dump, header, many, page


def write(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "dump.xml"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("version", ["0.3", "0.5", "0.8", "0.10", "0.11"])
@pytest.mark.parametrize("pack", [bytes, bz2.compress, gzip.compress], ids=["plain", "bz2", "gz"])
def test_siteinfo_of_all_schemas(tmp_path: Path, version: str, pack: type[bytes]) -> None:
    found = read_header(write(tmp_path, pack(dump(many(3), header(version=version)))))
    namespaces = {0: ("", "first-letter"), 10: ("Vorlage", "first-letter"), 14: ("Kategorie", "first-letter")}
    siteinfo = SiteInfo("dewiki", "de", "first-letter", namespaces, "Wikipedia", "https://de.wikipedia.org/wiki/X")
    assert found == Header("utf-8", version, True, siteinfo)


def test_an_old_siteinfo_without_dbname_and_cases(tmp_path: Path) -> None:
    old = """<siteinfo><sitename>W</sitename><case>case-sensitive</case>
    <namespaces><namespace key="-1">Special</namespace><namespace key="0" /></namespaces></siteinfo>"""
    siteinfo = read_header(write(tmp_path, dump(many(1), header(siteinfo=old)))).siteinfo
    namespaces = {-1: ("Special", "case-sensitive"), 0: ("", "case-sensitive")}
    assert siteinfo == SiteInfo(None, "de", "case-sensitive", namespaces, "W", None)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "iso-8859-1"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    declared = {"utf-16-le": "UTF-16", "utf-8-sig": "UTF-8"}.get(encoding, encoding)
    text = f'<?xml version="1.0" encoding="{declared}"?>\n<!-- <page> -->' + dump([page(1, "Ä")]).decode()
    found = read_header(write(tmp_path, text.replace("<!-- <page> -->", "<!-- x -->").encode(encoding)))
    assert found.encoding == {"utf-8-sig": "utf-8"}.get(encoding, encoding)
    assert found.siteinfo is not None and found.siteinfo.dbname == "dewiki"


def test_bare_pages_have_no_siteinfo(tmp_path: Path) -> None:
    assert read_header(write(tmp_path, page(1, "A").encode())) == Header("utf-8", None, False, None)


def test_no_siteinfo_in_mediawiki(tmp_path: Path) -> None:
    assert read_header(write(tmp_path, dump(many(1), header(siteinfo="")))) == Header("utf-8", "0.11", True, None)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"<!DOCTYPE html><html><body>404", "looks like an HTML page"),
        (b'[\n{"type":"item","id":"Q1"}\n]', "looks like a Wikidata JSON dump"),
        (b'{"a": 1}', "looks like JSON"),
        (b"12:1:A\n12:2:B\n", "looks like the index of a multistream dump"),
        (b"-- MySQL dump 10.19\n", "looks like a MySQL dump"),
        (b'<?xml version="1.0"?><feed><doc/></feed>', "its root is <feed>"),
        (b"just text", "text that begins with b'just text'"),
        (b"\x00\x01\x02\x03", "looks like binary data"),
        (b"  \n", "nothing but white space"),
        (b"", r"is empty \(0 bytes\)"),
        (bz2.compress(b""), "nothing but white space"),
        (dump([]), "holds no page"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]>' + dump(many(1)), "not a Wikipedia dump"),
        (dump(many(1), '<mediawiki><!DOCTYPE x [<!ENTITY a "b">]>'), "has a DTD"),
        (dump(many(1), "<mediawiki><siteinfo>"), "is not well-formed XML"),
        (b'<?xml version="1.0" encoding="klingon"?>' + dump(many(1)), "declares the unknown encoding 'klingon'"),
    ],
)
def test_what_is_no_dump_is_named(tmp_path: Path, data: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_header(write(tmp_path, data))
