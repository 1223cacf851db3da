"""Where the time of `xlmk shards` goes: shares of CPU of its jobs in one process without Beam, tokenizer loaded.

RAYON_NUM_THREADS=1 python -m benchmarks.shards_profile [articles | short]
"""

import argparse
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest import mock

from benchmarks.extract_wikipedia_profile import REST, Clock
from benchmarks.shards_input import ARTICLES_MEGABYTES, LOOP, SHORT_MEGABYTES, Input, articles, short_passages
from pipeline.config.shards import ShardsConfig
from pipeline.jobs import shards, shards_buckets, shards_mentions, shards_rows, shards_spill, shards_texts
from pipeline.tokenizer import Tokenizer, load_tokenizer, words

STAGES: dict[str, list[tuple[Any, str]]] = {
    "texts that go through the tokenizer": [(Tokenizer, "encode_whole")],
    "words looked up and put together": [(words.WordTable, "encode")],
    "windows of long passages": [(shards_rows, "tokenize_windows")],
    "mentions read": [(shards_spill, "load_mentions"), (shards_mentions.Found, "of")],
    "mentions to tokens": [(shards_rows, "align_spans")],
    "digests of the rows' texts": [(shards_rows, "text_digest")],
    "spilled": [(shards_spill, "_write_buckets")],
    "buckets: sorted, written": [(shards_buckets.BucketJob, "process")],
    "rest of the passages: rows into Arrow": [(shards_spill.SpillJob, "process")],
    "rest of the texts: read, sorted, written": [(shards_texts.TextsJob, "process")],
}
"""Stage → functions; what one calls of another stage is counted there."""


def profile(what: Input) -> str:
    """Markdown: stage, share."""
    clock = Clock()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        for name, root in (("tiny", what.tiny), ("whole", what.root)):
            if name == "whole":  # what comes late, such as imports, came with the tiny tables
                for stage, places in STAGES.items():
                    for owner, function in places:
                        timed = clock.call(stage, getattr(owner, function))
                        stack.enter_context(mock.patch.object(owner, function, timed))
            tokenizer = load_tokenizer(what.tokenizer)
            assert len(tokenizer.digest) == 32, "made before the clock runs"
            stack.enter_context(mock.patch.object(shards, "load_tokenizer", return_value=tokenizer))
            clock.enter(REST)
            clock.seconds.clear()
            shards.build_shards(ShardsConfig(root=root, tokenizer=what.tokenizer, out=Path(folder) / name), LOOP)
        clock.leave()
    whole = sum(clock.seconds.values())
    lines = [f"| {what.name} | share of {whole:.1f} CPU s |", "|---|---|"]
    for stage in (*STAGES, REST):
        lines.append(f"| {stage} | {clock.seconds[stage] / whole:.1%} |")
    return "\n".join(lines)


def main() -> None:
    """Prints a table for each input."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("which", nargs="?", choices=["articles", "short"])
    which = parser.parse_args().which
    if which != "short":
        real = articles(ARTICLES_MEGABYTES)
        print(profile(real) if real else "articles: the dumps are not beside the repository (../shared/data)")
    if which != "articles":
        print(profile(short_passages(SHORT_MEGABYTES)))


if __name__ == "__main__":
    main()
