"""Compaction: sorted, without duplicates, the same bytes whatever the parts, the memory or the threads."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.manifest.parts import PartWriter
from pipeline.records import Entity, EntityText, Sitelink
from pipeline.schemas import TABLES
from pipeline.tables import compact as module
from pipeline.tables.compact import Compacted, compact

MEMORY = 256 << 20


def write_parts(folder: Path, table: str, *parts: list[tuple[object, ...]]) -> Path:
    for number, rows in enumerate(parts):
        writer = PartWriter(TABLES[table], folder / f"part-{number}x.parquet")
        for row in rows:
            writer.write(row)
        writer.close()
    return folder


def rows_of(folder: Path) -> list[tuple[object, ...]]:
    tables = [pq.read_table(path) for path in sorted(folder.glob("*.parquet"))]
    return [tuple(row.values()) for table in tables for row in table.to_pylist()]


def test_sorted_by_the_key_in_one_file_of_the_declared_schema(tmp_path: Path) -> None:
    parts = [Sitelink("it", "B", 2), Sitelink("it", "A", 9)], [Sitelink("de", "Z", 1)]
    folder = write_parts(tmp_path / "sitelinks", "sitelinks", *parts)
    assert compact(folder, TABLES["sitelinks"], memory_bytes=MEMORY) == Compacted(3, 0)
    assert [path.name for path in folder.iterdir()] == ["part-00000.parquet"]
    assert rows_of(folder) == [("de", "Z", 1), ("it", "A", 9), ("it", "B", 2)]
    assert pq.read_schema(folder / "part-00000.parquet").equals(TABLES["sitelinks"].schema)


def test_rows_with_one_key_become_one(tmp_path: Path) -> None:
    first = EntityText("de", "de", 1, "A", None, ("x",), "de", None)
    other = EntityText("de", "de", 1, None, "B", (), None, "de")
    kept = []
    for name, parts in (("a", ([first], [other])), ("b", ([other, other], [first]))):
        folder = write_parts(tmp_path / name, "entity_texts", *parts)
        assert compact(folder, TABLES["entity_texts"], memory_bytes=MEMORY).rows == 1
        kept.append((folder / "part-00000.parquet").read_bytes())
    assert kept[0] == kept[1]


@settings(max_examples=25, deadline=None)
@given(qids=st.lists(st.integers(1, 60), min_size=1, max_size=80), cut=st.integers(0, 80), rows=st.integers(1, 9))
def test_same_bytes_whatever_the_parts_and_threads(
    tmp_path_factory: pytest.TempPathFactory, qids: list[int], cut: int, rows: int
) -> None:
    entities = [Entity(qid, qid % 7, (qid, qid + 1)) for qid in qids]
    trees = []
    for parts, threads in (((entities,), 1), ((entities[cut:], entities[:cut]), 2)):
        folder = write_parts(tmp_path_factory.mktemp("c") / "entities", "entities", *parts)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("pipeline.tables.stream.BATCH_ROWS", rows)
            patch.setattr(module, "BATCHES_PER_FILE", 3)
            done = compact(folder, TABLES["entities"], memory_bytes=MEMORY, threads=threads)
        assert done == Compacted(len(set(qids)), len(qids) - len(set(qids)))
        assert [row[0] for row in rows_of(folder)] == sorted(set(qids))
        trees.append({path.name: path.read_bytes() for path in folder.iterdir()})
    assert trees[0] == trees[1]


def test_nothing_to_compact(tmp_path: Path) -> None:
    (tmp_path / "entities").mkdir()
    assert compact(tmp_path / "entities", TABLES["entities"], memory_bytes=MEMORY) == Compacted(0, 0)
