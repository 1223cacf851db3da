"""`xlmk shards` as a whole command against the bare tokenizer on the same texts and the same one thread.

    python -m benchmarks.shards [--rounds 3] [--articles-megabytes 6] [--short-megabytes 20]
    python -m benchmarks.shards --kb KB --tokenizer FILE [--rounds 3]

Without --kb it makes its own input (`benchmarks.shards_input`): real articles, and very short passages.

The bare tokenizer is `encode_batch` of the tokenizers library on all texts that `xlmk shards` tokenizes: passages, and
texts of entities and properties, a thousand at a time; only the calls are counted, with a tokenizer just loaded in each
round. Of the command, CPU seconds of the process and its children are counted, less those on tables of three pages.
"""

import argparse
import os
import tempfile
from pathlib import Path
from typing import NamedTuple

import pyarrow.dataset as ds

from benchmarks.measure import XLMK, Figure, cost, cpu_seconds, median, show
from benchmarks.shards_input import ARTICLES_MEGABYTES, SHORT_MEGABYTES, Input, articles, short_passages
from pipeline.manifest.storage import read_json
from pipeline.tokenizer import load_tokenizer

BATCH = 1000
BOUND, AIM = 0.7, 0.9
ONE_THREAD = {"RAYON_NUM_THREADS": "1"}


class Bare(NamedTuple):
    """CPU seconds of the tokenizer alone, and how many tokens it made."""

    cpu: float
    tokens: int


def bare(tokenizer: Path, texts: list[str]) -> Bare:
    """Tokenizes the texts with a tokenizer just loaded."""
    backend, tokens = load_tokenizer(tokenizer).backend, 0

    def encode() -> None:
        nonlocal tokens
        for start in range(0, len(texts), BATCH):
            tokens += sum(map(len, backend.encode_batch(texts[start : start + BATCH])))

    return Bare(cpu_seconds(encode), tokens)


def shards(root: Path, tokenizer: Path, out: Path) -> float:
    """CPU seconds of the whole command."""
    return cost(XLMK, "shards", "--root", root, "--tokenizer", tokenizer, "--out", out, **ONE_THREAD).cpu


def texts_of(root: Path, out: Path) -> tuple[list[str], list[str]]:
    """The passages and the texts of entities and properties that the command tokenizes."""
    tables = root / "tables" / "passages", out / "texts"
    passages, others = (ds.dataset(folder).to_table(columns=["text"]).column("text").to_pylist() for folder in tables)
    return passages, others


def measured(what: Input, rounds: int) -> Figure:
    """Bare tokenizer ÷ command, the median over rounds."""
    ratios = []
    for number in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "S"
            whole, start = shards(what.root, what.tokenizer, out), shards(what.tiny, what.tokenizer, Path(folder) / "T")
            passages, others = texts_of(what.root, out)
            alone = bare(what.tokenizer, passages + others)
            if not number:
                print(f"{what.name}: {described(out, passages, others, alone.tokens)}", flush=True)
        ratios.append(alone.cpu / (whole - start))
        print(
            f"  round {number + 1}: bare {alone.cpu:.2f} s ({alone.tokens / alone.cpu:,.0f} tokens/s),"
            f" shards {whole:.2f} s, of it start {start:.2f} s",
            flush=True,
        )
    return Figure(f"bare tokenizer ÷ shards, {what.name}", median(ratios), BOUND, AIM)


def described(out: Path, passages: list[str], others: list[str], tokens: int) -> str:
    """How much text and how many mentions."""
    meta = read_json(out / "dataset.json") or {}
    languages = meta["languages"]
    assert isinstance(languages, dict)
    rows = sum(split["rows"] for found in languages.values() for split in found["mlm"].values())
    mentions = sum(found["ledger"].get("mentions_in", 0) for found in languages.values())
    return (
        f"{len(passages)} passages, {mentions} mentions, {len(others)} texts of entities and properties,"
        f" {tokens / 1e6:.2f} M tokens, {rows} rows for MLM"
    )


def main() -> None:
    """Prints one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--articles-megabytes", type=float, default=ARTICLES_MEGABYTES, help="of XML")
    parser.add_argument("--short-megabytes", type=float, default=SHORT_MEGABYTES, help="of XML")
    parser.add_argument("--kb", type=Path, help="other tables, made by xlmk extract and resolve")
    parser.add_argument("--tiny", type=Path, help="with --kb: tables of a few pages, for the cost of starting")
    parser.add_argument("--tokenizer", type=Path)
    options = parser.parse_args()
    os.environ |= ONE_THREAD
    if options.kb:
        if not (options.tiny and options.tokenizer):
            parser.error("--kb needs --tiny and --tokenizer")
        inputs = [Input(options.kb.name, options.kb, options.tiny, options.tokenizer)]
    else:
        real = articles(options.articles_megabytes)
        if real is None:
            print("articles: not measured, the dumps are not beside the repository (../shared/data)")
        inputs = [*([real] if real else []), short_passages(options.short_megabytes)]
    show([measured(what, options.rounds) for what in inputs])


if __name__ == "__main__":
    main()
