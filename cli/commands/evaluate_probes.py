"""`xlmk evaluate retrieval | …`: commands that need no fine-tuning."""

from pathlib import Path

import click

from cli.commands.console import json_option, show, table

_MODEL = click.option(
    "--model", required=True, type=click.Path(path_type=Path), help="A run, or an XLM-R-shaped Hugging Face folder."
)
_SHARDS = click.option("--shards", required=True, type=click.Path(path_type=Path), help="Folder of shards.")
_DEVICE = click.option("--device", default="cpu", show_default=True, help="cpu, cuda, cuda:1.")


@click.command()
@_MODEL
@_SHARDS
@click.option("--split", default="test", show_default=True, type=click.Choice(["train", "valid", "test"]))
@click.option("--kind", "kinds", multiple=True, help="Kind of text to align, e.g. label; default: those of the shards.")
@click.option("--max-queries", default=1000, show_default=True, help="Mentions a language.")
@click.option("--max-candidates", default=20_000, show_default=True, help="Texts a language.")
@click.option("--initial", is_flag=True, help="A run's model as it was before its first step.")
@_DEVICE
@json_option
def retrieval(
    model: Path,
    shards: Path,
    split: str,
    kinds: tuple[str, ...],
    max_queries: int,
    max_candidates: int,
    initial: bool,
    device: str,
    as_json: bool,
) -> None:
    """Masked mentions → descriptions, and texts of an entity → its texts in other languages.

    \b
    Example:
      xlmk evaluate retrieval --model RUN --shards SHARDS
    """
    from xlmk_model.evaluation.retrieval import evaluate_retrieval

    report = evaluate_retrieval(
        model,
        shards,
        split=split,
        device=device,
        kinds=kinds or None,
        max_queries=max_queries,
        max_candidates=max_candidates,
        initial=initial,
    )
    rows = [
        (probe, group, pair, scores.queries, *_percent(scores.recall_at_1, scores.recall_at_10, scores.mrr))
        for probe, groups in report.pairs.items()
        for group, pairs in groups.items()
        for pair, scores in [*pairs.items(), ("macro", report.macro[probe][group])]
    ]
    header = ("probe", "entities", "languages", "queries", "R@1", "R@10", "MRR")
    show(report.to_json(), [*table(rows, header), "percent"], as_json=as_json)


def _percent(*shares: float) -> tuple[float, ...]:
    """Shares in percent with one digit."""
    return tuple(round(100 * share, 1) for share in shares)


COMMANDS: list[click.Command] = [retrieval]
