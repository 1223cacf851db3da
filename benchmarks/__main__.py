"""`make bench`: every benchmark in turn, at a size that a laptop bears; each prints ratios measured in its own run.

    python -m benchmarks [NAME ...]        names: extract_wikidata, engine, fidelity, …; default: all

Inputs are generated or lie in ../shared (fidelity, skipped with a line where it is not
there). What only a peer needs is installed apart, under build/bench, never into the project's environment.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.shards_input import SHORT_MEGABYTES, short_passages

ROOT = Path(__file__).resolve().parents[1]
XLMK = Path(sys.executable).parent / "xlmk"
PEERS = ROOT / "build" / "bench"


def run(*command: object, **variables: str) -> None:
    """Runs a command from the repository's root and shows it; raises where it fails."""
    print("+", *command, flush=True)
    subprocess.run([str(part) for part in command], cwd=ROOT, env={**os.environ, **variables}, check=True)


def fidelity() -> None:
    """Against MediaWiki's own parser and four peers."""
    if not (ROOT.parent / "shared" / "data" / "gold").is_dir():
        print("fidelity: skipped, the gold is not beside the repository (../shared/data/gold)")
        return
    run(sys.executable, "benchmarks/fidelity.py")


def resolve() -> None:
    """Against DuckDB's bare join; a tenth of the full size (`python -m benchmarks.resolve` is the full one)."""
    run(sys.executable, "-m", "benchmarks.resolve", "--links", 1_000_000, "--titles", 200_000)


def shards() -> None:
    """Against the bare tokenizer, and how little of a training step goes into its batch, on the sample world."""
    run(sys.executable, "-m", "benchmarks.shards")
    with tempfile.TemporaryDirectory() as folder:
        what, made = short_passages(SHORT_MEGABYTES), Path(folder) / "SHARDS"
        run(XLMK, "shards", "--root", what.root, "--tokenizer", what.tokenizer, "--out", made)
        run(sys.executable, "-m", "benchmarks.training_data", "--shards", made, OMP_NUM_THREADS="1")


def training() -> None:
    """Against transformers' own Trainer, which needs `accelerate` and `psutil`."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if not PEERS.is_dir():
        run(*pip, "--no-deps", "--target", PEERS, "accelerate", "psutil")
    for vocabulary, rows, micro in ((32_000, 32, 16), (250_002, 16, 4)):
        size = ["--vocabulary", vocabulary, "--rows", rows, "--micro", micro, "--steps", 3]
        run(sys.executable, "-m", "benchmarks.training", *size, PYTHONPATH=f"{ROOT}:{PEERS}", OMP_NUM_THREADS="1")
    run(sys.executable, "-m", "benchmarks.training_memory", OMP_NUM_THREADS="1")


def extract_wikipedia() -> None:
    """Against Python's bz2 alone and three peers, on generated pages."""
    run(sys.executable, "-m", "benchmarks.extract_wikipedia")


def extract_wikidata() -> None:
    """Against Python's bz2 alone, and json + pyarrow, on generated entities."""
    run(sys.executable, "-m", "benchmarks.extract_wikidata")


def engine() -> None:
    """Beam against a loop, two processes against one, memory."""
    run(sys.executable, "-m", "benchmarks.engine", "--rounds", 3)


BENCHMARKS: dict[str, Callable[[], None]] = {
    "extract_wikipedia": extract_wikipedia,
    "extract_wikidata": extract_wikidata,
    "engine": engine,
    "fidelity": fidelity,
    "resolve": resolve,
    "shards": shards,
    "training": training,
}


def main() -> None:
    """Runs the benchmarks named on the command line, or all."""
    for name in sys.argv[1:] or list(BENCHMARKS):
        if name not in BENCHMARKS:
            sys.exit(f"no benchmark {name!r}; there are {', '.join(BENCHMARKS)}")
        print(f"── {name} ──", flush=True)
        BENCHMARKS[name]()


if __name__ == "__main__":
    main()
