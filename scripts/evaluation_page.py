"""Runs the documented evaluations on real files and writes what they print into docs/evaluation.md.

    python scripts/evaluation_page.py --demo DEMO --out DIR

DEMO is the folder of `xlmk demo`; --eval that of the evaluation files (../shared/data/eval). About six minutes of CPU.
Every figure of section 4 of that page comes from here. What DIR/printed has from an interrupted run is not run again.
"""

import argparse
import gzip
import os
import re
import shlex
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "evaluation.md"
MARK = "## 4. Documented runs"
INTRO = """
What `python scripts/evaluation_page.py --demo demo --out OUT` printed at commit {commit}: every command and its output,
on a model far too small for the tasks. The point is that each runs end to end, and that chance and the simple line are
in sight. `demo/run` and `demo/shards` are what `xlmk demo --out demo` makes (seed 0, 0.7 M parameters, vocabulary
4,500, 700 steps); `run-1` has made one step: nearly random. `EVAL` is the folder of evaluation files. In brackets:
seconds of CPU, one thread (`OMP_NUM_THREADS=1`).
"""


@dataclass(frozen=True, kw_only=True)
class Run:
    """One documented command; `note` says what to compare it with."""

    title: str
    command: str
    note: str = ""
    lines: str = ""
    """Regular expression: only such lines of the output are shown, as `grep -E` would; empty: all."""


RUNS = (
    Run(
        title="An untrained model to compare with",
        command="""train --preset tiny --shards demo/shards --out run-1 --set steps=1 --set start_step=0
            --set run.threads=1 --set mlm_rows=4 --set mep_rows=4 --set oe_rows=4 --set warmup_steps=0""",
    ),
    Run(
        title="Given predictions",
        note="As the official scorer has it: 61.328125 and 64.79709905979438.",
        command="""evaluate mlqa --predictions EVAL/mlqa-scores/predictions-context-de-question-en.json.gz
            --test de=EVAL/mlqa-dev/dev-context-de-question-en.json.gz --json""",
    ),
    Run(
        title="NER, Swahili → Yoruba (MasakhaNER), from the demo's run",
        command="""evaluate ner --model demo/run --source-lang sw --train EVAL/masakhaner1/swa-train.txt
            --dev EVAL/masakhaner1/swa-dev.txt --test sw=EVAL/masakhaner1/swa-test.txt
            --test yo=EVAL/masakhaner1/yor-test.txt --out ner --steps 120 --batch 16 --lr 2e-3 --evaluations 3""",
    ),
    Run(
        title="The same from the untrained model",
        command="""evaluate ner --model run-1 --source-lang sw --train EVAL/masakhaner1/swa-train.txt
            --dev EVAL/masakhaner1/swa-dev.txt --test sw=EVAL/masakhaner1/swa-test.txt
            --test yo=EVAL/masakhaner1/yor-test.txt --out ner-1 --steps 120 --batch 16 --lr 2e-3 --evaluations 3""",
    ),
    Run(
        title="Both compared",
        note="0.0002 is the least p that 10,000 resamplings can give.",
        command="evaluate compare ner-1 ner",
    ),
    Run(
        title="XNLI, English → others",
        note="Only dev files were at hand: the first 2,000 lines of `dev-en.tsv` train, the last 490 lines of each\n"
        "language's file are dev and tests (the files are parallel by line). Chance is 33.3.",
        command="""evaluate xnli --model demo/run --train train-en.tsv --dev held-en.tsv --test de=held-de.tsv
            --test fr=held-fr.tsv --test sw=held-sw.tsv --test zh=held-zh.tsv --out xnli --steps 80 --batch 16
            --lr 1e-3 --evaluations 2""",
    ),
    Run(
        title="Question answering, English → German (XQuAD to train, MLQA to choose and to score)",
        command="""evaluate mlqa --model demo/run --train EVAL/xquad/xquad.en.json.gz
            --dev EVAL/mlqa-dev/dev-context-en-question-de.json.gz
            --test de=EVAL/mlqa-dev/dev-context-de-question-de.json.gz --out mlqa --seeds 1 --steps 60 --batch 16
            --lr 1e-3 --max-length 128 --evaluations 1""",
    ),
    Run(
        title="Parallel sentences",
        note="Each third premise of XNLI dev, 830 a language. Chance is 0.12 at R@1.",
        lines="languages|macro|percent",
        command="""evaluate parallel --model demo/run --text de=premises-de.txt --text fr=premises-fr.txt
            --text en=premises-en.txt""",
    ),
    Run(
        title="Retrieval",
        lines="probe|macro|percent",
        note="The means over all ordered pairs of languages.",
        command="evaluate retrieval --model demo/run --shards demo/shards",
    ),
    Run(
        title="Entailment",
        note="Beside the line that knows no text.",
        command="evaluate entailment --model demo/run --shards demo/shards --same-language",
    ),
    Run(
        title="Cloze",
        note="Beside the line that knows no text.",
        command="evaluate cloze --model demo/run --shards demo/shards",
    ),
    Run(
        title="Contamination",
        command="""evaluate contamination --shards demo/shards --mlqa de=EVAL/xquad/xquad.de.json.gz
            --xnli de=EVAL/xnli-dev/dev-de.tsv.gz --out contamination""",
    ),
)


def write_cuts(data: Path, out: Path) -> None:
    """The cuts of XNLI dev that the commands name."""
    for lang in ("en", "de", "fr", "sw", "zh"):
        packed = (data / "xnli-dev" / f"dev-{lang}.tsv.gz").read_bytes()
        lines = gzip.decompress(packed).decode().rstrip("\n").split("\n")
        (out / f"held-{lang}.tsv").write_text("\n".join(lines[-490:]) + "\n", encoding="utf-8")
        premises = [line.split("\t")[0] for line in lines[::3]]
        (out / f"premises-{lang}.txt").write_text("\n".join(premises) + "\n", encoding="utf-8")
        if lang == "en":
            (out / "train-en.tsv").write_text("\n".join(lines[:2000]) + "\n", encoding="utf-8")


def shown(command: str) -> list[str]:
    """A command as lines of at most about 110 characters, indented as code.

    >>> shown("evaluate compare a b")
    ['    xlmk evaluate compare a b']
    """
    lines, line = [], "    xlmk"
    for word in command.split():
        if len(line) + len(word) > 108:
            lines.append(line + " \\")
            line = "       "
        line += f" {word}"
    return [*lines, line]


def run(entry: Run, data: Path, out: Path) -> list[str]:
    """Runs a command in `out`; returns its part of the page, which is kept in `out/printed`."""
    kept = out / "printed" / f"{RUNS.index(entry):02}.txt"
    if kept.is_file():
        return kept.read_text(encoding="utf-8").split("\n")
    arguments = shlex.split(entry.command.replace("EVAL/", f"{data}/"))
    before = os.times()
    started = time.monotonic()
    sys.stderr.write(f"+ xlmk {' '.join(entry.command.split())}\n")
    result = subprocess.run(
        [sys.executable, "-m", "cli.main", *arguments],
        cwd=out,
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    after = os.times()
    seconds = after.children_user + after.children_system - before.children_user - before.children_system
    sys.stderr.write(f"  {seconds:.0f} s of CPU in {time.monotonic() - started:.0f} s\n{result.stdout}")
    note = [entry.note, ""] if entry.note else []
    output = [f"    {line}".rstrip() for line in result.stdout.rstrip("\n").split("\n") if re.search(entry.lines, line)]
    piped = f" | grep -E '{entry.lines}'" if entry.lines else ""
    part = [f"**{entry.title}** ({seconds:.0f} s)", "", *note, *shown(entry.command + piped), "", *output, ""]
    kept.parent.mkdir(exist_ok=True)
    kept.write_text("\n".join(part), encoding="utf-8")
    return part


def main() -> None:
    """Runs everything and replaces section 4 of the page."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--demo", type=Path, required=True, help="folder of `xlmk demo`")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--eval", type=Path, default=ROOT.parent / "shared" / "data" / "eval")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    link = options.out / "demo"
    if not link.exists():
        link.symlink_to(options.demo.resolve())
    write_cuts(options.eval, options.out)
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    parts = [line for entry in RUNS for line in run(entry, options.eval.resolve(), options.out)]
    text = PAGE.read_text(encoding="utf-8").partition(MARK)[0]
    page = [text + MARK, INTRO.format(commit=commit.stdout.strip()), *parts]
    PAGE.write_text("\n".join(page).rstrip("\n") + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
