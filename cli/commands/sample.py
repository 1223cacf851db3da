"""`xlmk sample`: the sample world's dumps."""

from pathlib import Path

import click

from cli.commands.console import json_option, show


@click.command()
@click.option("--languages", default="en,de,ru,ar,ja", show_default=True, help="Wikipedia codes, comma-separated.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder to write the dumps to.")
@json_option
def sample(languages: str, out: Path, as_json: bool) -> None:
    """Write the sample world: Wikipedia and Wikidata dumps in the real formats, made from CLDR.

    The same languages give the same bytes. What is in it: docs/sample-world.md.

    \b
    Example:
      xlmk sample --languages en,de,ru,ar,ja --out dumps
    """
    from pipeline.sample import write_sample

    report = write_sample([code.strip() for code in languages.split(",") if code.strip()], out)
    dumps = {lang: str(wiki.dump) for lang, wiki in report.wikis.items()}
    result = {**report.summary(), "wikipedia": dumps, "wikidata": str(report.wikidata)}
    totals = ", ".join(f"{number:,} {name}" for name, number in report.summary().items())
    show(result, [*dumps.values(), str(report.wikidata), totals], as_json=as_json)
