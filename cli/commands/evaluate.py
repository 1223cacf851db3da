"""`xlmk evaluate`: official scores of given predictions, fine-tuning with zero-shot transfer, and probes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from cli.commands import evaluate_checks, evaluate_probes
from cli.commands.console import ProgressLine, json_option, show, table

HELP = {
    "mlqa": "Question answering: MLQA, XQuAD, TyDi QA GoldP (exact match, F1).",
    "xnli": "Natural language inference: XNLI (accuracy).",
    "ner": "Named entity recognition: CoNLL columns, PAN-X, MasakhaNER (entity precision, recall, F1).",
}
EXAMPLE = """

    With --predictions: scores given predictions, without a model (and with --out writes a folder that `compare`
    reads). With --model, --train, --dev and --out: fine-tunes
    once a seed on the training files (source language), takes the checkpoint that is best on the dev files, and
    scores it on every test file. All files may be gzip'd; their layout is told by their content.

    \b
    Example:
      xlmk evaluate {task} --predictions predictions-de.{suffix} --test de=test-de.{suffix} --json
      xlmk evaluate {task} --model RUN --train train-en.{suffix} --dev dev-en.{suffix} \\
          --test de=test-de.{suffix} --test zh=test-zh.{suffix} --out results --seeds 1,2,3
"""
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_OPTIONS: list[Callable[[Any], Any]] = [
    click.option("--predictions", multiple=True, metavar="[LANG=]FILE", help="Predictions to score; no model."),
    click.option("--test", "tests", multiple=True, required=True, metavar="LANG=FILE",
                 help="Test file; LANG is its language (for mlqa the context's; CONTEXT/QUESTION=FILE names both)."),
    click.option("--model", type=click.Path(path_type=Path), help="A run, or an XLM-R-shaped Hugging Face folder."),
    click.option("--train", multiple=True, type=_FILE, help="Training file in the source language; may be repeated."),
    click.option("--dev", multiple=True, type=_FILE, help="File on which the checkpoint is chosen; may be repeated."),
    click.option("--out", type=click.Path(path_type=Path), help="Folder of results; finished seeds are skipped."),
    click.option("--source-lang", default="en", show_default=True, help="Language of --train and --dev."),
    click.option("--seeds", default="1,2,3", show_default=True, help="Seeds, separated by commas."),
    click.option("--steps", type=click.IntRange(min=1), help="Optimizer steps (instead of --epochs)."),
    click.option("--epochs", type=float, help="Passes over the training rows. [default: XTREME's]"),
    click.option("--batch", type=click.IntRange(min=1), default=32, show_default=True, help="Rows a step."),
    click.option("--lr", type=float, help="Peak learning rate. [default: XTREME's]"),
    click.option("--max-length", type=int, help="Longest row in tokens. [default: XTREME's]"),
    click.option("--evaluations", type=click.IntRange(min=1), default=5, show_default=True,
                 help="Times that the dev set is scored."),
    click.option("--dropout", type=float, default=0.1, show_default=True, help="In encoder and head."),
    click.option("--frozen-layers", type=click.IntRange(min=0), default=0, show_default=True,
                 help="Lowest blocks that are not trained, nor are the embeddings then."),
    click.option("--normalisation", type=click.Choice(["mlqa", "squad"]),
                 help="mlqa: rules for comparing answers. [default: MLQA's for its languages, else SQuAD 1.1's]"),
    click.option("--device", default="auto", show_default=True, help="`auto`, cpu, cuda, cuda:1."),
    json_option,
]  # fmt: skip


@click.group()
def evaluate() -> None:
    """Judge a model or given predictions: official metrics, zero-shot transfer, probes.

    \b
    Example:
      xlmk evaluate mlqa --predictions predictions.json --test de=dev-context-de-question-de.json.gz
    """


def _task_command(task: str) -> click.Command:
    """The command of a task; all three have the same options."""

    @click.pass_context
    def command(context: click.Context, /, **options: Any) -> None:
        given = {name for name in ("model", "train", "dev", "out") if options[name]}
        if options["predictions"] and given - {"out"}:
            raise click.UsageError(f"--predictions needs no --{', --'.join(sorted(given - {'out'}))}", context)
        if options["predictions"]:
            _score(task, options)
        elif len(given) == 4:
            _finetune(task, options)
        else:
            missing = sorted({"model", "train", "dev", "out"} - given)
            raise click.UsageError(f"give --predictions, or --model with --{', --'.join(missing)}", context)

    suffix = {"mlqa": "json", "xnli": "tsv", "ner": "txt"}[task]
    command.__doc__ = HELP[task] + EXAMPLE.format(task=task, suffix=suffix)
    wrapped: Any = command
    for option in reversed(_OPTIONS):
        wrapped = option(wrapped)
    return click.command(name=task)(wrapped)


def _warn(line: str) -> None:
    click.echo(f"warning: {line}", err=True)


def _score(task: str, options: dict[str, Any]) -> None:
    from xlmk_model.evaluation.results import write_scored
    from xlmk_model.evaluation.scoring import score_predictions
    from xlmk_model.evaluation.tasks import TASKS

    report = score_predictions(
        task, options["predictions"], options["tests"], normalisation=options["normalisation"], warn=_warn
    )
    if options["out"]:
        write_scored(options["out"], TASKS[task], report.tests, report.metrics, report.scores)
    rows = [
        (lang, *(round(value, 2) for value in metrics.values()), len(report.scores[lang]))
        for lang, metrics in report.metrics.items()
    ]
    header = ("lang", *next(iter(report.metrics.values())), "items")
    show(report.metrics, table(rows, header), as_json=options["as_json"])


def _finetune(task: str, options: dict[str, Any]) -> None:
    from xlmk_model.evaluation.finetune.config import FinetuneConfig, finetune_defaults, parse_seeds, parse_tests
    from xlmk_model.evaluation.finetune.run import finetune

    settings = finetune_defaults(task) | {
        name: options[name] for name in ("epochs", "lr", "max_length", "steps") if options[name] is not None
    }
    config = FinetuneConfig(
        task=task,
        tests=parse_tests(options["tests"]),
        seeds=parse_seeds(options["seeds"]),
        **{name: options[name] for name in ("model", "train", "dev", "out", "source_lang", "batch", "dropout")},
        **{name: options[name] for name in ("evaluations", "frozen_layers", "normalisation", "device")},
        **settings,
    )
    results = finetune(config, progress=ProgressLine(), warn=_warn)
    metrics = list(next(iter(results.mean.values())))
    lines = table(results.rows(), ("lang", *metrics))
    chosen = ", ".join(f"seed {seed}: step {entry['step']:.0f}" for seed, entry in results.chosen.items())
    lines += [
        f"percent, {len(results.seeds)} seeds (mean ± standard deviation)",
        f"checkpoints chosen on dev in {results.source_lang}, no test language seen: {chosen}",
        f"written: {config.out}/results.json, {config.out}/results.csv",
    ]
    show(results.contract(), lines, as_json=options["as_json"])


for _task in HELP:
    evaluate.add_command(_task_command(_task))
for _command in [*evaluate_probes.COMMANDS, *evaluate_checks.COMMANDS]:
    evaluate.add_command(_command)
