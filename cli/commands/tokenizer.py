"""`xlmk tokenizer train | extend`: vocabularies."""

from dataclasses import asdict
from pathlib import Path

import click

from cli.commands.console import json_option, root_option, show, table


@click.group()
def tokenizer() -> None:
    """Vocabularies: a folder that Hugging Face's AutoTokenizer loads, with XLM-R's order of ids.

    \b
    Example:
      xlmk tokenizer train --root KB --vocab-size 32000 --out tokenizer
    """


@tokenizer.command()
@root_option
@click.option("--vocab-size", type=click.IntRange(min=8), required=True, help="Ids, the special ones counted.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder to write.")
@json_option
def train(root: str, vocab_size: int, out: Path, as_json: bool) -> None:
    """Train a SentencePiece vocabulary on the passages and entity texts of all languages.

    \b
    Example:
      xlmk tokenizer train --root KB --vocab-size 32000 --out tokenizer
    """
    from pipeline.jobs.tokenizer import train_tokenizer

    report = train_tokenizer(Path(root), vocab_size, out)
    rows: list[tuple[object, ...]] = [(lang, n, report.sampled[lang]) for lang, n in sorted(report.texts.items())]
    lines = [
        *table(rows, ("language", "texts", "used")),
        f"{report.vocab_size} ids in {out}, digest {report.digest}",
    ]
    show(asdict(report), lines, as_json=as_json)


@tokenizer.command()
@click.option("--tokenizer", "folder", required=True, type=click.Path(path_type=Path), help="The vocabulary to extend.")
@root_option
@click.option("--lang", required=True, help="Wikipedia code of the new language, whose passages are in the tables.")
@click.option("--new-pieces", type=click.IntRange(min=1), required=True, help="Pieces to add, at most.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder to write.")
@json_option
def extend(folder: Path, root: str, lang: str, new_pieces: int, out: Path, as_json: bool) -> None:
    """Append pieces for a new language; no id moves. `xlmk train --init` starts the new rows from their old pieces.

    \b
    Example:
      xlmk tokenizer extend --tokenizer tokenizer --root KB --lang ltg --new-pieces 2000 --out tokenizer-ltg
    """
    from pipeline.jobs.tokenizer import extend_tokenizer

    report = extend_tokenizer(folder, Path(root), lang, new_pieces, out)
    value = asdict(report)
    rows: list[tuple[object, ...]] = [(name, number) for name, number in value.items() if isinstance(number, int | str)]
    show(value, table(rows, ("extension", "")), as_json=as_json)
