"""Lists of pages and entities that are to be kept out of training, e.g. because an evaluation set was made from them.

The lists are those of `xlmk evaluate contamination`: `pages.tsv` (lang, page_id) and `entities.tsv` (qid), each with
its header; several may be given, and each may be gzip'd.
"""

import gzip
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from pipeline.errors import ConfigError, InputError
from pipeline.languages.codes import check_language
from pipeline.manifest.digests import digest

Ints = npt.NDArray[np.int64]
PAGES_HEADER, ENTITIES_HEADER = "lang\tpage_id", "qid"
_GZIP = b"\x1f\x8b"
Row = TypeVar("Row")


@dataclass(frozen=True, kw_only=True)
class Exclusions:
    """`pages`: language → ascending page ids; `entities`: ascending ids. Each listed once, whatever the files."""

    pages: dict[str, Ints]
    entities: Ints

    def pages_of(self, lang: str) -> Ints:
        """The excluded pages of a language."""
        return self.pages.get(lang, np.zeros(0, np.int64))

    @property
    def digest(self) -> str:
        """Identity of the lists' content; empty where nothing is excluded."""
        if not self.pages and not len(self.entities):
            return ""
        return digest([{lang: ids.tolist() for lang, ids in sorted(self.pages.items())}, self.entities.tolist()])


def read_exclusions(pages: Sequence[Path], entities: Sequence[Path]) -> Exclusions:
    """Reads all lists; raises InputError with file, line and reason."""
    found: dict[str, set[int]] = {}
    for path in pages:
        for lang, page_id in _rows(path, PAGES_HEADER, page_of):
            found.setdefault(lang, set()).add(page_id)
    qids = {qid for path in entities for qid in _rows(path, ENTITIES_HEADER, entity_of)}
    return Exclusions(
        pages={lang: np.array(sorted(ids), np.int64) for lang, ids in found.items()},
        entities=np.array(sorted(qids), np.int64),
    )


def page_of(line: str) -> tuple[str, int]:
    """Language and page id of a line; raises ValueError with the reason.

    >>> page_of("be-tarask\\t12")
    ('be-tarask', 12)
    """
    columns = line.split("\t")
    if len(columns) != 2:
        raise ValueError(f"{len(columns)} columns, expected 2 (lang, page_id)")
    try:
        check_language(columns[0])
    except ConfigError as error:
        raise ValueError(error.message) from error
    return columns[0], _number(columns[1], "page id")


def entity_of(line: str) -> int:
    """An entity's id, with or without its Q; raises ValueError with the reason.

    >>> entity_of("220"), entity_of("Q220")
    (220, 220)
    """
    return _number(line.removeprefix("Q"), "entity such as 42 or Q42")


def _number(text: str, what: str) -> int:
    if not (text.isascii() and text.isdigit()) or not 0 < int(text) < 2**63:
        raise ValueError(f"{text!r} is no {what}")
    return int(text)


def _rows(path: Path, header: str, parse: Callable[[str], Row]) -> Iterator[Row]:
    lines = _text(path).split("\n")
    if lines[0].rstrip("\r") != header:
        raise InputError(
            f"{path}:1: {lines[0][:60]!r} is not the header {header!r}",
            next_step="a list as xlmk evaluate contamination writes it",
        )
    for number, line in enumerate(lines[1:], start=2):
        if not line.strip():
            continue
        try:
            yield parse(line.rstrip("\r"))
        except ValueError as error:
            raise InputError(f"{path}:{number}: {error}") from error


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
        return (gzip.decompress(data) if data.startswith(_GZIP) else data).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise InputError(f"{path}:{line}: is not UTF-8 from here on: {error.reason}") from error
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from error
