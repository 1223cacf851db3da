"""What a job is made of: work items in, one completion record out of each."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Self

from pipeline.manifest.digests import digest
from pipeline.manifest.storage import read_json, write_json
from pipeline.schemas import TABLES, Table


class WorkItem(NamedTuple):
    """One piece of a job: small enough to travel through Beam, as it holds names and numbers only.

    `key` names its part files (letters, digits, `-`, `_`, `.`), `size` is its input in bytes (for progress),
    `input_digest` identifies what it reads, `payload` is for the job's own `process`.

    >>> WorkItem("a1-000-512", 512, "9f", ("dump.xml", 0, 512)).key
    'a1-000-512'
    """

    key: str
    size: int
    input_digest: str
    payload: tuple[str | int | None, ...]


class PartFile(NamedTuple):
    """One published file: the table, its name, rows and bytes."""

    table: str
    name: str
    rows: int
    size: int


@dataclass(frozen=True, kw_only=True)
class JobSpec:
    """Names a job and says where its output goes.

    `root` is the knowledge base's folder; `scope` is the part of the job's tables that it owns ("lang=it", or "" for
    all); `format_number` is bumped by hand when the output changes; `config` is everything that decides the output.
    """

    name: str
    root: str
    format_number: int
    tables: tuple[str, ...]
    scope: str = ""
    config: dict[str, object] = field(default_factory=dict)

    @property
    def config_digest(self) -> str:
        """Digest of the job's name, format number and configuration."""
        return digest([self.name, self.scope, self.format_number, self.config])

    @property
    def label(self) -> str:
        """The job and its scope as one file name, e.g. `extract-wikipedia-it`."""
        return f"{self.name}-{self.scope.rpartition('=')[2]}" if self.scope else self.name

    @property
    def work(self) -> Path:
        """Where parts and completion records wait until the job is whole."""
        return Path(self.root) / "jobs" / self.label

    @property
    def manifest_path(self) -> Path:
        """The published manifest."""
        return Path(self.root) / "manifests" / f"{self.label}.json"

    def published_folder(self, table: str) -> Path:
        """The folder of `table` that belongs to this job and scope alone.

        >>> JobSpec(name="extract-wikipedia", root="KB", format_number=1, tables=("pages", "rejects"),
        ...         scope="lang=it").published_folder("pages").as_posix()
        'KB/tables/pages/lang=it'
        """
        folder = Path(self.root) / "tables" / table
        if table == "rejects":
            return folder / self.label
        return folder / self.scope if self.schema(table).partition else folder

    def schema(self, table: str) -> Table:
        """The declaration of one of the job's tables."""
        return TABLES[table]


@dataclass(kw_only=True)
class Completion:
    """What one item did: written after its parts, so an item without a valid record is done again."""

    key: str
    config_digest: str
    input_digest: str
    size: int
    parts: list[PartFile]
    counts: Counter[str]
    rejects: Counter[str]

    def save(self, path: Path) -> None:
        """Writes the record atomically."""
        write_json(path, {**vars(self), "parts": [list(part) for part in self.parts]})

    @classmethod
    def load(cls, path: Path) -> Self | None:
        """The record in `path`, or None where there is none that is whole."""
        value = read_json(path)
        if value is None or set(value) != set(cls.__dataclass_fields__):
            return None
        parts = [PartFile(*part) for part in value["parts"]]  # type: ignore[attr-defined]
        counts, rejects = Counter(value["counts"]), Counter(value["rejects"])  # type: ignore[call-overload]
        return cls(**{**value, "parts": parts, "counts": counts, "rejects": rejects})

    def matches(self, spec: JobSpec, item: WorkItem) -> bool:
        """Whether this record is of the same item, read from the same input under the same configuration."""
        expected = (item.key, spec.config_digest, item.input_digest)
        return (self.key, self.config_digest, self.input_digest) == expected
