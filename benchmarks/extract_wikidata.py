"""`xlmk extract wikidata` against Python's bz2 alone, and against json + pyarrow in one process.

    python -m benchmarks.extract_wikidata [--megabytes 100] [--rounds 5] [--folder DIR]

Input: the sample world's entities and the real ones of ../shared, renumbered (`benchmarks.entity_lines`); every item is
kept, which is the dearest case: of the full dump most are not linked, and cost their JSON's syntax check alone. Whole
commands, the CPU of the same command on a dump of one entity taken off.
"""

import argparse
import bz2
import gzip
import itertools
import sys
import tempfile
from pathlib import Path

from benchmarks.entity_lines import entity_lines
from benchmarks.measure import XLMK, Cost, Figure, cost, cpu_seconds, median, show

LANGUAGES = "en,de"


def bz2_alone(path: Path) -> None:
    """Decompresses a file of one stream with Python's bz2."""
    decoder = bz2.BZ2Decompressor()
    with path.open("rb") as file:
        while data := file.read(64 << 10):
            decoder.decompress(data)


def extract(dump: Path, folder: Path) -> Cost:
    """The whole command, in 16 items or more where the dump can be cut."""
    size = max(1 << 14, dump.stat().st_size // 20)
    with tempfile.TemporaryDirectory(dir=folder) as root:
        options = ("--languages", LANGUAGES, "--dump", dump, "--item-bytes", size, "--root", root)
        return cost(XLMK, "extract", "wikidata", *options)


def baseline(dump: Path, folder: Path) -> Cost:
    """The same tables by json and pyarrow."""
    with tempfile.TemporaryDirectory(dir=folder) as out:
        return cost(sys.executable, "-m", "benchmarks.json_baseline", dump, out, LANGUAGES)


def inputs(folder: Path, megabytes: float) -> tuple[list[Path], int]:
    """The dump as .bz2 (one stream) and .gz, and each with one entity only; bytes of the unpacked dump."""
    big, small = b"".join(entity_lines(megabytes)), b"".join(itertools.islice(entity_lines(0.001), 2)) + b"\n]\n"
    paths = []
    for name, data in (("big", big), ("small", small)):
        for suffix, pack in ((".bz2", bz2.compress), (".gz", gzip.compress)):
            paths.append(folder / f"{name}.json{suffix}")
            paths[-1].write_bytes(pack(data, 9 if suffix == ".bz2" else 6))
    return paths, len(big)


def main() -> None:
    """Prints one table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--megabytes", type=float, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path, default=None)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        (bz2_dump, gz_dump, bz2_small, gz_small), size = inputs(folder, options.megabytes)
        print(f"input: {size / 1e6:.0f} MB of entity lines, {bz2_dump.stat().st_size / 1e6:.1f} MB as one bz2 stream")
        bz2_ratios, gz_ratios, memory, speeds = [], [], 0.0, []
        for _ in range(options.rounds):
            alone = cpu_seconds(lambda: bz2_alone(bz2_dump))
            ours, started = extract(bz2_dump, folder), extract(bz2_small, folder)
            bz2_ratios.append(alone / (ours.cpu - started.cpu))
            ours, started = extract(gz_dump, folder), extract(gz_small, folder)
            peer, peer_started = baseline(gz_dump, folder), baseline(gz_small, folder)
            gz_ratios.append((peer.cpu - peer_started.cpu) / (ours.cpu - started.cpu))
            speeds.append(size / 1e6 / (ours.cpu - started.cpu))
            memory = max(memory, ours.mib)
        print(f"from .json.gz: {median(speeds):.0f} MB/s of unpacked JSON a CPU second, start-up {started.cpu:.1f} s")
        show(
            [
                Figure("extract wikidata, .json.bz2: CPU of bz2 alone ÷ ours", median(bz2_ratios), 0.75, 1.0),
                Figure("extract wikidata, .json.gz: CPU of json + pyarrow ÷ ours", median(gz_ratios), 3, 5),
                Figure("extract wikidata: peak memory of a process", memory, 400, 200, at_most=True, unit=" MiB"),
            ]
        )


if __name__ == "__main__":
    main()
