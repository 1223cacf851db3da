"""`xlmk extract wikipedia | wikidata`: dumps → tables."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from cli.commands.console import ProgressLine, json_option, root_option, runner_options, show, table

if TYPE_CHECKING:
    from pipeline.jobs.engine import JobReport

ITEM_BYTES = click.IntRange(min=1)


@click.group()
def extract() -> None:
    """Dumps → tables. Repeating a command resumes it.

    \b
    Example:
      xlmk extract wikipedia --lang it --dump itwiki-pages-articles-multistream.xml.bz2 --root KB
      xlmk extract wikidata --languages it,en --dump latest-all.json.bz2 --root KB
    """


@extract.command()
@click.option("--lang", help="Wikipedia code; default: what the dump says. It overrules the dump.")
@click.option("--dump", "dumps", multiple=True, required=True, help="Dump file (.xml, .bz2, .gz, .zst); repeatable.")
@click.option("--index", "indexes", multiple=True, help="Index of each --dump; default: found beside it by name.")
@root_option
@click.option("--item-bytes", type=ITEM_BYTES, help="Bytes of a work item as the file lies there. Default: 8 MiB.")
@click.option("--templates", type=click.Choice(["render", "drop"]), default="render", show_default=True)
@click.option("--templates-file", help="TOML file of further templates to render; its form is in docs/fidelity.md.")
@click.option(
    "--own-templates-bytes",
    type=click.IntRange(min=0),
    help="Largest dumps that are searched for the wiki's own simple templates; 0: none. Default: 64 MiB.",
)
@click.option(
    "--propagate/--no-propagate",
    default=True,
    show_default=True,
    help="Look for the page's own name and for names that it links elsewhere, where no link stands (table repeats).",
)
@click.option("--max-reject-share", type=float, help="Largest share of rejected pages before the job fails.")
@runner_options
@json_option
def wikipedia(as_json: bool, **options: Any) -> None:
    """Pages, passages and links of one Wikipedia's dump.

    \b
    Example:
      xlmk extract wikipedia --lang it --dump itwiki-pages-articles-multistream.xml.bz2 --root KB --workers 4
    """
    from pipeline.config.extract_wikipedia import ExtractWikipediaConfig
    from pipeline.jobs.extract_wikipedia import extract_wikipedia

    run = _run_options(options)
    config = ExtractWikipediaConfig(**_given(options))
    _show(extract_wikipedia(config, run), "pages", as_json)


@extract.command()
@click.option("--languages", required=True, help="Wanted Wikipedia codes, comma-separated.")
@click.option("--dump", "dumps", multiple=True, required=True, help="Dump file (.json, .bz2, .gz, .zst); repeatable.")
@root_option
@click.option(
    "--keep",
    type=click.Choice(["all", "described", "linked"]),
    default="linked",
    show_default=True,
    help="Items to keep: all, described in a wanted language, or with an article in a wanted Wikipedia.",
)
@click.option("--item-bytes", type=ITEM_BYTES, help="Bytes of a work item as the file lies there.")
@runner_options
@json_option
def wikidata(as_json: bool, **options: Any) -> None:
    """Items, their texts, sitelinks and statements, and properties from Wikidata's JSON dump.

    \b
    Example:
      xlmk extract wikidata --languages it,en --dump latest-all.json.bz2 --root KB --keep linked
    """
    from pipeline.config.extract_wikidata import ExtractWikidataConfig
    from pipeline.jobs.extract_wikidata import extract_wikidata

    run = _run_options(options)
    options["languages"] = tuple(code.strip() for code in options["languages"].split(",") if code.strip())
    config = ExtractWikidataConfig(**_given(options))
    _show(extract_wikidata(config, run), "entities", as_json)


def _given(options: dict[str, Any]) -> dict[str, Any]:
    """What the user gave; the rest is left to the configuration's defaults."""
    return {name: value for name, value in options.items() if value not in (None, ())}


def _run_options(options: dict[str, Any]) -> Any:
    from pipeline.jobs.engine import RunOptions

    names = ("workers", "runner", "beam_options")
    return RunOptions(**{name: options.pop(name) for name in names}, progress=ProgressLine())


def _show(report: "JobReport", unit: str, as_json: bool) -> None:
    total = report.counts.get(unit, 0)
    value = {**asdict(report), "pages": total, unit: total, "rejected": report.rejected}
    lines = [
        f"{report.job}: {report.items} items ({report.items_skipped} skipped), {report.bytes:,} bytes,"
        f" {report.seconds:.1f} s, {report.rejected} {unit} rejected",
        *table(sorted(report.tables.items()), ("table", "rows")),
        "",
        *table(sorted(report.counts.items()), ("count", "number")),
    ]
    if report.rejects:
        lines += ["", *table(sorted(report.rejects.items()), ("rejected because", "number"))]
    show(value, lines, as_json=as_json)
