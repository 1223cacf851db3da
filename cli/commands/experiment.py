"""`xlmk experiment knowledge`: does MEP + OE teach what MLM on the same texts does not?"""

import atexit
from pathlib import Path

import click

from cli.commands.console import ProgressLine, json_option, quiet_teardown, show

MISSED = 3
"""Exit code when all ran and a gate was missed."""


@click.group()
def experiment() -> None:
    """Experiments with thresholds, each one command."""


@experiment.command()
@click.option(
    "--out", default="experiment", show_default=True, type=click.Path(path_type=Path), help="Folder for everything."
)
@click.option("--seeds", default="1,2,3", show_default=True, help="Training seeds, comma-separated.")
@click.option(
    "--processes", type=click.IntRange(min=1), default=2, show_default=True, help="Processes of one thread each."
)
@click.option("--remedy", is_flag=True, help="One more branch: MEP and OE go on with MLM weighing more.")
@click.option("--start-steps", type=click.IntRange(min=1), help="Steps of MLM before the branches part.")
@click.option("--branch-steps", type=click.IntRange(min=1), help="Steps of each branch.")
@json_option
@click.pass_context
def knowledge(
    ctx: click.Context,
    out: Path,
    seeds: str,
    processes: int,
    remedy: bool,
    start_steps: int | None,
    branch_steps: int | None,
    as_json: bool,
) -> None:
    """Train branches on the same texts: MLM, MLM + MEP + OE, and that with Wikidata permuted; probe raw states.

    Goes through the whole pipeline. Exit code 0: all gates met; 3: all ran, and a gate was missed. Repeating the
    command resumes it: finished branches are skipped. What is asked and why: docs/experiment.md.

    \b
    Example:
      xlmk experiment knowledge --out experiment
    """
    atexit.register(quiet_teardown)
    from dataclasses import replace

    from cli.workflows.knowledge.branches import Schedule
    from cli.workflows.knowledge.report import screen
    from cli.workflows.knowledge.run import run_experiment

    schedule = Schedule()
    schedule = replace(
        schedule,
        start_steps=start_steps or schedule.start_steps,
        branch_steps=branch_steps or schedule.branch_steps,
    )
    try:
        numbers = [int(seed) for seed in seeds.split(",") if seed.strip()]
    except ValueError:
        raise click.BadParameter(f"{seeds!r} is not a list of numbers", param_hint="--seeds") from None
    report = run_experiment(out, ProgressLine(), seeds=numbers, processes=processes, remedy=remedy, schedule=schedule)
    show(report.to_json(), [*screen(report), f"{out}/report.json   {out}/report.png"], as_json=as_json)
    ctx.exit(0 if report.passed else MISSED)
