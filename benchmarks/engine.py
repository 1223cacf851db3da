"""What the engine costs: Beam over a plain loop, two processes over one, and memory whatever the dump's size.

    python -m benchmarks.engine [--megabytes 120] [--rounds 5] [--folder DIR] [--only beam,processes,memory]

Items are ranges of a Wikidata dump (`benchmarks.entity_lines`), 20 or more a worker. Beam and the loop run the same
items in this process, in turns, CPU time; Beam's start-up (the same job with one tiny item) is taken off. Processes are
compared by wall time, which says something on a machine without other work only: the load average stands beside it; and
on four times the megabytes, as a command of three seconds says little of jobs that take hours.
Memory is the largest resident set of any process of `extract wikidata` and `extract wikipedia`, at one size of the dump
and at four times that.
"""

import argparse
import os
import tempfile
from pathlib import Path

from benchmarks.entity_lines import write_dump
from benchmarks.extract_wikipedia_input import benchmark_dump
from benchmarks.measure import XLMK, Cost, Figure, cost, cpu_seconds, median, show
from pipeline.jobs.dump_items import work_item
from pipeline.jobs.extract_wikidata import ExtractWikidataJob
from pipeline.manifest.items import WorkItem
from pipeline.parse.dump.plan import plan_ranges
from pipeline.parse.wikidata.layout import LAYOUTS, read_layout
from pipeline.transforms.runners import LOOP, run_items

LANGUAGES = ("de", "en")
ITEMS = 44


def items_of(dump: Path, size: int) -> list[WorkItem]:
    """The dump as work items of so many bytes."""
    flag = LAYOUTS.index(read_layout(dump))
    return [work_item(piece, dump.name.ljust(10, "-"), flag) for piece in plan_ranges(dump, item_bytes=size)]


def beam_over_loop(folder: Path, megabytes: float, rounds: int) -> Figure:
    """CPU of Beam's runner over that of a loop, in percent on top, start-up taken off."""
    dump, tiny = write_dump(folder / "plain.json", megabytes), folder / "tiny.json"
    tiny.write_bytes(b'[\n{"type":"item","id":"Q1"}\n]\n')
    items, one = items_of(dump, dump.stat().st_size // ITEMS), items_of(tiny, 1 << 20)

    def run(these: list[WorkItem], runner: str | None) -> float:
        with tempfile.TemporaryDirectory(dir=folder) as root:
            job = ExtractWikidataJob(root=root, languages=LANGUAGES, keep="linked")
            (job.spec.work / "records").mkdir(parents=True)
            return cpu_seconds(lambda: run_items(job, these, runner=runner))

    run(one, LOOP), run(one, None)
    overheads = []
    for _ in range(rounds):
        loop, beam = run(items, LOOP), run(items, None)
        overheads.append(100 * ((beam - run(one, None)) / (loop - run(one, LOOP)) - 1))
    name = f"Beam over a plain loop, {len(items)} items, CPU on top"
    return Figure(name, median(overheads), 5, 2, at_most=True, unit=" %")


WIKIDATA = ("wikidata", "--languages", ",".join(LANGUAGES))


def extract(dump: Path, folder: Path, workers: int, items: int, what: tuple[str, ...] = WIKIDATA) -> Cost:
    """The whole command on a dump in so many items."""
    with tempfile.TemporaryDirectory(dir=folder) as root:
        size = ("--item-bytes", max(1, dump.stat().st_size // items), "--workers", workers, "--root", root)
        return cost(XLMK, "extract", *what, "--dump", dump, *size)


def two_processes(folder: Path, megabytes: float, rounds: int) -> list[Figure]:
    """Wall time of one process over that of two, start-up taken off, and what two cost in CPU."""
    dump, tiny = write_dump(folder / "d.json.bz2", megabytes), folder / "tiny2.json"
    tiny.write_bytes(b'[\n{"type":"item","id":"Q1"}\n]\n')
    speedups, extra = [], []
    for _ in range(rounds):
        one, two = (extract(dump, folder, workers, ITEMS) for workers in (1, 2))
        start_one, start_two = (extract(tiny, folder, workers, 1) for workers in (1, 2))
        speedups.append((one.wall - start_one.wall) / (two.wall - start_two.wall))
        extra.append((two.cpu - start_two.cpu) / (one.cpu - start_one.cpu))
    load = f"load {os.getloadavg()[0]:.0f} on {os.cpu_count()} cores"
    return [
        Figure(f"two processes over one, wall, {ITEMS} items ({load})", median(speedups), 1.6, 1.8),
        Figure("two processes over one, CPU of all", median(extra), 1.1, 1.02, at_most=True),
    ]


def memory(folder: Path, megabytes: float) -> list[Figure]:
    """Largest resident set of a worker on dumps of one and of four sizes."""

    def figure(dump: Path, what: tuple[str, ...], factor: int) -> Figure:
        found = extract(dump, folder, 2, 8 * factor, what).mib
        name = f"peak memory, {what[0]} {''.join(dump.suffixes[-2:])}, {factor * megabytes:.0f} MB, two workers"
        return Figure(name, found, 400, 200, at_most=True, unit=" MiB")

    figures = []
    for suffix in (".bz2", ".gz"):
        for factor in (1, 4):
            dump = write_dump(folder / f"m{factor}.json{suffix}", factor * megabytes)
            figures.append(figure(dump, WIKIDATA, factor))
    for factor in (1, 4):
        figures.append(figure(benchmark_dump(factor * megabytes)[0], ("wikipedia", "--lang", "en"), factor))
    return figures


def main() -> None:
    """Prints one table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--megabytes", type=float, default=120)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path, default=None)
    parser.add_argument("--only", default="beam,processes,memory")
    options = parser.parse_args()
    wanted, figures = options.only.split(","), []
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        if "beam" in wanted:
            figures.append(beam_over_loop(folder, options.megabytes, options.rounds))
        if "processes" in wanted:
            figures += two_processes(folder, 4 * options.megabytes, options.rounds)
        if "memory" in wanted:
            figures += memory(folder, options.megabytes / 8)
    show(figures)


if __name__ == "__main__":
    main()
