"""Which published files `xlmk resolve` reads, and what identifies them."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import MissingTableError
from pipeline.manifest.digests import digest
from pipeline.manifest.items import WorkItem
from pipeline.manifest.publish import EMPTY_PART, Manifest, require
from pipeline.manifest.storage import read_json

EXTRACT_WIKIPEDIA = "xlmk extract wikipedia --root {root} --lang … --dump …"
EXTRACT_WIKIDATA = "xlmk extract wikidata --root {root} --languages … --dump …"


@dataclass(frozen=True, kw_only=True)
class Published:
    """The complete tables of one published job: files (path, bytes) of each table, and a digest of what they hold."""

    scope: str
    digest: str
    files: dict[str, list[tuple[str, int]]]

    def paths(self, table: str) -> list[str]:
        """Paths of the table's files in name order."""
        return [path for path, _ in self.files[table]]

    @property
    def lang(self) -> str:
        """The language of a job with the scope `lang=xx`."""
        return self.scope.removeprefix("lang=")


WIKIPEDIA_TABLES = ("pages", "passages", "repeats")
WIKIDATA_TABLES = ("entities", "entity_texts", "sitelinks", "statements", "item_redirects")


def published(root: Path, manifest: Manifest, needed: tuple[str, ...], next_step: str) -> Published:
    """The files that a manifest lists.

    Raises MissingTableError where one of the `needed` tables is not among them: an older version published it.
    """
    tables = manifest["tables"]
    assert isinstance(tables, dict)
    missing = [name for name in needed if name not in tables]
    if missing:
        raise MissingTableError(
            f"the published {manifest['job']} {manifest['scope']} has {', '.join(tables)} but not {', '.join(missing)}:"
            " it was extracted by an older version",
            next_step=f"{next_step} (extract again)",
        )
    files = {
        name: [(str(root / table["folder"] / file), size) for file, _rows, size in table["files"]]
        for name, table in tables.items()
    }
    return Published(scope=str(manifest["scope"]), digest=digest([manifest["plan"], tables]), files=files)


def extracted(root: Path) -> tuple[list[Published], Published]:
    """The Wikipedias (by language) and the Wikidata tables under `root`, each checked to be complete.

    Raises MissingTableError, with the command that makes what is missing.
    """
    wikipedia, wikidata = EXTRACT_WIKIPEDIA.format(root=root), EXTRACT_WIKIDATA.format(root=root)
    articles = require(root, "extract-wikipedia", next_step=wikipedia)
    pages = [published(root, manifest, WIKIPEDIA_TABLES, wikipedia) for manifest in articles]
    entities = require(root, "extract-wikidata", next_step=wikidata)
    items = [published(root, manifest, WIKIDATA_TABLES, wikidata) for manifest in entities]
    if len(items) != 1:
        raise MissingTableError(f"{len(items)} Wikidata extractions under {root}: expected one", next_step=wikidata)
    return sorted(pages, key=lambda each: each.scope), items[0]


def titles_of(root: Path, lang: str) -> Published:
    """The titles of one language, which `resolve` has just made."""
    manifest = read_json(root / "manifests" / f"resolve-titles-{lang}.json")
    if manifest is None:
        raise MissingTableError(f"no titles of {lang} under {root}", next_step=f"xlmk resolve --root {root}")
    return published(root, manifest, ("titles",), f"xlmk resolve --root {root}")


def group_files(files: list[tuple[str, int]], item_bytes: int) -> list[list[tuple[str, int]]]:
    """Neighbouring files together up to `item_bytes` a group; a larger file is a group of its own.

    >>> group_files([("a", 5), ("b", 4), ("c", 3), ("d", 20), ("e", 1)], 10)
    [[('a', 5), ('b', 4)], [('c', 3)], [('d', 20)], [('e', 1)]]
    """
    groups: list[list[tuple[str, int]]] = []
    room = 0
    for path, size in files:
        if not groups or size > room:
            groups.append([])
            room = item_bytes
        groups[-1].append((path, size))
        room -= size
    return groups


def links_items(wikipedia: Published, titles: Published, item_bytes: int) -> list[WorkItem]:
    """One item for each group of passages files; identified by these files and by the content of the titles.

    Its payload: the number of passages files, then these, then the files of `repeats` of the same names (a part without
    repeats has none). Raises MissingTableError where `repeats` has a part that `passages` lacks.
    """
    content = [file_digest(Path(path)) for path in titles.paths("titles")]
    repeats = {Path(path).name: path for path in wikipedia.paths("repeats")}
    alone = set(repeats) - {Path(path).name for path in wikipedia.paths("passages")} - {EMPTY_PART}
    if alone:
        raise MissingTableError(
            f"table repeats of {wikipedia.lang} has {min(alone)}, table passages has not",
            next_step=EXTRACT_WIKIPEDIA.format(root="…"),
        )
    items = []
    for number, group in enumerate(group_files(wikipedia.files["passages"], item_bytes)):
        names = [[Path(path).name, size] for path, size in group]
        identity = digest([wikipedia.digest, content, names])
        size = sum(size for _, size in group)
        passages = [path for path, _ in group]
        beside = [repeats[Path(path).name] for path in passages if Path(path).name in repeats]
        items.append(WorkItem(f"{number:05d}", size, identity, (len(passages), *passages, *beside)))
    return items


def triples_items(wikidata: Published, item_bytes: int) -> list[WorkItem]:
    """One item for each bucket of subjects; their number follows from the bytes of the statements."""
    total = sum(size for _, size in wikidata.files["statements"])
    buckets = max(1, -(-total // item_bytes))
    identity = digest([wikidata.digest, buckets])
    return [WorkItem(f"{bucket:05d}", total // buckets, identity, (bucket, buckets)) for bucket in range(buckets)]


def file_digest(path: Path) -> str:
    """BLAKE2b of a whole file: a table that was made again with the same content changes nothing that reads it."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.blake2b(digest_size=16)).hexdigest()
