"""CPU time, wall time and memory of commands, and the table that says which figures hold.

CPU seconds are user + system of a command and all its children. On a machine with other work only ratios of things that
were measured in turns, in one run, mean anything: each figure is the median over rounds.
"""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
XLMK = str(Path(sys.executable).parent / "xlmk")


class Cost(NamedTuple):
    """CPU and wall seconds, and the largest resident set of any one process, in MiB."""

    cpu: float
    wall: float
    mib: float


_LAUNCHER = """
import resource, subprocess, sys
code = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime, used.ru_maxrss)
sys.exit(code)
"""


def cost(*command: object, **variables: str) -> Cost:
    """Runs a command to its end, silently; raises where it fails.

    A small process starts it: the largest resident set that the system reports of a command is at least that of the
    process which started it.
    """
    environment = {**os.environ, "OMP_NUM_THREADS": "1", **variables}
    started = time.monotonic()
    launcher = [sys.executable, "-I", "-S", "-c", _LAUNCHER, *(str(part) for part in command)]
    done = subprocess.run(launcher, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    wall = time.monotonic() - started
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))} failed:\n{done.stderr[-2000:]}")
    cpu, kib = map(float, done.stdout.split())
    return Cost(cpu, wall, kib / 1024)


def cpu_seconds(work: Callable[[], object]) -> float:
    """CPU seconds of a call in this process."""
    started = time.process_time()
    work()
    return time.process_time() - started


class Figure(NamedTuple):
    """A measured figure, what it must at least (or at most) be, and what it should be."""

    name: str
    value: float
    bound: float
    aim: float
    at_most: bool = False
    unit: str = ""

    def line(self) -> str:
        """A row of the table.

        >>> Figure("x", 0.8, 0.75, 1.0).line()
        '| x | 0.80 | ≥ 0.75 | 1.00 | hold |'
        >>> Figure("memory", 450, 400, 200, at_most=True, unit=" MiB").line()
        '| memory | 450 MiB | ≤ 400 MiB | 200 MiB | missed |'
        """
        reached = [self.value <= goal if self.at_most else self.value >= goal for goal in (self.bound, self.aim)]
        verdict = ("missed", "hold", "hold, aim reached")[sum(reached)]
        value, bound, aim = (f"{number:.{0 if number >= 20 else 2}f}{self.unit}" for number in self[1:4])
        return f"| {self.name} | {value} | {'≤' if self.at_most else '≥'} {bound} | {aim} | {verdict} |"


def show(figures: Sequence[Figure]) -> None:
    """Prints the table."""
    print("| what | measured | bound | aim | |\n|---|---|---|---|---|")
    for figure in figures:
        print(figure.line(), flush=True)


def median(values: Sequence[float]) -> float:
    """The median, and the values on the way, for who wants to see how far they lie apart."""
    print("  rounds:", " ".join(f"{value:.2f}" for value in sorted(values)), flush=True)
    return statistics.median(values)
