"""How a Wikidata JSON file is laid out: an array with an entity a line, bare lines, or one document."""

import json
import re
from pathlib import Path
from typing import Literal

import msgspec

from pipeline.errors import InputError
from pipeline.parse.dump.decode import decoded, read_head
from pipeline.parse.dump.files import FileRange, whole
from pipeline.parse.dump.sniff import describe

Layout = Literal["array", "lines", "document"]
LAYOUTS: tuple[Layout, ...] = ("array", "lines", "document")

_HEAD_BYTES = 1 << 20
MAX_DOCUMENT_BYTES = 512 << 20
"""Largest document (a file that is one JSON value) that is read at once."""
_NEXT = "give a Wikidata JSON dump (latest-all.json.bz2) with --dump"
_ENTITY_KEY = re.compile(
    rb'\{\s*"(?:type|id|labels|aliases|descriptions|claims|sitelinks|title|pageid|entity|redirect)"\s*:'
)


def read_layout(path: Path) -> Layout:
    """Looks at the beginning of a file.

    Raises InputError where it is no Wikidata JSON, saying what it looks like.
    """
    head = read_head(whole(path), _HEAD_BYTES)
    layout = layout_of(head)
    if layout is None:
        raise InputError(f"{path} is not a Wikidata JSON dump: it looks like {describe(head)}", next_step=_NEXT)
    return layout


def layout_of(head: bytes) -> Layout | None:
    r"""The layout by the first bytes; None where they are no entity's.

    >>> layout_of(b'[\n{"type":"item","id":"Q1"},\n'), layout_of(b'{"type":"item","id":"Q1"}\n{"ty')
    ('array', 'lines')
    >>> layout_of(b'{"entities": {"P31": {'), layout_of(b'{\n "type": "item"'), layout_of(b'<html>')
    ('document', 'document', None)
    """
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"["):
        inside = text[1:].lstrip(b" \t\r")
        if inside.startswith(b"\n"):
            first = inside.lstrip()
            return "array" if not first or first.startswith((b"]", b"{")) else None
        return "document" if inside.startswith((b"{", b"]")) else None
    if not text.startswith(b"{"):
        return None
    line, newline, _ = text.partition(b"\n")
    if newline and not line.rstrip(b"\r, \t").endswith(b"}"):
        return "document"
    if _ENTITY_KEY.match(text):
        return "lines"
    return "document" if re.search(rb'"entities"\s*:\s*[\[{]', text[:10_000]) else None


def read_document(piece: FileRange) -> tuple[list[msgspec.Raw], int]:
    """All entities of a file that is one JSON value, and how many bytes of something else follow it.

    `{"entities": {"Q1": {…}}}`, `[{…}, {…}]` or a single entity. Raises InputError where it is none of these.
    """
    data = bytearray()
    for chunk in decoded(piece):
        data += chunk
        if len(data) > MAX_DOCUMENT_BYTES:
            raise InputError(
                f"{piece.path} is one JSON document of more than {MAX_DOCUMENT_BYTES >> 20} MiB:"
                " expected an entity a line",
                next_step="convert it to one entity a line",
            )
    text = bytes(data).removeprefix(b"\xef\xbb\xbf")
    trailing = 0
    try:
        value = msgspec.json.decode(text, type=msgspec.Raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        text, trailing = _first_value(text, piece.path)
        value = msgspec.Raw(text)
    return _entities(bytes(value), piece.path), trailing


def _first_value(text: bytes, path: str) -> tuple[bytes, int]:
    """The JSON value that a file begins with, and how many bytes follow it."""
    try:
        characters = text.decode()
        start = len(characters) - len(characters.lstrip())
        _, end = json.JSONDecoder().raw_decode(characters, start)
    except (UnicodeDecodeError, ValueError) as error:
        raise InputError(
            f"{path} is damaged or truncated: it is not whole JSON ({error})", next_step="download it again"
        ) from error
    return characters[start:end].encode(), len(characters[end:].encode())


def _entities(text: bytes, path: str) -> list[msgspec.Raw]:
    try:
        if text.lstrip().startswith(b"["):
            return msgspec.json.decode(text, type=list[msgspec.Raw])
        fields = msgspec.json.decode(text, type=dict[str, msgspec.Raw])
        if "entities" not in fields:
            return [msgspec.Raw(text)]
        inner = bytes(fields["entities"])
        if inner.lstrip().startswith(b"["):
            return msgspec.json.decode(inner, type=list[msgspec.Raw])
        return list(msgspec.json.decode(inner, type=dict[str, msgspec.Raw]).values())
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is JSON, but no entities are in it ({error})", next_step=_NEXT) from error
