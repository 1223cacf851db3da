"""`xlmk demo`: the whole job on the sample world, ending with one screen."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from cli.workflows.demo_report import DemoReport
from cli.workflows.screen import demo_screen
from cli.workflows.stages import Places, Progress, Stopwatch, Tables, sample_to_tables
from pipeline.config.shards import ShardsConfig
from pipeline.jobs.engine import RunOptions
from pipeline.jobs.shards import ShardsReport, build_shards
from pipeline.jobs.tokenizer import train_tokenizer
from pipeline.manifest.storage import write_bytes, write_json
from xlmk_model import config as configs
from xlmk_model.evaluation.retrieval import evaluate_retrieval
from xlmk_model.trainer import TrainReport, train_to_end

LANGUAGES = ("en", "de", "ru", "ar", "ja")
PIECES_PER_LANGUAGE = 900
"""Vocabulary: small enough for a model under a million parameters, large enough for names of one or two pieces."""
HOLDOUT_ENTITIES = 0.15
"""Share of the entities that training never sees linked; more than the default, so that a small world has enough."""
PAGES_HELD_OUT = 0.08
"""Share of the pages for validation, and again for testing."""


def run_demo(
    out: Path,
    progress: Progress,
    *,
    languages: Sequence[str] = LANGUAGES,
    steps: int | None = None,
    seed: int = 0,
    workers: int = 1,
) -> DemoReport:
    """Dumps → tables → shards → training → evaluation → report, all below `out`. Repeating it resumes."""
    places, watch = Places(out=out), Stopwatch(progress=progress)
    options = RunOptions(workers=workers, progress=progress)
    tables, shards = tables_and_shards(places, languages, options, watch)
    training = train_on(places, watch, steps=steps, seed=seed)
    with watch.stage("evaluate"):
        before = evaluate_retrieval(places.run, places.shards, initial=True)
        after = evaluate_retrieval(places.run, places.shards)
    report = DemoReport(
        places=places,
        tables=tables,
        shards=shards,
        training=training,
        before=before,
        after=after,
        seconds=watch.seconds,
    )
    write_json(out / "report.json", report.to_json())
    write_bytes(out / "report.txt", ("\n".join(demo_screen(report)) + "\n").encode())
    return report


def tables_and_shards(
    places: Places, languages: Sequence[str], options: RunOptions, watch: Stopwatch
) -> tuple[Tables, ShardsReport]:
    """The data half: sample world → tables → tokenizer → shards, with more held out than by default."""
    tables = sample_to_tables(places, languages, options, watch)
    with watch.stage("tokenizer"):
        train_tokenizer(places.root, PIECES_PER_LANGUAGE * len(languages), places.tokenizer)
    with watch.stage("shards"):
        config = ShardsConfig(
            root=places.root,
            tokenizer=places.tokenizer,
            out=places.shards,
            holdout_entities=HOLDOUT_ENTITIES,
            valid_pages=PAGES_HELD_OUT,
            test_pages=PAGES_HELD_OUT,
        )
        return tables, build_shards(config, options)


def train_on(places: Places, watch: Stopwatch, *, steps: int | None, seed: int) -> TrainReport:
    """Trains the tiny preset on the demo's shards; `steps` shortens its schedule in proportion."""
    config = replace(configs.preset("tiny", shards=places.shards, out=places.run), seed=seed)
    if steps is not None and steps != config.steps:
        share = steps / config.steps
        config = replace(
            config,
            steps=steps,
            knowledge=replace(config.knowledge, start_step=round(config.knowledge.start_step * share)),
            optim=replace(config.optim, warmup_steps=round(config.optim.warmup_steps * share)),
        )
    with watch.stage("train"):
        return train_to_end(config, progress=watch.progress)
