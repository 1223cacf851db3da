"""`xlmk shards`: the tables of a knowledge base → what the trainer reads.

passages + mentions ─ SpillJob ─▶ spills ─ BucketJob ─▶ mlm/ mep/      per language, shuffled
entity_texts, properties, leads ─ TextsJob ───────────▶ texts/
triples ─ TriplesJob ─────────────────────────────────▶ oe/            train, valid, test, facts
entities ─ EntitiesJob ───────────────────────────────▶ entities/
all manifests ────────────────────────────────────────▶ dataset.json, DATASET.md
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.config.shards import ShardsConfig
from pipeline.errors import JobFailedError
from pipeline.examples.splits import SPLITS
from pipeline.jobs.engine import JobReport, RunOptions, plan_digest, run_job
from pipeline.jobs.shards_buckets import BucketJob
from pipeline.jobs.shards_dataset import Counts, DatasetParts, described, dropped_mentions, write_dataset
from pipeline.jobs.shards_facts import EntitiesJob, TriplesJob
from pipeline.jobs.shards_inputs import ShardsInputs, files_digest, read_inputs
from pipeline.jobs.shards_rows import PassageOptions
from pipeline.jobs.shards_spec import SPILL, share_tokenizer
from pipeline.jobs.shards_spill import SpillJob
from pipeline.jobs.shards_texts import TextsJob, text_items
from pipeline.manifest.digests import digest, input_digest
from pipeline.manifest.items import WorkItem
from pipeline.manifest.publish import Manifest, is_published
from pipeline.manifest.storage import read_json, remove_tree, target_error
from pipeline.tokenizer import Tokenizer, load_tokenizer
from pipeline.transforms.run_item import Job

TRIPLES_BUCKET_BYTES = 256 << 20


@dataclass(frozen=True, kw_only=True)
class ShardsReport:
    """What the shards hold. `counts`: language → name → number; `tables`: folder → rows; `meta` is dataset.json."""

    items: int
    items_skipped: int
    seconds: float
    tables: dict[str, int]
    counts: dict[str, Counts]
    meta: dict[str, object]

    @property
    def digest(self) -> str:
        """Identity of the data set."""
        return str(self.meta["digest"])

    @property
    def languages(self) -> dict[str, Any]:
        """Language → objective → split → rows and tokens, as in dataset.json."""
        languages = self.meta["languages"]
        assert isinstance(languages, dict)
        return languages


@dataclass(frozen=True, kw_only=True)
class PassagesReport:
    """Both passes over one language."""

    reports: list[JobReport]
    counts: Counts


def build_shards(config: ShardsConfig, options: RunOptions) -> ShardsReport:
    """Builds the shards; what is there already and made from the same tables with the same options is kept.

    `dataset.json` appears last and goes first: a folder that has it is complete. Raises XlmkError with the next command
    for tables, tokenizers or targets that will not do.
    """
    tokenizer = load_tokenizer(config.tokenizer)
    try:
        inputs = read_inputs(config)
        plan = digest([inputs.digest, tokenizer.digest, described(config)])
        forget_others(config.out, inputs.languages, plan)
        tokenizer.write(config.out / "tokenizer")
        share_tokenizer(tokenizer)
        passages = {lang: build_passages(config, options, inputs, tokenizer, lang) for lang in inputs.languages}
        others = [run_job(job, items, options) for job, items in other_jobs(config, inputs, tokenizer)]
        remove_tree(config.out / "spills")
        counts = {lang: found.counts for lang, found in passages.items()}
        parts = DatasetParts(
            config=config, inputs=inputs, tokenizer=tokenizer.describe(), passages=counts, others=others, plan=plan
        )
        meta = write_dataset(parts)
    except OSError as error:
        raise target_error(config.out, error) from error
    reports = [report for found in passages.values() for report in found.reports] + others
    tables: Counter[str] = Counter()
    for report in reports:
        tables.update({name: rows for name, rows in report.tables.items() if name != SPILL.name})
    return ShardsReport(
        items=sum(report.items for report in reports),
        items_skipped=sum(report.items_skipped for report in reports),
        seconds=round(sum(report.seconds for report in reports), 3),
        tables=dict(tables),
        counts=counts,
        meta=meta,
    )


def forget_others(out: Path, languages: tuple[str, ...], plan: str) -> None:
    """Takes away `dataset.json` where it describes other shards than these, and the shards of other languages."""
    meta = read_json(out / "dataset.json")
    if meta is None or meta.get("plan") != plan:
        (out / "dataset.json").unlink(missing_ok=True)
    for folder in sorted(out.glob("m[le][mp]/lang=*")):
        lang = folder.name.partition("=")[2]
        if lang not in languages:
            remove_tree(folder)
            remove_tree(out / "jobs" / f"shards-{lang}")
            (out / "manifests" / f"shards-{lang}.json").unlink(missing_ok=True)


def build_passages(
    config: ShardsConfig, options: RunOptions, inputs: ShardsInputs, tokenizer: Tokenizer, lang: str
) -> PassagesReport:
    """MLM's and MEP's shards of one language: both passes, unless they are there already."""
    files, mentions = inputs.files("passages", lang), inputs.files("mentions", lang)
    size = sum(path.stat().st_size for path in files)
    buckets = bucket_count(size, config.bucket_bytes)
    spill = SpillJob(
        root=str(config.out),
        lang=lang,
        options=PassageOptions(
            tokenizer_digest=tokenizer.digest,
            max_tokens=config.max_tokens,
            min_tokens=config.min_tokens,
            max_mentions=config.max_mentions,
            mention_sources=tuple(sorted(set(config.mention_sources))),
            pack=config.pack,
            valid_pages=config.valid_pages,
            test_pages=config.test_pages,
            split_seed=config.split_seed,
            shuffle_seed=config.shuffle_seed,
            entities_digest=inputs.mention_digests[lang],
            bits=buckets.bit_length() - 1,
        ),
        mention_files=tuple(str(path) for path in mentions),
        helpers=str(inputs.helpers),
    )
    own = files_digest(mentions)
    spill_items = [
        WorkItem(path.stem.removeprefix("part-"), path.stat().st_size, digest([input_digest(path), own]), (str(path),))
        for path in files
    ]
    job = BucketJob(root=str(config.out), lang=lang, buckets=buckets, spill_digest=plan_digest(spill.spec, spill_items))
    items = job.items(size)
    reports: list[JobReport] = []
    first: list[dict[str, object]] = []
    if is_published(job.spec, plan_digest(job.spec, items)) is None:
        reports.append(run_job(spill, spill_items, options, check=check_first_pass))
        first = [{"job": spill.spec.label, "counts": reports[0].counts}]
    reports.append(run_job(job, items, options, inputs=first, check=check_second_pass))
    remove_tree(spill.spec.published_folder(SPILL.name))
    remove_tree(spill.spec.work)
    spill.spec.manifest_path.unlink(missing_ok=True)
    return PassagesReport(reports=reports, counts=passage_counts(read_json(job.spec.manifest_path) or {}))


def bucket_count(size: int, bucket_bytes: int) -> int:
    """Shard files for so many bytes of passages: a power of two.

    >>> [bucket_count(size, 100) for size in (0, 100, 101, 350, 450)]
    [1, 1, 2, 4, 8]
    """
    return 1 << max(0, -(-size // bucket_bytes) - 1).bit_length()


def passage_counts(manifest: Manifest) -> Counts:
    """The counts of both passes, from the manifest of the second."""
    inputs, counts = manifest["inputs"], manifest["counts"]
    assert isinstance(inputs, list) and isinstance(counts, dict)
    return {**inputs[0]["counts"], **counts}


def check_first_pass(manifest: Manifest) -> None:
    """Mentions in = mentions in the spills + mentions dropped by reason."""
    counts = manifest["counts"]
    assert isinstance(counts, dict)
    dropped = sum(dropped_mentions(counts).values())
    found, spilled = counts.get("mentions_in", 0), counts.get("mentions_spilled", 0)
    if found != spilled + dropped:
        raise JobFailedError(f"{found} mentions in, {spilled} out and {dropped} dropped do not add up")


def check_second_pass(manifest: Manifest) -> None:
    """Mentions in the spills = mentions in the shards + mentions of duplicates."""
    counts = passage_counts(manifest)
    out = sum(counts[f"mep_{split}_mentions"] for split in SPLITS)
    spilled, twice = counts.get("mentions_spilled", 0), counts.get("mentions_duplicate", 0)
    if spilled != out + twice:
        raise JobFailedError(f"{spilled} mentions spilled, {out} out and {twice} in duplicates do not add up")


def other_jobs(
    config: ShardsConfig, inputs: ShardsInputs, tokenizer: Tokenizer
) -> Iterator[tuple[Job, list[WorkItem]]]:
    """The jobs that belong to no language, each with its items."""
    root, languages = str(config.out), list(inputs.text_languages)
    texts = TextsJob(
        root=root,
        tokenizer_digest=tokenizer.digest,
        max_text_tokens=config.max_text_tokens,
        entity_text=config.entity_text,
    )
    tables = ("entity_texts", "properties", "leads") if config.entity_text == "lead" else ("entity_texts", "properties")
    yield texts, [item for table in tables for item in text_items(table, inputs.files(table), languages)]
    files = inputs.files("triples")
    size = sum(path.stat().st_size for path in files)
    buckets = bucket_count(size, TRIPLES_BUCKET_BYTES)
    triples = TriplesJob(
        root=root,
        files=tuple(str(path) for path in files),
        buckets=buckets,
        helpers=str(inputs.helpers),
        helpers_digest=inputs.facts_digest,
        holdout_triples=config.holdout_triples,
        split_seed=config.split_seed,
        shuffle_seed=config.shuffle_seed,
    )
    own = files_digest(files)
    yield triples, [WorkItem(f"{n:05d}-of-{buckets:05d}", size // buckets, own, (n,)) for n in range(buckets)]
    entities = EntitiesJob(root=root, helpers=str(inputs.helpers), helpers_digest=inputs.facts_digest)
    yield (
        entities,
        [
            WorkItem(path.stem.removeprefix("part-"), path.stat().st_size, input_digest(path), (str(path),))
            for path in inputs.files("entities")
        ],
    )
