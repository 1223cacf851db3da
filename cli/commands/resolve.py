"""`xlmk resolve`: links → entities, statements → triples."""

from pathlib import Path
from typing import Any

import click

from cli.commands.console import ProgressLine, json_option, root_option, runner_options, show, table

SOURCES = ("link", "title", "repeat")


@click.command()
@root_option
@click.option("--memory-limit", default="2GB", show_default=True, help="DuckDB's memory in all workers together.")
@runner_options
@json_option
def resolve(root: str, memory_limit: str, as_json: bool, **run: Any) -> None:
    """Links × redirects × sitelinks → mentions; statements → triples; first paragraphs → leads.

    Every link gets a status, none vanishes. Languages that are up to date are skipped.

    \b
    Example:
      xlmk resolve --root KB --workers 4 --memory-limit 8GB
    """
    from pipeline.config.resolve import ResolveConfig
    from pipeline.jobs.engine import RunOptions
    from pipeline.jobs.resolve import resolve as run_resolve

    config = ResolveConfig(root=Path(root), memory_limit=memory_limit)
    report = run_resolve(config, RunOptions(**run, progress=ProgressLine()))
    statuses = sorted({status for counts in report.statuses.values() for status in counts})
    rows: list[tuple[object, ...]] = [
        (lang, *[counts.get(status, 0) for status in statuses], sum(counts.values()))
        for lang, counts in sorted(report.statuses.items())
    ]
    sources: list[tuple[object, ...]] = [
        (lang, *[counts.get(source, 0) for source in SOURCES]) for lang, counts in sorted(report.sources.items())
    ]
    value = {
        "items": report.items,
        "items_skipped": report.items_skipped,
        "seconds": report.seconds,
        "tables": report.tables,
        "statuses": report.statuses,
        "sources": report.sources,
        "dropped_statements": report.dropped_statements,
    }
    lines = [
        f"resolve: {report.items} items ({report.items_skipped} skipped), {report.seconds:.1f} s",
        *table(sorted(report.tables.items()), ("table", "rows")),
        "",
        *table(rows, ("links by status", *statuses, "all")),
        "",
        *table(sources, ("mentions by source", *SOURCES)),
        "",
        *table(sorted(report.dropped_statements.items()), ("statements dropped because", "number")),
    ]
    show(value, lines, as_json=as_json)
