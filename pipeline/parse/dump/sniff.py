"""What a file looks like, for the message when it is not what it should be."""

import re

_ROOT = re.compile(rb"(?:<\?xml[^>]*\?>|<!--.*?-->|\s)*<([A-Za-z][\w:.-]*)", re.DOTALL)
_INDEX = re.compile(rb"\d+:\d+:[^\n]+\n")


def describe(head: bytes) -> str:
    """A phrase for people: what the first decompressed bytes of a file look like.

    >>> describe(b"<!DOCTYPE html><html><body>404")
    'an HTML page (a failed download?)'
    >>> describe(b'[\\n{"type":"item","id":"Q1"')
    'a Wikidata JSON dump'
    >>> describe(b"654:6:Main Page\\n654:7:Help\\n")
    'the index of a multistream dump'
    """
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    lower = text[:2000].lower()
    if not text:
        return "nothing but white space"
    if lower.startswith((b"<!doctype html", b"<html")):
        return "an HTML page (a failed download?)"
    if text[:1] in b"[{":
        is_wikidata = re.search(rb'"(?:type|id|entities|labels)"\s*:', head[:10000])
        return "a Wikidata JSON dump" if is_wikidata else "JSON"
    if _INDEX.match(text):
        return "the index of a multistream dump"
    if lower.startswith((b"-- mysql dump", b"-- mariadb dump")) or b"insert into `" in lower:
        return "a MySQL dump (an .sql.gz file)"
    root = _ROOT.match(text)
    if root is not None:
        if root[1] in (b"mediawiki", b"page"):
            return "a MediaWiki XML dump"
        return f"XML of another kind (its root is <{root[1].decode('ascii', 'replace')}>)"
    if b"\0" in head[:2000]:
        return f"binary data (it begins with {head[:12]!r})"
    return f"text that begins with {head[:60]!r}"
