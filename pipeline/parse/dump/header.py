"""The part of a Wikipedia dump before its first page: encoding, schema and `<siteinfo>`. Read once, at planning."""

import re
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

from pipeline.errors import InputError
from pipeline.languages.site import SiteInfo
from pipeline.parse.dump.decode import decoded
from pipeline.parse.dump.files import whole
from pipeline.parse.dump.sniff import describe

PAGE_START = b"<page>"
_HEAD_BYTES = 4 << 20
_NEXT = "give a Wikipedia dump (…-pages-articles.xml.bz2) with --dump"
_DECLARATION = re.compile(rb"<\?xml[^>]*?encoding=[\"']([A-Za-z0-9._-]+)[\"']")
_BOMS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"<\0?\0", "utf-16-le"), (b"\0<\0?", "utf-16-be"))
_PROLOG = re.compile(r"<\?.*?\?>|<!--.*?-->", re.DOTALL)


class Header(NamedTuple):
    """What a dump says before its first page. `schema` is the export version, "0.11"; `siteinfo` None where missing.

    `wrapped` tells whether pages lie in a `<mediawiki>` that must be closed at the end of the file.
    """

    encoding: str
    schema: str | None
    wrapped: bool
    siteinfo: SiteInfo | None


def read_header(path: Path) -> Header:
    """Reads the header of a Wikipedia dump.

    Raises InputError where the file is no dump (saying what it looks like), has a DTD, or holds no page.
    """
    piece = whole(path)
    first = next(iter(decoded(piece)), b"")
    encoding = _encoding(first, path)
    head = bytearray()
    for chunk in decoded(piece._replace(encoding=encoding)):
        head += chunk
        if PAGE_START in head[-len(chunk) - len(PAGE_START) :] or len(head) > _HEAD_BYTES:
            break
    before, found, _ = bytes(head).partition(PAGE_START)
    text = before.decode("utf-8", "replace").lstrip("\ufeff \t\r\n")
    text = _PROLOG.sub("", text).lstrip()
    wrapped = text.startswith("<mediawiki")
    if not wrapped and not (found and not text):
        raise InputError(f"{path} is not a Wikipedia dump: it looks like {describe(bytes(head))}", next_step=_NEXT)
    if not found:
        raise InputError(f"{path} holds no page: a <mediawiki> without any <page>", next_step=_NEXT)
    return _parse(text, encoding, wrapped, path)


def _encoding(first: bytes, path: Path) -> str:
    for mark, name in _BOMS:
        if first.startswith(mark):
            return name
    declared = _DECLARATION.search(first[:500])
    name = declared[1].decode().lower() if declared else "utf-8"
    try:
        "".encode(name)
    except LookupError as error:
        raise InputError(f"{path} declares the unknown encoding {name!r}", next_step="convert it to UTF-8") from error
    return "utf-8" if name in ("utf8", "us-ascii", "ascii") else name


def _parse(text: str, encoding: str, wrapped: bool, path: Path) -> Header:
    if not wrapped:
        return Header(encoding, None, False, None)
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise InputError(f"{path} has a DTD, which no dump has and which is not read", next_step=_NEXT)
    try:
        root = ElementTree.fromstring(text + "</mediawiki>")  # noqa: S314 - no DTD, so no entities
    except ElementTree.ParseError as error:
        raise InputError(f"{path}: its header before the first <page> is not well-formed XML ({error})") from error
    lang = root.get("{http://www.w3.org/XML/1998/namespace}lang")
    element = next((child for child in root if _local(child.tag) == "siteinfo"), None)
    siteinfo = None if element is None else _siteinfo(element, lang)
    return Header(encoding, root.get("version"), True, siteinfo)


def _siteinfo(element: ElementTree.Element, lang: str | None) -> SiteInfo:
    values = {_local(child.tag): (child.text or "").strip() for child in element}
    default_case = values.get("case") or "first-letter"
    namespaces: dict[int, tuple[str, str]] = {}
    for child in element.iter():
        key = child.get("key", "") if _local(child.tag) == "namespace" else ""
        if key.lstrip("-").isdigit():
            namespaces[int(key)] = ((child.text or "").strip(), child.get("case") or default_case)
    return SiteInfo(
        dbname=values.get("dbname") or None,
        lang=lang,
        case=default_case,
        namespaces=namespaces,
        sitename=values.get("sitename") or None,
        base=values.get("base") or None,
    )


def _local(tag: object) -> str:
    return str(tag).rpartition("}")[2]
