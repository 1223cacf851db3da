"""The files of a dump: multistream XML with its index, and Wikidata's array of lines; whole or not there at all."""

import bz2
import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from pipeline.errors import TargetError
from pipeline.sample.wikidata_values import Json


def write_multistream(
    header: str, pages: Sequence[tuple[str | None, str]], footer: str, per_stream: int, path: Path
) -> list[str]:
    """Write `header`, `pages` in streams of `per_stream`, and `footer`, each a bz2 stream of its own.

    A page is its index key ("page_id:title", None for a page that the index leaves out) and its XML. Returns the lines
    of the index, "offset:page_id:title", the offset in bytes being that of the stream with the page.
    """
    blob = bytearray(bz2.compress(header.encode()))
    index: list[str] = []
    for at in range(0, len(pages), per_stream):
        group = pages[at : at + per_stream]
        index += [f"{len(blob)}:{key}" for key, _xml in group if key is not None]
        blob += bz2.compress("".join(xml for _key, xml in group).encode())
    blob += bz2.compress(footer.encode())
    write_whole(path, bytes(blob))
    return index


def write_index(lines: Iterable[str], path: Path) -> None:
    """Write the index of a multistream file."""
    write_whole(path, bz2.compress("".join(f"{line}\n" for line in lines).encode()))


def write_entities(documents: Iterable[Json], path: Path) -> None:
    """Write documents as the lines of one JSON array, ASCII only and with slashes escaped as in the real dump."""
    lines = [json.dumps(one, ensure_ascii=True, separators=(",", ":")).replace("/", "\\/") for one in documents]
    write_whole(path, bz2.compress(("[\n" + ",\n".join(lines) + "\n]\n").encode("ascii")))


def write_whole(path: Path, data: bytes) -> None:
    """Write a file under a temporary name and put it in its place at once; TargetError when that cannot be done."""
    temporary = path.with_name(path.name + ".tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(data)
        os.replace(temporary, path)
    except OSError as error:
        raise TargetError(f"cannot write {path}: {error.strerror}", next_step="choose another --out") from error
