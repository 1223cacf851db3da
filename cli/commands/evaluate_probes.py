"""`xlmk evaluate retrieval | …`: commands that need no fine-tuning."""

from pathlib import Path
from typing import Any

import click

from cli.commands.console import ProgressLine, json_option, show, table
from cli.commands.evaluate_checks import percent

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
        (probe, group, pair, scores.queries, *percent(scores.recall_at_1, scores.recall_at_10, scores.mrr))
        for probe, groups in report.pairs.items()
        for group, pairs in groups.items()
        for pair, scores in [*pairs.items(), ("macro", report.macro[probe][group])]
    ]
    header = ("probe", "entities", "languages", "queries", "R@1", "R@10", "MRR")
    show(report.to_json(), [*table(rows, header), "percent"], as_json=as_json)


@click.command()
@_MODEL
@_SHARDS
@click.option("--split", default="test", show_default=True, type=click.Choice(["train", "valid", "test"]))
@click.option("--max-queries", default=1000, show_default=True, help="Triples.")
@click.option("--max-candidates", default=20_000, show_default=True, help="Texts a language.")
@click.option("--same-language", is_flag=True, help="Only answers in the question's language.")
@_DEVICE
@json_option
def entailment(
    model: Path,
    shards: Path,
    split: str,
    max_queries: int,
    max_candidates: int,
    same_language: bool,
    device: str,
    as_json: bool,
) -> None:
    """Subject and relation → object: filtered ranking of the shards' triples, beside the commonest object.

    \b
    Example:
      xlmk evaluate entailment --model RUN --shards SHARDS
    """
    from xlmk_model.evaluation.entailment import evaluate_entailment

    report = evaluate_entailment(
        model,
        shards,
        split=split,
        device=device,
        max_queries=max_queries,
        max_candidates=max_candidates,
        across=not same_language,
    )
    rows = [
        (
            pair,
            name,
            s.queries,
            s.objects,
            *percent(s.mrr, s.hits_at_1, s.hits_at_3, s.hits_at_10, s.macro_mrr, s.macro_hits_at_1),
        )
        for pair in report.model
        for name, s in (("model", report.model[pair]), ("commonest object", report.commonest[pair]))
    ]
    header = ("languages", "ranked by", "queries", "objects", "MRR", "H@1", "H@3", "H@10", "macro MRR", "macro H@1")
    show(report.to_json(), [*table(rows, header), "percent; macro: mean over objects"], as_json=as_json)


@click.command()
@_MODEL
@click.option("--shards", type=click.Path(path_type=Path), help="Ask about the triples of these shards.")
@click.option(
    "--mlama",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Ask about facts in mLAMA's layout: DIR/LANG/P19.jsonl, DIR/LANG/templates.jsonl.",
)
@click.option("--split", default="test", show_default=True, type=click.Choice(["train", "valid", "test", "facts"]))
@click.option(
    "--templates",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help='JSON lines {"lang", "relation", "template"}; default: "[X] PROPERTY LABEL [Y] ."',
)
@click.option("--languages", help="Languages, separated by commas; default: all.")
@click.option("--max-facts", default=2000, show_default=True, help="Triples of the shards.")
@_DEVICE
@json_option
def cloze(
    model: Path,
    shards: Path | None,
    mlama: Path | None,
    split: str,
    templates: Path | None,
    languages: str | None,
    max_facts: int,
    device: str,
    as_json: bool,
) -> None:
    """Facts as fill-in questions in each language: precision at 1 and agreement between languages.

    \b
    Example:
      xlmk evaluate cloze --model RUN --shards SHARDS
    """
    from xlmk_model.evaluation import cloze_queries
    from xlmk_model.evaluation.cloze import evaluate_cloze
    from xlmk_model.shards import open_dataset

    if (shards is None) == (mlama is None):
        raise click.UsageError("give either --shards or --mlama")
    own = cloze_queries.read_templates(templates) if templates else {}
    langs = languages.split(",") if languages else None
    if shards is not None:
        asked = cloze_queries.queries_of_shards(open_dataset(shards), split, own, limit=max_facts, langs=langs)
    else:
        assert mlama is not None
        asked = cloze_queries.queries_of_mlama(mlama, langs, own, lambda line: click.echo(f"warning: {line}", err=True))
    report = evaluate_cloze(model, asked, device=device, progress=ProgressLine())
    rows = [
        (lang, s.queries, s.relations, *percent(s.precision_at_1, s.commonest), s.left_out)
        for lang, s in report.languages.items()
    ]
    lines = table(rows, ("lang", "questions", "relations", "P@1", "commonest object", "left out"))
    pairs = [(pair, s.facts, *percent(s.same_answer, s.both_of_either)) for pair, s in report.agreement.items()]
    if pairs:
        lines += ["", *table(pairs, ("languages", "facts", "same answer", "right in both of either"))]
    show(report.to_json(), [*lines, "percent"], as_json=as_json)


@click.command()
@_MODEL
@click.option(
    "--text",
    "texts",
    multiple=True,
    required=True,
    metavar="LANG=FILE",
    help="Sentences in a language: lines that belong together by number, or CoNLL-U, by sent_id.",
)
@click.option("--pooling", type=click.Choice(["mean", "bos"]), default="mean", show_default=True)
@click.option("--layer", type=int, default=-1, show_default=True, help="0: embeddings, -1: last layer.")
@click.option("--max-sentences", default=2000, show_default=True)
@_DEVICE
@json_option
def parallel(
    model: Path, texts: tuple[str, ...], pooling: Any, layer: int, max_sentences: int, device: str, as_json: bool
) -> None:
    """A sentence → its translation, from raw encoder states: cross-lingual quality in general.

    \b
    Example:
      xlmk evaluate parallel --model RUN --text de=tatoeba.de.txt --text en=tatoeba.en.txt
    """
    from xlmk_model.evaluation.parallel import evaluate_parallel
    from xlmk_model.evaluation.tasks import parse_test

    files = {test.lang: test.path for test in map(parse_test, texts)}
    report = evaluate_parallel(model, files, pooling=pooling, layer=layer, max_sentences=max_sentences, device=device)
    rows = [
        (pair, s.queries, *percent(s.recall_at_1, s.recall_at_10, s.mrr))
        for pair, s in [*report.pairs.items(), ("macro", report.macro)]
    ]
    lines = table(rows, ("languages", "queries", "R@1", "R@10", "MRR"))
    show(report.to_json(), [*lines, f"percent; {report.pooling} states of layer {report.layer}"], as_json=as_json)


COMMANDS: list[click.Command] = [retrieval, entailment, cloze, parallel]
