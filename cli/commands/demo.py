"""`xlmk demo`: the whole job on the bundled sample world."""

import atexit
from pathlib import Path

import click

from cli.commands.console import ProgressLine, json_option, quiet_teardown, show


@click.command()
@click.option(
    "--out", default="demo", show_default=True, type=click.Path(path_type=Path), help="Folder for everything."
)
@click.option("--languages", default="en,de,ru,ar,ja", show_default=True, help="Languages of the sample world.")
@click.option("--steps", type=click.IntRange(min=1), help="Training steps; default: the tiny preset's.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of the training.")
@click.option(
    "--workers", type=click.IntRange(min=1), default=1, show_default=True, help="Processes for the data jobs."
)
@json_option
def demo(out: Path, languages: str, steps: int | None, seed: int, workers: int, as_json: bool) -> None:
    """Dumps → tables → shards → training → evaluation → report, in a few minutes. Repeating it resumes.

    \b
    Example:
      xlmk demo --out demo
    """
    atexit.register(quiet_teardown)
    from cli.workflows.demo import run_demo
    from cli.workflows.screen import demo_screen

    codes = [code.strip() for code in languages.split(",") if code.strip()]
    report = run_demo(out, ProgressLine(), languages=codes, steps=steps, seed=seed, workers=workers)
    show(report.to_json(), demo_screen(report), as_json=as_json)
