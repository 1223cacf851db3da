"""`xlmk evaluate compare | contamination`: what results and data say of each other; no model is run."""

from pathlib import Path

import click

from cli.commands.console import ProgressLine, json_option, show, table


def percent(*shares: float) -> tuple[float, ...]:
    """Shares in percent with one digit."""
    return tuple(round(100 * share, 1) for share in shares)


@click.command()
@click.argument("first", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("second", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--resamples", default=10_000, show_default=True, help="Resamplings of the test items.")
@click.option("--seed", default=0, show_default=True, help="Seed of the resampling.")
@json_option
def compare(first: Path, second: Path, resamples: int, seed: int, as_json: bool) -> None:
    """SECOND minus FIRST, two folders of fine-tuning results on the same tests, with paired bootstrap intervals.

    \b
    Example:
      xlmk evaluate compare results-mlm results-xlmk
    """
    from dataclasses import asdict

    from xlmk_model.evaluation import compare as comparing

    found = comparing.compare(first, second, resamples=resamples, seed=seed)
    rows: list[tuple[object, ...]] = [
        (
            row.lang,
            row.metric,
            row.items,
            *(round(v, 2) for v in (row.first, row.second, row.difference)),
            f"{row.low:+.2f} … {row.high:+.2f}",
            f"{row.p:.4f}",
        )
        for row in found
    ]
    header = ("lang", "metric", "items", "first", "second", "difference", "95% interval", "p")
    lines = [*table(rows, header), f"paired bootstrap over test items, {resamples} resamplings, seed {seed}"]
    show({"differences": [asdict(row) for row in found]}, lines, as_json=as_json)


@click.command()
@click.option("--shards", required=True, type=click.Path(path_type=Path), help="Folder of shards.")
@click.option("--mlqa", multiple=True, metavar="LANG=FILE", help="Question answering file to check.")
@click.option("--xnli", multiple=True, metavar="LANG=FILE", help="Inference file to check.")
@click.option("--ner", multiple=True, metavar="LANG=FILE", help="Named entity file to check.")
@click.option("--entities", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="File with Q ids.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder of pages.tsv and entities.tsv.")
@click.option("--tokens", default=13, show_default=True, help="Tokens of an n-gram.")
@click.option("--threshold", default=0.5, show_default=True, help="Share of a context's n-grams in train.")
@json_option
def contamination(
    shards: Path,
    mlqa: tuple[str, ...],
    xnli: tuple[str, ...],
    ner: tuple[str, ...],
    entities: Path | None,
    out: Path,
    tokens: int,
    threshold: float,
    as_json: bool,
) -> None:
    """Which evaluation contexts and entities are in the shards' train pages; writes lists to filter by.

    \b
    Example:
      xlmk evaluate contamination --shards SHARDS --mlqa de=xquad.de.json.gz --out contamination
    """
    from xlmk_model.evaluation.contamination import evaluate_contamination

    tests = [(task, text) for task, texts in (("mlqa", mlqa), ("xnli", xnli), ("ner", ner)) for text in texts]
    report = evaluate_contamination(
        shards,
        tests,
        entities=entities,
        out=out,
        size=tokens,
        threshold=threshold,
        progress=ProgressLine(),
        warn=lambda line: click.echo(f"warning: {line}", err=True),
    )
    rows = [
        (name, s.contexts, s.too_short, s.contaminated, *percent(s.mean_overlap)) for name, s in report.tests.items()
    ]
    lines = table(rows, ("test", "contexts", "too short", "contaminated", "mean overlap %")) if rows else []
    if report.entities:
        lines.append(
            f"{report.entities} entities: {report.in_mentions} in train mentions, {report.in_triples} in triples"
        )
    show(report.to_json(), [*lines, f"{report.pages} pages to leave out: {out}/pages.tsv"], as_json=as_json)


COMMANDS: list[click.Command] = [compare, contamination]
