"""`xlmk export`: a run as a plain Hugging Face folder."""

from pathlib import Path

import click

from cli.commands.console import json_option, show


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--to", "folder", required=True, type=click.Path(path_type=Path), help="Folder to write.")
@json_option
def export(run: Path, folder: Path, as_json: bool) -> None:
    """Encoder, MLM head and tokenizer as a folder that AutoModel, AutoModelForMaskedLM and AutoTokenizer load.

    \b
    Example:
      xlmk export RUN --to model
    """
    from xlmk_model.export import export_run

    path = export_run(run, folder)
    show({"folder": str(path)}, [f"exported to {path}"], as_json=as_json)
