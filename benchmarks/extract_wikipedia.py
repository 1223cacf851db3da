"""`xlmk extract wikipedia` as a whole command against Python's bz2 alone on the same file, and against three peers.

    python -m benchmarks.extract_wikipedia [--megabytes 105] [--rounds 3] [--peer-megabytes 12] [--no-peers] [--twice]

CPU seconds of processes with their children, measured in turns; the cost of starting (the same on a dump of one page)
is taken off everywhere. The native parts and Python alone, its bz2 too, are measured apart (XLMK_SCANNER
and XLMK_BZ2). Peers are installed with pinned versions under build/ and read a slice of the same pages; compared is
MB of XML per CPU second. Then the stages' shares, and how cost grows with page size, pages and languages.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.extract_wikipedia_growth import growth
from benchmarks.extract_wikipedia_input import benchmark_dump, tiny_dump
from benchmarks.extract_wikipedia_peers import BOUNDS, commands, install
from benchmarks.measure import XLMK, Figure, cost, median, show
from pipeline.parse.dump.decode import decoded
from pipeline.parse.dump.files import whole
from pipeline.parse.wikitext import parser as wikitext_parser
from pipeline.parse.wikitext import scanner

BZ2 = """
import bz2, sys
with bz2.open(sys.argv[1]) as file:
    while file.read(1 << 20):
        pass
"""
BARE = ("--own-templates-bytes", "0")
"""Without the second reading at planning that dumps of at most 64 MiB get for the wiki's own templates."""
SCANNERS = {"native": (0.55, 0.90), "python": (0.30, 0.45)}


def bz2_cost(dump: Path, tiny: Path) -> float:
    """CPU seconds of Python's bz2 on the dump."""
    whole_, start = (cost(sys.executable, "-c", BZ2, path).cpu for path in (dump, tiny))
    return whole_ - start


def own_cost(dump: Path, which: str, *options: str) -> float:
    """CPU seconds of the whole command."""
    with tempfile.TemporaryDirectory() as root:
        command = (XLMK, "extract", "wikipedia", "--dump", dump, "--root", root, "--lang", "en", *options)
        return cost(*command, XLMK_SCANNER=which, XLMK_BZ2=which).cpu


def against_bz2(dump: Path, tiny: Path, rounds: int, *, twice: bool) -> list[Figure]:
    """bz2 alone ÷ the command, for each scanner there is; `twice`: also with the second reading at planning.

    bz2 is measured before and after each command, and the mean counts: a shared machine is now faster and now slower.
    """
    found: dict[str, list[float]] = {}
    for number in range(rounds):
        before = bz2_cost(dump, tiny)
        for which in SCANNERS if scanner.NATIVE else ("python",):
            started, whole_ = own_cost(tiny, which, *BARE), own_cost(dump, which, *BARE)
            after = bz2_cost(dump, tiny)
            alone = (before + after) / 2
            found.setdefault(which, []).append(alone / (whole_ - started))
            note = f"bz2 alone {before:.1f} s, {after:.1f} s"
            print(f"round {number + 1}: {which} {whole_:.1f} s, start {started:.1f} s; {note}", flush=True)
            before = after
            if which == "native" and twice:
                again = own_cost(dump, which)
                found.setdefault("native, dump read twice for its templates", []).append(alone / (again - started))
    figures = []
    for name, values in found.items():
        bound, aim = SCANNERS.get(name, SCANNERS["native"])
        figures.append(Figure(f"bz2 alone ÷ extract wikipedia, {name}", median(values), bound, aim))
    return figures


def against_peers(megabytes: float, rounds: int) -> list[Figure]:
    """CPU seconds of each peer ÷ those of the command on the same dump, each without its start."""
    dump, tiny = benchmark_dump(megabytes)[0], tiny_dump()
    which = "native" if scanner.NATIVE else "python"
    ratios: dict[str, list[float]] = {}
    failures = {name: f"not installed: {why}" for name, why in install().items() if why}
    for _ in range(rounds):
        ours = own_cost(dump, which, *BARE) - own_cost(tiny, which, *BARE)
        for name in BOUNDS.keys() - failures.keys():
            try:
                ratios.setdefault(name, []).append((peer_cost(name, dump) - peer_cost(name, tiny)) / ours)
            except RuntimeError as error:
                failures[name] = str(error)[-300:]
    for name, why in failures.items():
        print(f"{name}: not measured ({why})")
    return [
        Figure(f"CPU of {name} ÷ ours ({which})", median(ratios[name]), *BOUNDS[name], unit="x")
        for name in BOUNDS
        if name in ratios and name not in failures
    ]


def peer_cost(name: str, dump: Path) -> float:
    """CPU seconds of a peer on a dump."""
    with tempfile.TemporaryDirectory() as folder:
        return cost(*commands(name, dump, Path(folder))).cpu


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=float, default=105)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peer-megabytes", type=float, default=12, help="of XML; the slowest peer makes 1.4 a second")
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--twice", action="store_true", help="also with the second reading for the wiki's templates")
    parser.add_argument("--no-stages", action="store_true")
    options = parser.parse_args()
    dump, what = benchmark_dump(options.megabytes)
    tiny = tiny_dump()
    size = sum(map(len, decoded(whole(dump))))
    print(f"input: {size / 1e6:.1f} MB of XML in {dump.stat().st_size / 1e6:.1f} MB of bz2 ({what})")
    print(f"scanner: {scanner.current.name}" + ("" if scanner.NATIVE else "; the native one is not built"))
    compiled = "" if wikitext_parser.NATIVE else "; none is compiled from these sources"
    print(f"parser: {wikitext_parser.current.name}{compiled}", flush=True)
    figures = against_bz2(dump, tiny, options.rounds, twice=options.twice)
    if not options.no_peers:
        figures += against_peers(options.peer_megabytes, options.rounds)
    show(figures)
    if options.no_stages:
        return
    slice_ = benchmark_dump(options.peer_megabytes)[0]
    parts = {"compiled": wikitext_parser.NATIVE and scanner.NATIVE, "native": scanner.NATIVE, "python": scanner.PYTHON}
    for which in [name for name, part in parts.items() if part]:
        print(f"\nstages, {which}, loop without Beam:", flush=True)
        subprocess.run([sys.executable, "-m", "benchmarks.extract_wikipedia_profile", slice_, which], check=True)
    print("\ngrowth:", flush=True)
    print(growth())


if __name__ == "__main__":
    sys.exit(main())
