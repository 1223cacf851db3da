"""Which evaluation texts and entities does training see? Overlap of contexts with the shards' train passages.

Both sides are token ids of the shards' tokenizer. A context is contaminated if at least `threshold` of its distinct
n-grams of `size` tokens occur in train passages (MLM and MEP). Pages that hold n-grams of such contexts are listed, as
a filter that building shards can honour; entities given as Q ids are looked up among train mentions and triples.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from pipeline.errors import ConfigError, InputError
from pipeline.manifest.storage import write_bytes
from xlmk_model.evaluation.encoder import open_tokenizer
from xlmk_model.evaluation.files import numbered_lines
from xlmk_model.evaluation.ner.examples import Sentence
from xlmk_model.evaluation.nli.examples import Pair
from xlmk_model.evaluation.qa.examples import Question
from xlmk_model.evaluation.scoring import Examples, Warn, read_test
from xlmk_model.evaluation.tasks import parse_test
from xlmk_model.shards import Dataset, open_dataset

Hashes = npt.NDArray[np.uint64]
Progress = Callable[[str], None]
PAGES, ENTITIES = "pages.tsv", "entities.tsv"
_FACTOR = np.uint64(0x9E3779B97F4A7C15)
"""Odd 64-bit constant (2^64 / golden ratio): powers of it mix the tokens of an n-gram."""


@dataclass(frozen=True, kw_only=True)
class Contamination:
    """`contexts` distinct contexts of a test file, of which `contaminated` have at least the threshold in train.

    `too_short` have fewer tokens than an n-gram and are not judged. `mean_overlap` is over those judged.
    """

    contexts: int
    too_short: int
    contaminated: int
    mean_overlap: float


@dataclass(frozen=True, kw_only=True)
class ContaminationReport:
    """By test (`task LANG`); pages in the filter list; entities asked for, and those in train mentions and triples."""

    tests: dict[str, Contamination]
    pages: int
    entities: int
    in_mentions: int
    in_triples: int

    def to_json(self) -> dict[str, Any]:
        """Plain dictionaries."""
        return asdict(self)


def ngram_hashes(ids: npt.NDArray[np.integer[Any]], size: int) -> Hashes:
    """A 64-bit hash of each n-gram of ids [L], in order: [max(0, L - size + 1)].

    >>> one, two = ngram_hashes(np.array([5, 6, 7, 8]), 3), ngram_hashes(np.array([6, 7, 8, 9]), 3)
    >>> bool(one[1] == two[0]), bool(one[0] == two[0]), len(ngram_hashes(np.array([5]), 3))
    (True, False, 0)
    """
    if len(ids) < size:
        return np.zeros(0, np.uint64)
    windows = np.lib.stride_tricks.sliding_window_view(ids.astype(np.uint64) + np.uint64(1), size)
    powers = np.full(size, _FACTOR, np.uint64).cumprod(dtype=np.uint64)
    mixed: Hashes = (windows * powers).sum(axis=1, dtype=np.uint64)
    mixed ^= mixed >> np.uint64(29)
    return mixed * _FACTOR


def contexts_of(examples: Examples) -> list[str]:
    """The distinct texts of evaluation examples that must not be in training: passages, premises, sentences."""
    texts = []
    for item in examples:
        if isinstance(item, Question):
            texts.append(item.context)
        elif isinstance(item, Pair):
            texts.append(item.premise)
        else:
            assert isinstance(item, Sentence)
            texts.append(" ".join(item.tokens))
    return list(dict.fromkeys(texts))


def train_passages(dataset: Dataset, progress: Progress) -> Iterator[tuple[str, npt.NDArray[np.int32]]]:
    """("lang:page id", input ids without `<s>` and `</s>`) of every train row of MLM and MEP."""
    files = [path for kind in ("mlm", "mep") for path in dataset.files(f"{kind}/lang=*/train-*.parquet")]
    for number, path in enumerate(files):
        progress(f"contamination: {number}/{len(files)} shards read")
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(columns=["example_id", "input_ids"], batch_size=4096):
                column = batch.column("input_ids")
                flat, offsets = column.flatten().to_numpy(), column.offsets.to_numpy() - column.offsets[0].as_py()
                for row, example in enumerate(batch.column("example_id").to_pylist()):
                    parts = example.split(":")
                    if len(parts) < 2:
                        raise InputError(f"{path}: example_id {example!r} names no page", next_step="xlmk shards")
                    yield f"{parts[0]}:{parts[1]}", flat[offsets[row] + 1 : offsets[row + 1] - 1]


def read_entities(path: Path) -> list[int]:
    """All Q ids that occur in a text file (a list, mLAMA's JSON lines, TSV), ascending.

    Raises InputError if there is none.
    """
    found = {int(match) for _, line in numbered_lines(path) for match in re.findall(r"\bQ([1-9]\d*)\b", line)}
    if not found:
        raise InputError(f"{path} has no Q ids such as Q42")
    return sorted(found)


def _overlaps(
    dataset: Dataset, wanted: Sequence[Hashes], *, size: int, threshold: float, progress: Progress
) -> tuple[list[float], list[str]]:
    """(share of each context's n-grams that train has, pages that hold some of a context at or above the threshold)."""
    every = np.unique(np.concatenate([np.zeros(0, np.uint64), *wanted]))
    seen = np.zeros(len(every), bool)
    holders: dict[int, set[str]] = defaultdict(set)
    for page, ids in train_passages(dataset, progress) if len(every) else ():
        hashes = ngram_hashes(ids, size)
        at = np.searchsorted(every, hashes)
        hits = at[(at < len(every)) & (every[np.minimum(at, len(every) - 1)] == hashes)]
        seen[hits] = True
        for hit in set(hits.tolist()):
            holders[hit].add(page)
    shares, pages = [], set()
    for own in wanted:
        places = np.searchsorted(every, np.unique(own))
        shares.append(float(seen[places].mean()) if len(places) else 0.0)
        if len(places) and shares[-1] >= threshold:
            pages |= set().union(*(holders[place] for place in places.tolist()))
    return shares, sorted(pages)


def _triple_entities(dataset: Dataset) -> set[int]:
    files = [str(path) for path in dataset.files("oe/train-*.parquet")]
    if not files:
        return set()
    table = ds.dataset(files).to_table(columns=["subject_qid", "object_qid"])
    return {entity for name in ("subject_qid", "object_qid") for entity in table.column(name).unique().to_pylist()}


def evaluate_contamination(
    shards: Path,
    tests: Sequence[tuple[str, str]],
    *,
    entities: Path | None,
    out: Path,
    size: int = 13,
    threshold: float = 0.5,
    progress: Progress,
    warn: Warn,
) -> ContaminationReport:
    """Checks test files, given as (task, `LANG=FILE`), and entities against the shards' train split.

    Writes OUT/pages.tsv (lang, page_id) and OUT/entities.tsv (qid of those seen in training). Raises InputError for
    files that cannot be used, ConfigError if there is nothing to check.
    """
    if not tests and entities is None:
        raise ConfigError("nothing to check", next_step="--mlqa LANG=FILE, --xnli, --ner or --entities FILE")
    if size < 2 or not 0 < threshold <= 1:
        raise ConfigError(f"size = {size} must be at least 2, threshold = {threshold} above 0 and at most 1")
    dataset = open_dataset(shards)
    tokenizer = open_tokenizer(shards / "tokenizer")
    hashes: list[Hashes] = []
    ranges: dict[str, range] = {}
    for task, text in tests:
        test = parse_test(text)
        contexts = contexts_of(read_test(task, test, warn))
        ids = tokenizer(contexts, add_special_tokens=False, verbose=False)["input_ids"]
        start = len(hashes)
        hashes += [ngram_hashes(np.array(row, np.int64), size) for row in ids]
        ranges[f"{task} {test.pair if test.lang != test.question_lang else test.lang}"] = range(start, len(hashes))
    shares, pages = _overlaps(dataset, hashes, size=size, threshold=threshold, progress=progress)
    wanted = read_entities(entities) if entities else []
    mentions = set(np.asarray(dataset.arrays["mention_qid"]).tolist()).intersection(wanted)
    triples = _triple_entities(dataset).intersection(wanted) if wanted else set()
    rows = [page.partition(":") for page in pages]
    lines = sorted((lang, int(number)) for lang, _, number in rows)
    write_bytes(out / PAGES, "".join(["lang\tpage_id\n", *(f"{lang}\t{n}\n" for lang, n in lines)]).encode())
    seen = sorted(mentions | triples)
    write_bytes(out / ENTITIES, "".join(["qid\n", *(f"{entity}\n" for entity in seen)]).encode())
    return ContaminationReport(
        tests={name: _summary(hashes, shares, places, threshold) for name, places in ranges.items()},
        pages=len(lines),
        entities=len(wanted),
        in_mentions=len(mentions),
        in_triples=len(triples),
    )


def _summary(hashes: Sequence[Hashes], shares: Sequence[float], places: range, threshold: float) -> Contamination:
    judged = [shares[n] for n in places if len(hashes[n])]
    return Contamination(
        contexts=len(places),
        too_short=len(places) - len(judged),
        contaminated=sum(share >= threshold for share in judged),
        mean_overlap=sum(judged) / len(judged) if judged else 0.0,
    )
