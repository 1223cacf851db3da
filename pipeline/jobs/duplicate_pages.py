"""Pages that several parts hold (dump files that overlap): the latest revision stays, the others' rows go."""

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.manifest.items import JobSpec
from pipeline.manifest.storage import atomic_path

LATEST_SUFFIX = "-latest.parquet"
"""Ends the names of parts that lost rows, so that they are not taken for the items' own parts."""


def drop_duplicate_pages(spec: JobSpec) -> dict[str, int]:
    """Rewrites the staged parts of `pages`, `passages` and `repeats` so that each page id is there once.

    The highest revision id wins, then the part that comes first by name. Returns the count `duplicate_pages` (nothing
    where there are none). Reads two columns of the pages; parts without duplicates stay as they are.
    """
    folder = spec.work / "final" / "pages"
    dropped = losers(folder)
    for name, page_ids in sorted(dropped.items()):
        for table in ("pages", "passages", "repeats"):
            _rewrite(spec.work / "final" / table / name, page_ids)
    total = sum(map(len, dropped.values()))
    return {"duplicate_pages": total} if total else {}


def losers(folder: Path) -> dict[str, list[int]]:
    """File name → ids of the pages in it that another file has in a later revision (or the same, and comes first)."""
    paths = sorted(folder.glob("*.parquet"))
    tables = [pq.read_table(path, columns=["page_id", "revision_id"], partitioning=None) for path in paths]
    if not tables:
        return {}
    counts = pa.concat_tables(tables).group_by("page_id").aggregate([("page_id", "count")])
    repeated = counts.filter(pc.field("page_id_count") > 1).column("page_id").combine_chunks()
    best: dict[int, tuple[int, str]] = {}
    dropped: dict[str, list[int]] = {}
    if not len(repeated):
        return dropped
    for path, table in zip(paths, tables, strict=True):
        found = table.filter(pc.is_in(table.column("page_id"), repeated))
        for page_id, revision_id in zip(*(column.to_pylist() for column in found.columns), strict=True):
            before = best.get(page_id)
            if before is not None and before[0] >= revision_id:
                dropped.setdefault(path.name, []).append(page_id)
                continue
            if before is not None:
                dropped.setdefault(before[1], []).append(page_id)
            best[page_id] = revision_id, path.name
    return dropped


def _rewrite(path: Path, page_ids: list[int]) -> None:
    """Writes the part without the rows of these pages, under another name, row group by row group."""
    if not path.is_file():
        return
    gone = pa.array(page_ids, type=pa.int64())
    latest = path.with_name(path.stem + LATEST_SUFFIX)
    with (
        pq.ParquetFile(path) as source,
        atomic_path(latest) as temporary,
        pq.ParquetWriter(temporary, source.schema_arrow, compression="zstd") as writer,
    ):
        for number in range(source.num_row_groups):
            rows = source.read_row_group(number)
            writer.write_table(rows.filter(pc.invert(pc.is_in(rows.column("page_id"), gone))))
    path.unlink()
