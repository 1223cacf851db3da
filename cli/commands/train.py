"""`xlmk train`: shards → a run."""

from dataclasses import asdict, replace
from pathlib import Path

import click

from cli.commands.console import ProgressLine, json_option, show, table


@click.command()
@click.option("--shards", required=True, type=click.Path(path_type=Path), help="Folder of shards, from `xlmk shards`.")
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), help="Folder of the run; a run there is resumed."
)
@click.option("--preset", default="tiny", show_default=True, help="tiny, small, base, large, xlmk or paper.")
@click.option(
    "--init",
    type=click.Path(path_type=Path),
    help="Start from this Hugging Face masked-LM folder or run; a vocabulary that the shards extend is extended.",
)
@click.option("--steps", type=click.IntRange(min=1), help="Optimizer steps; default: the preset's.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of everything random.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="Change any knob, e.g. data.mep_rows=32.")
@json_option
def train(
    shards: Path,
    out: Path,
    preset: str,
    init: Path | None,
    steps: int | None,
    seed: int,
    settings: tuple[str, ...],
    as_json: bool,
) -> None:
    """Pre-train an encoder on MLM + MEP + OE. Repeating the command resumes the run exactly.

    Every knob of `--set` is in docs/training.md. Under torchrun it trains on all its processes.

    \b
    Example:
      xlmk train --shards SHARDS --out RUN --preset tiny --steps 50 --set optim.lr=1e-3
    """
    from xlmk_model import config as configs
    from xlmk_model.trainer import train as run_training

    config = replace(configs.preset(preset, shards=shards, out=out), init=init, seed=seed)
    if steps is not None:
        config = replace(config, steps=steps)
    config = configs.with_overrides(config, list(settings))
    report = run_training(config, progress=ProgressLine())
    value = {**asdict(report), "run": str(report.run)}
    names = sorted({*report.before, *report.after})
    rows: list[tuple[object, ...]] = [
        (name, _figure(report.before.get(name)), _figure(report.after.get(name))) for name in names
    ]
    lines = [
        f"{report.run}: {report.steps:,} steps, {report.tokens:,} tokens, {report.seconds:.0f} s"
        + (f", stopped: {report.stopped}" if report.stopped else ""),
        *table(rows, ("validation", "before", "after")),
    ]
    show(value, lines, as_json=as_json)


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"
