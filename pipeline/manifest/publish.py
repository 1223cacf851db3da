"""A job's parts enter `tables/` together, when all of them are there; a crash in between is finished at the next start.

jobs/<job>/records/<item>.json        completion records
jobs/<job>/parts/<table>/part-*.parquet   parts of finished items, until the job is whole
jobs/<job>/final/<table>/             what is about to be published
jobs/<job>/publish.json               "publishing has begun": the manifest to be
manifests/<job>.json                  "published": counts, inputs, files
"""

from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq

from pipeline.errors import MissingTableError
from pipeline.manifest.items import Completion, JobSpec, PartFile, WorkItem
from pipeline.manifest.storage import link_or_copy, read_json, remove_tree, swap_folder, write_json

Manifest = dict[str, object]
EMPTY_PART = "part-empty.parquet"
"""The file of a table that no item has rows of."""


def build_manifest(spec: JobSpec, plan: str, records: list[Completion], inputs: list[dict[str, object]]) -> Manifest:
    """Sums the completion records; holds no time and no machine, so that equal runs write equal manifests."""
    counts: Counter[str] = Counter()
    rejects: Counter[str] = Counter()
    for record in records:
        counts.update(record.counts)
        rejects.update(record.rejects)
    return {
        "job": spec.name,
        "scope": spec.scope,
        "format_number": spec.format_number,
        "config": spec.config,
        "plan": plan,
        "inputs": inputs,
        "items": len(records),
        "bytes": sum(record.size for record in records),
        "counts": dict(sorted(counts.items())),
        "rejects": dict(sorted(rejects.items())),
        "tables": {},
    }


def with_counts(manifest: Manifest, more: dict[str, int]) -> Manifest:
    """The manifest with further counts (of what happened after its items).

    >>> with_counts({"counts": {"rows": 5}}, {"duplicates": 1})["counts"]
    {'duplicates': 1, 'rows': 5}
    """
    counts = manifest["counts"]
    assert isinstance(counts, dict)
    return {**manifest, "counts": dict(sorted({**counts, **more}.items()))}


def stage(spec: JobSpec, records: list[Completion]) -> None:
    """Collects all parts under `final/` by hard links, ready to be swapped in."""
    for table in spec.tables:
        remove_tree(spec.work / "final" / table)
        (spec.work / "final" / table).mkdir(parents=True)
    for record in records:
        for part in record.parts:
            source = spec.work / "parts" / part.table / part.name
            link_or_copy(source, spec.work / "final" / part.table / part.name)


def publish(spec: JobSpec, manifest: Manifest) -> Manifest:
    """Swaps `final/` into the tables and writes the manifest; every table gets at least one file, maybe empty."""
    tables: dict[str, object] = {}
    for table in spec.tables:
        folder = spec.work / "final" / table
        if not any(folder.glob("*.parquet")):
            pq.write_table(spec.schema(table).schema.empty_table(), folder / EMPTY_PART, compression="zstd")
        files = [describe(table, path) for path in sorted(folder.glob("*.parquet"))]
        folder_name = spec.published_folder(table).relative_to(spec.root).as_posix()
        tables[table] = {
            "folder": folder_name,
            "rows": sum(file.rows for file in files),
            "files": [[file.name, file.rows, file.size] for file in files],
        }
    manifest = {**manifest, "tables": tables}
    write_json(spec.work / "publish.json", manifest)
    finish_publishing(spec)
    return manifest


def finish_publishing(spec: JobSpec) -> None:
    """Ends a publication that has begun (also one that a crash cut short); does nothing where none has."""
    manifest = read_json(spec.work / "publish.json")
    if manifest is None:
        return
    spec.manifest_path.unlink(missing_ok=True)
    for table in spec.tables:
        swap_folder(spec.work / "final" / table, spec.published_folder(table))
    write_json(spec.manifest_path, manifest)
    (spec.work / "publish.json").unlink()
    remove_tree(spec.work / "parts")
    remove_tree(spec.work / "final")


def describe(table: str, path: Path) -> PartFile:
    """Rows and bytes of a Parquet file that we wrote."""
    return PartFile(table, path.name, pq.read_metadata(path).num_rows, path.stat().st_size)


def is_published(spec: JobSpec, plan: str) -> Manifest | None:
    """The manifest, if exactly this plan is published and all its files are there in their size."""
    manifest = read_json(spec.manifest_path)
    if manifest is None or manifest.get("plan") != plan:
        return None
    return manifest if not missing_files(Path(spec.root), manifest) else None


def missing_files(root: Path, manifest: Manifest) -> list[str]:
    """Published files that are gone or have another size than the manifest says, as paths below `root`."""
    missing = []
    tables = manifest["tables"]
    assert isinstance(tables, dict)
    for table in tables.values():
        for name, _rows, size in table["files"]:
            path = root / table["folder"] / name
            if not path.is_file() or path.stat().st_size != size:
                missing.append(f"{table['folder']}/{name}")
    return missing


def require(root: Path, job_prefix: str, *, next_step: str) -> list[Manifest]:
    """The manifests of all published jobs whose file name starts with `job_prefix`, each checked to be complete.

    Raises MissingTableError where there is none, or where a file that a manifest names is gone.
    """
    manifests = []
    for path in sorted((root / "manifests").glob(f"{job_prefix}*.json")):
        manifest = read_json(path)
        if manifest is None:
            raise MissingTableError(f"{path} is damaged", next_step=next_step)
        missing = missing_files(root, manifest)
        if missing:
            raise MissingTableError(
                f"{path.name} lists {missing[0]}, but it is gone or has another size ({len(missing)} such files)",
                next_step=f"{next_step} (it makes what is missing again)",
            )
        manifests.append(manifest)
    if not manifests:
        raise MissingTableError(f"no published '{job_prefix}' tables under {root}", next_step=next_step)
    return manifests


def adopt_published(spec: JobSpec, items: list[WorkItem]) -> None:
    """Gives published parts of items that are still wanted their place among the waiting parts again (hard links)."""
    for item in items:
        record = Completion.load(record_path(spec, item.key))
        if record is None or not record.matches(spec, item):
            continue
        for part in record.parts:
            published = spec.published_folder(part.table) / part.name
            if published.is_file() and published.stat().st_size == part.size:
                link_or_copy(published, spec.work / "parts" / part.table / part.name)


def record_path(spec: JobSpec, key: str) -> Path:
    """Where the completion record of an item lies."""
    return spec.work / "records" / f"{key}.json"
