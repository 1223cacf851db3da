"""What Parquet settings cost and save on the tables of a data set: CPU seconds to write and to read, and MB.

    python -m benchmarks.parquet_settings --root KB [--rounds 3] [--least-mb 0.5]

Each table is read once, and then written and read again with each setting in turns, one thread; the least of the
rounds counts. Tables below `--least-mb` as Arrow are left out: they say nothing.
"""

import argparse
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.measure import cpu_seconds
from pipeline.schemas import TABLES

ROW_GROUP = 1 << 16
SETTINGS: dict[str, dict[str, Any]] = {
    "zstd 1, dictionaries, statistics": {},
    "zstd 3": {"compression_level": 3},
    "zstd 6": {"compression_level": 6},
    "zstd 12": {"compression_level": 12},
    "Snappy": {"compression": "snappy"},
    "LZ4": {"compression": "lz4"},
    "no statistics": {"write_statistics": False},
    "no dictionaries": {"use_dictionary": False},
    "no dictionaries for texts": {"use_dictionary": "numbers"},
    "row groups of 16,384": {"row_group_size": ROW_GROUP // 4},
    "row groups of 262,144": {"row_group_size": ROW_GROUP * 4},
}
_TEXTS = ("text", "surface", "title", "label", "description", "section", "aliases", "target", "redirect_title")


def options(table: pa.Table, setting: dict[str, Any]) -> dict[str, Any]:
    """The arguments for pyarrow; dictionaries for all columns but the large texts where that is asked for."""
    made = {"compression": "zstd", "row_group_size": ROW_GROUP, **setting}
    if made.get("use_dictionary") == "numbers":
        made["use_dictionary"] = [name for name in table.column_names if name not in _TEXTS]
    return made


def measured(table: pa.Table, file: Path, rounds: int) -> dict[str, tuple[float, float, float]]:
    """By setting: CPU seconds to write, to read, and MB (10^6 bytes)."""
    found: dict[str, list[tuple[float, float, float]]] = {name: [] for name in SETTINGS}
    for _ in range(rounds):
        for name, setting in SETTINGS.items():
            write = cpu_seconds(partial(pq.write_table, table, file, **options(table, setting)))
            read = cpu_seconds(lambda: pq.read_table(file, use_threads=False))
            found[name].append((write, read, file.stat().st_size / 1e6))
    return {name: (min(w for w, _, _ in all_), min(r for _, r, _ in all_), all_[0][2]) for name, all_ in found.items()}


def main() -> None:
    """Prints one table a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--least-mb", type=float, default=0.5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for path in sorted((given.root / "tables").iterdir()):
            files = sorted(path.rglob("*.parquet"))
            if path.name not in TABLES or not files:
                continue
            table = pa.concat_tables([pq.read_table(file, partitioning=None) for file in files])
            if table.nbytes < given.least_mb * 1e6:
                continue
            print(f"\n{path.name}: {table.num_rows} rows, {table.nbytes / 1e6:.1f} MB as Arrow")
            print("| setting | write, CPU s | read, CPU s | MB |\n|---|---|---|---|")
            for name, (write, read, size) in measured(table, Path(folder) / "x", given.rounds).items():
                print(f"| {name} | {write:.3f} | {read:.3f} | {size:.2f} |", flush=True)


if __name__ == "__main__":
    main()
