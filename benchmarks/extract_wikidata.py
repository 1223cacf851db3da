"""`xlmk extract wikidata` against Python's bz2 alone, and against json + pyarrow in one process.

    python -m benchmarks.extract_wikidata [--megabytes 100] [--rounds 3] [--folder DIR]

Input: the sample world's entities and the real ones of ../shared, renumbered (`benchmarks.entity_lines`). Every item
linked, and so kept, is the dearest case: of the full dump most have no article in a wanted language, and cost the check
of their JSON alone. Whole commands; the CPU of the same command on a dump of one entity (median of all rounds) is taken
off.
"""

import argparse
import bz2
import gzip
import itertools
import statistics
import sys
import tempfile
from pathlib import Path

from benchmarks.entity_lines import entity_lines
from benchmarks.measure import XLMK, Cost, Figure, cost, cpu_seconds, median, show
from pipeline.parse.dump import block_decoder

LANGUAGES = "en,de"
KINDS: dict[str, tuple[str, dict[str, str]]] = {
    "bz2": ("bz2", {"XLMK_BZ2": ""}),
    "python": ("bz2", {"XLMK_BZ2": "python"}),
    "gz": ("gz", {}),
    "few": ("few", {}),
}
"""What is measured: the dump, and the environment."""


def bz2_alone(path: Path) -> None:
    """Decompresses a file of one stream with Python's bz2."""
    decoder = bz2.BZ2Decompressor()
    with path.open("rb") as file:
        while data := file.read(64 << 10):
            decoder.decompress(data)


def extract(dump: Path, folder: Path, **variables: str) -> Cost:
    """The whole command, in 16 items or more where the dump can be cut."""
    size = max(1 << 14, dump.stat().st_size // 16)
    with tempfile.TemporaryDirectory(dir=folder) as root:
        options = ("--languages", LANGUAGES, "--dump", dump, "--item-bytes", size, "--root", root)
        return cost(XLMK, "extract", "wikidata", *options, **variables)


def baseline(dump: Path, folder: Path) -> Cost:
    """The same tables by json and pyarrow."""
    with tempfile.TemporaryDirectory(dir=folder) as out:
        return cost(sys.executable, "-m", "benchmarks.json_baseline", dump, out, LANGUAGES)


def inputs(folder: Path, megabytes: float) -> dict[str, Path]:
    """The dumps: `bz2` (one stream) and `gz` with every item linked, `few` with one in five, and tiny ones."""
    whole, few = b"".join(entity_lines(megabytes)), b"".join(entity_lines(megabytes, 5))
    tiny = b"".join(itertools.islice(entity_lines(0.001), 2)) + b"\n]\n"
    files = {"bz2": bz2.compress(whole), "gz": gzip.compress(whole, 6), "few": gzip.compress(few, 6)}
    files |= {"tiny": bz2.compress(tiny), "tiny-gz": gzip.compress(tiny)}
    for name, data in files.items():
        (folder / f"{name}.json{'.bz2' if name in ('bz2', 'tiny') else '.gz'}").write_bytes(data)
    print(f"input: {len(whole) / 1e6:.0f} MB of entity lines, {len(files['bz2']) / 1e6:.1f} MB as one bz2 stream")
    return {path.name.partition(".")[0]: path for path in folder.iterdir()}


def main() -> None:
    """Prints one table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--megabytes", type=float, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=None)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        dumps = inputs(folder, options.megabytes)
        memory, found = 0.0, {name: list[float]() for name in ("alone", "tiny", "tiny-gz", "peer", "peer-few", *KINDS)}
        for _ in range(options.rounds):
            found["alone"].append(cpu_seconds(lambda: bz2_alone(dumps["bz2"])))
            for _ in range(2):  # all others have it taken off, so it is measured twice as often
                found["tiny"].append(extract(dumps["tiny"], folder).cpu)
                found["tiny-gz"].append(baseline(dumps["tiny-gz"], folder).cpu)
            found["peer"].append(baseline(dumps["gz"], folder).cpu)
            found["peer-few"].append(baseline(dumps["few"], folder).cpu)
            for kind, (dump, variables) in KINDS.items():
                ours = extract(dumps[dump], folder, **variables)
                found[kind].append(ours.cpu)
                memory = max(memory, ours.mib)
        start, peer_start = statistics.median(found["tiny"]), statistics.median(found["tiny-gz"])
        peers = {"gz": ("peer", peer_start), "few": ("peer-few", peer_start)}
        ratios = {}
        for kind in KINDS:
            against, taken_off = peers.get(kind, ("alone", 0.0))
            pairs = zip(found[against], found[kind], strict=True)
            ratios[kind] = [(peer - taken_off) / (ours - start) for peer, ours in pairs]
        print(f"decoder: {block_decoder.current.name}; start-up that is taken off: {start:.1f} CPU s")
        names = {
            "bz2": f"extract wikidata, .json.bz2, {block_decoder.current.name} decoder: CPU of bz2 alone ÷ ours",
            "python": "extract wikidata, .json.bz2, Python's bz2: CPU of bz2 alone ÷ ours",
            "gz": "extract wikidata, .json.gz, every item linked: CPU of json + pyarrow ÷ ours",
            "few": "extract wikidata, .json.gz, one item in five linked: CPU of json + pyarrow ÷ ours",
        }
        goals = {"bz2": (0.75, 1.0), "python": (0.75, 1.0), "gz": (3.0, 5.0), "few": (3.0, 5.0)}
        figures = [Figure(names[kind], median(values), *goals[kind]) for kind, values in ratios.items()]
        show([*figures, Figure("extract wikidata: peak memory", memory, 400, 200, at_most=True, unit=" MiB")])


if __name__ == "__main__":
    main()
