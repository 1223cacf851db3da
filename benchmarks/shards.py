"""Tokens per second of `xlmk shards` against the bare tokenizer on the same texts and threads.

    python -m benchmarks.shards --kb KB --tokenizer FILE [--lang en] [--megabytes N]

Text: the passages and mentions of real tables (--kb), repeated with other page ids and a word more in each text, so
that they are no duplicates. The bare tokenizer does all that `xlmk shards` tokenizes: the passages, and the texts of
entities and properties. CPU time of the whole process, not wall time: other work on the machine does not count.
Set RAYON_NUM_THREADS=1 to compare one thread with one thread.
"""

import argparse
import json
import shutil
import tempfile
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from pipeline.config.shards import ShardsConfig
from pipeline.jobs.engine import RunOptions
from pipeline.jobs.shards import build_shards
from pipeline.schemas import TABLES
from pipeline.tokenizer import Tokenizer, load_tokenizer


def repeated(kb: Path, lang: str, root: Path, megabytes: float) -> list[str]:
    """Writes tables of at least so many megabytes of text under `root`; returns the texts."""
    names = TABLES["passages"].schema.names
    passages = ds.dataset(kb / "tables" / "passages" / f"lang={lang}").to_table(columns=names)
    mentions = ds.dataset(kb / "tables" / "mentions" / f"lang={lang}").to_table(columns=TABLES["mentions"].schema.names)
    size = sum(len(text.encode()) for text in passages.column("text").to_pylist())
    copies = max(1, round(megabytes * 1e6 / size))
    step = pc.max(passages.column("page_id")).as_py() + 1
    texts: list[str] = []
    for table, rows in (("passages", passages), ("mentions", mentions)):
        folder = root / "tables" / table / f"lang={lang}"
        folder.mkdir(parents=True)
        for copy in range(copies):
            own = rows.set_column(0, rows.schema.field(0), pc.add(rows.column("page_id"), copy * step))
            if table == "passages":
                marked = pc.binary_join_element_wise(own.column("text"), pa.scalar(letters(copy)), " ")
                own = own.set_column(names.index("text"), "text", marked)
                texts += marked.to_pylist()
            pq.write_table(own.cast(TABLES[table].schema), folder / f"part-{copy:04d}.parquet", compression="zstd")
    for table in ("entities", "entity_texts", "properties", "triples"):
        shutil.copytree(kb / "tables" / table, root / "tables" / table)
    return texts


def letters(number: int) -> str:
    """A word that no other number gives (digits would count as equal).

    >>> letters(0), letters(27)
    ('a', 'bb')
    """
    word = ""
    while True:
        number, rest = divmod(number, 26)
        word = chr(97 + rest) + word
        if not number:
            return word


def bare(tokenizer: Tokenizer, texts: list[str]) -> tuple[int, float]:
    """Tokens and CPU seconds of the tokenizer alone, a thousand texts at a time."""
    tokens, started = 0, time.process_time()
    for start in range(0, len(texts), 1000):
        tokens += sum(len(found) for found in tokenizer.backend.encode_batch(texts[start : start + 1000]))
    return tokens, time.process_time() - started


def main() -> None:
    """Prints one table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--kb", type=Path, required=True, help="tables made by xlmk extract and resolve")
    parser.add_argument("--lang", default="en")
    parser.add_argument("--tokenizer", type=Path, required=True)
    parser.add_argument("--megabytes", type=float, default=20)
    options = parser.parse_args()
    tokenizer = load_tokenizer(options.tokenizer)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        texts = repeated(options.kb, options.lang, root / "KB", options.megabytes)
        bare(tokenizer, texts[:2000])
        config = ShardsConfig(root=root / "KB", tokenizer=options.tokenizer, out=root / "S")
        started = time.process_time()
        report = build_shards(config, RunOptions(runner="loop"))
        whole = time.process_time() - started
        again = time.process_time()
        build_shards(config, RunOptions(runner="loop"))
        fixed = time.process_time() - again
        others = ds.dataset(root / "S" / "texts").to_table(columns=["text"]).column("text").to_pylist()
        tokens, alone = bare(tokenizer, texts)
        more, besides = bare(tokenizer, others)
    found = report.languages[options.lang]
    rows = sum(number["rows"] for number in found["mlm"].values())
    print(f"text: {sum(map(len, texts)) / 1e6:.1f} M characters, {len(texts)} passages, {tokens / 1e6:.2f} M tokens")
    print(f"      {len(others)} texts of entities and properties, {more / 1e6:.2f} M tokens")
    tokens, alone = tokens + more, alone + besides
    print(f"shards: {json.dumps(found['ledger'])}, {rows} MLM rows")
    print("| what | CPU s | tokens/s |")
    print("|---|---|---|")
    for name, seconds in (
        ("bare tokenizer", alone),
        ("xlmk shards", whole),
        ("… its start-up taken off", whole - fixed),
    ):
        print(f"| {name} | {seconds:.1f} | {tokens / seconds:,.0f} |")
    print(f"ratio: {alone / whole:.2f} with start-up, {alone / (whole - fixed):.2f} without")


if __name__ == "__main__":
    main()
