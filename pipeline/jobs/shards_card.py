"""`DATASET.md`: what a folder of shards is, from what, under which licences, and how to read it."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pipeline.manifest.storage import read_json


def dataset_card(meta: dict[str, Any], manifests: Sequence[Path]) -> str:
    """The card in Markdown, from `dataset.json` without its digest and the manifests of the tables it was made from."""
    parts = [_head(meta), _passages(meta), _rest(meta), _texts(meta), _sources(manifests), _reading(meta)]
    return "\n".join(line for part in parts for line in part) + "\n"


def _table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> Iterator[str]:
    yield "| " + " | ".join(columns) + " |"
    yield "|" + "---|" * len(columns)
    yield from ("| " + " | ".join(str(cell) for cell in row) + " |" for row in rows)
    yield ""


def _head(meta: dict[str, Any]) -> Iterator[str]:
    tokenizer = meta["tokenizer"]
    yield "# Training shards for XLM-K"
    yield ""
    yield f"Passages of {', '.join(meta['languages'])}; an entity is described by its `{meta['entity_text']}`."
    yield f"Tokenizer: {tokenizer['vocab_size']} ids, digest `{tokenizer['digest']}`, in `tokenizer/`."
    yield ""
    yield "Licences: text of Wikipedia is under CC BY-SA 4.0 and, in part, the GFDL: name the source and share alike."
    yield "Labels, descriptions and statements of Wikidata are under CC0. The tokenizer's pieces are single words."
    yield ""


def _passages(meta: dict[str, Any]) -> Iterator[str]:
    yield "## Passages"
    yield ""
    rows = []
    for lang, found in meta["languages"].items():
        for kind in ("mlm", "mep"):
            rows += [
                (lang, kind, split, number["rows"], number["tokens"], number.get("mentions", ""))
                for split, number in found[kind].items()
            ]
    yield from _table(("language", "objective", "split", "rows", "tokens", "mentions"), rows)
    yield "What was dropped, per language:"
    yield ""
    for lang, found in meta["languages"].items():
        ledger, dropped = found["ledger"], found["mentions_dropped"]
        yield f"- {lang}: {_listed(ledger)}; mentions dropped: {_listed(dropped)}"
    yield ""


def _rest(meta: dict[str, Any]) -> Iterator[str]:
    yield "## Triples and what is held out"
    yield ""
    splits = {name: found["rows"] for name, found in meta["oe"].items() if name != "dropped"}
    yield f"Triples: {_listed(splits)}; dropped: {_listed(meta['oe']['dropped'])}."
    held = {name: number for name, number in meta["held_out"].items() if isinstance(number, int)}
    yield f"Held out: {_listed(held)}."
    yield "A page, a pair of entities and an entity are each on one side only, whatever the language."
    yield ""
    yield "Options: `" + json.dumps(meta["config"], sort_keys=True) + "`"
    yield ""


def _texts(meta: dict[str, Any]) -> Iterator[str]:
    yield "## Texts"
    yield ""
    columns = ("kind", "language", "rows", "different", "uniqueness", "coverage", "tokens", "cut")
    rows = [
        (kind, lang, n["rows"], n["unique"], n["uniqueness"], n.get("coverage", ""), n["tokens"], n["truncated"])
        for kind, languages in meta["texts"].items()
        for lang, n in languages.items()
    ]
    yield from _table(columns, rows)


def _sources(manifests: Sequence[Path]) -> Iterator[str]:
    yield "## Sources"
    yield ""
    for path in manifests:
        manifest = read_json(path) or {}
        scope = f" ({manifest['scope']})" if manifest.get("scope") else ""
        yield f"- `{manifest.get('job')}`{scope}, plan `{manifest.get('plan')}`"
        inputs = manifest.get("inputs")
        for source in inputs if isinstance(inputs, list) else []:
            yield f"  - `{json.dumps(source, ensure_ascii=False, sort_keys=True)}`"
    yield ""


def _reading(meta: dict[str, Any]) -> Iterator[str]:
    lang = next(iter(meta["languages"]))
    yield "## Reading"
    yield ""
    yield "```python"
    yield f'datasets.load_dataset("parquet", data_files="mlm/lang={lang}/train-*.parquet")'
    yield f'polars.read_parquet("mep/lang={lang}/train-*.parquet")'
    yield "duckdb.sql(\"select * from 'oe/train-*.parquet'\")"
    yield "```"


def _listed(numbers: dict[str, int]) -> str:
    """Name and number of each.

    >>> _listed({"red": 3, "too_short": 1}), _listed({})
    ('red 3, too short 1', 'none')
    """
    return ", ".join(f"{name.replace('_', ' ')} {number}" for name, number in numbers.items()) or "none"
