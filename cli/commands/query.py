"""`xlmk query`: SQL over the tables, read-only."""

from pathlib import Path

import click

from cli.commands.console import json_option, root_option, show, table


@click.command()
@root_option
@click.option("--limit", type=click.IntRange(min=0), default=1000, show_default=True, help="Most rows; 0 = all.")
@click.option("--memory-limit", default="1GB", show_default=True, help="DuckDB's memory.")
@click.argument("sql")
@json_option
def query(root: str, limit: int, memory_limit: str, sql: str, as_json: bool) -> None:
    """Run one SELECT over the tables (docs/tables.md). It can write nothing and read no other file.

    \b
    Example:
      xlmk query --root KB "SELECT lang, status, count(*) FROM mentions GROUP BY ALL ORDER BY ALL"
    """
    from pipeline.tables.query import run_query

    result = run_query(Path(root), sql, limit=limit or None, memory_limit=memory_limit)
    value = {"columns": result.columns, "rows": result.rows, "truncated": result.truncated}
    more = [f"… more than {limit} rows: --limit 0 shows all"] if result.truncated else []
    show(value, [*table(result.rows, result.columns), *more], as_json=as_json)
