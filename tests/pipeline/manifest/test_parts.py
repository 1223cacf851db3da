"""What is written into a part is what stands in it, however it came and wherever a row group ends."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.manifest import parts
from pipeline.manifest.parts import PartWriter, to_arrow
from pipeline.schemas import TABLES

TABLE = TABLES["sitelinks"]


@pytest.mark.parametrize("row_group_bytes", [1, 300, 1 << 20])
def test_every_record_is_written_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, row_group_bytes: int) -> None:
    monkeypatch.setattr(parts, "ROW_GROUP_BYTES", row_group_bytes)
    monkeypatch.setattr(parts, "_FLUSH_ROWS", 4)
    rows: list[tuple[object, ...]] = [("it", f"Roma {number}", number) for number in range(23)]
    writer = PartWriter(TABLE, tmp_path / "part.parquet")
    for row in rows[:9]:
        writer.write(row)
    writer.write_all(rows[9:15])
    writer.end_row_group()
    writer.write_batch(to_arrow(rows[15:18], TABLE))
    writer.write_all(rows[18:])
    part = writer.close()
    found = pq.read_table(tmp_path / "part.parquet", partitioning=None)
    assert [tuple(row.values()) for row in found.to_pylist()] == rows
    assert part.rows == found.num_rows == len(rows) and found.schema.equals(TABLE.schema)
    assert pa.types.is_string(found.schema.field("title").type)
