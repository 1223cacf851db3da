"""`xlmk shards`: tables → training shards."""

from pathlib import Path
from typing import Any

import click

from cli.commands.console import ProgressLine, json_option, root_option, runner_options, show, table


@click.command()
@root_option
@click.option("--tokenizer", required=True, type=click.Path(path_type=Path), help="Folder, or a model file in one.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder of the shards.")
@click.option("--languages", help="Wikipedias whose passages are used, comma-separated; default: all there are.")
@click.option("--text-languages", help="Languages of the entities' texts, comma-separated; default: all in the tables.")
@click.option("--entity-text", type=click.Choice(["label_description", "description", "lead"]))
@click.option("--max-tokens", type=click.IntRange(min=8), help="Tokens of a window, <s> and </s> counted.")
@click.option("--holdout-entities", type=click.FloatRange(0, 1), help="Share of entities no training row has.")
@click.option("--holdout-triples", type=click.FloatRange(0, 1), help="Share of triples for validation and testing.")
@click.option("--valid-pages", type=click.FloatRange(0, 1), help="Share of pages for validation.")
@click.option("--test-pages", type=click.FloatRange(0, 1), help="Share of pages for testing, in no MLM row.")
@click.option("--split-seed", type=int, help="Decides what is held out.")
@click.option("--shuffle-seed", type=int, help="Decides the order of the rows.")
@click.option("--min-tokens", type=click.IntRange(min=3), help="Shorter windows are dropped.")
@click.option("--max-text-tokens", type=click.IntRange(min=3), help="Tokens of an entity's text; longer ones are cut.")
@click.option("--max-mentions", type=click.IntRange(min=1), help="Mentions kept in a window, the first ones.")
@click.option("--mention-sources", help="Mentions that are used, some of link,title,repeat; default: all.")
@click.option("--entity-types", help="Only mentions of instances of these classes, e.g. Q5,Q515.")
@click.option("--pack/--no-pack", default=None, help="Put short neighbouring passages together into one MLM row.")
@click.option(
    "--exclude-pages",
    multiple=True,
    type=click.Path(path_type=Path),
    help="List of pages that give no row (pages.tsv of xlmk evaluate contamination); repeatable, may be gzip'd.",
)
@click.option(
    "--exclude-entities",
    multiple=True,
    type=click.Path(path_type=Path),
    help="List of entities that are held out (entities.tsv of xlmk evaluate contamination); repeatable, may be gzip'd.",
)
@runner_options
@json_option
def shards(workers: int, runner: str | None, beam_options: tuple[str, ...], as_json: bool, **options: Any) -> None:
    """Windows of passages, mentions as token spans, triples and texts, split and shuffled, as Parquet shards.

    \b
    Example:
      xlmk shards --root KB --tokenizer tokenizer --out SHARDS --holdout-entities 0.05
      xlmk shards --root KB --tokenizer tokenizer --out CLEAN --exclude-pages pages.tsv --exclude-entities entities.tsv
    """
    from pipeline.config.shards import ShardsConfig
    from pipeline.jobs.engine import RunOptions
    from pipeline.jobs.shards import build_shards

    options["root"] = Path(options["root"])
    for name in ("languages", "text_languages", "mention_sources", "entity_types"):
        if options[name]:
            options[name] = tuple(part.strip() for part in options[name].split(",") if part.strip())
    if options["entity_types"]:
        options["entity_types"] = tuple(_item_id(text) for text in options["entity_types"])
    config = ShardsConfig(**{name: value for name, value in options.items() if value is not None})
    run = RunOptions(workers=workers, runner=runner, beam_options=beam_options, progress=ProgressLine())
    report = build_shards(config, run)
    value = {
        "items": report.items,
        "items_skipped": report.items_skipped,
        "seconds": report.seconds,
        "tables": report.tables,
        "languages": report.languages,
        "excluded": report.meta["excluded"],
        "digest": report.digest,
    }
    rows: list[tuple[object, ...]] = [
        (lang, objective, split, found["rows"], found["tokens"])
        for lang, parts in sorted(report.languages.items())
        for objective in ("mlm", "mep")
        for split, found in parts[objective].items()
    ]
    lines = [
        f"shards: {report.items} items ({report.items_skipped} skipped), {report.seconds:.1f} s,"
        f" digest {report.digest}",
        *table(rows, ("language", "objective", "split", "rows", "tokens")),
        *table(sorted(report.tables.items()), ("folder", "rows")),
        f"sources, splits and what was dropped: {config.out}/DATASET.md",
    ]
    show(value, lines, as_json=as_json)


def _item_id(text: str) -> int:
    number = text.removeprefix("Q")
    if not number.isdecimal():
        raise click.BadParameter(f"{text!r} is no item: expected e.g. Q5", param_hint="--entity-types")
    return int(number)
