"""`xlmk evaluate TASK --model`: all seeds of a fine-tuning, each resumable, and their results as files."""

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from pipeline.errors import MismatchError
from pipeline.manifest.digests import input_digest
from pipeline.manifest.storage import atomic_path, read_json, write_bytes, write_json
from xlmk_model.evaluation.encoder import model_digest, open_encoder
from xlmk_model.evaluation.finetune.adapters import AnyAdapter, adapter_of
from xlmk_model.evaluation.finetune.config import FinetuneConfig
from xlmk_model.evaluation.finetune.loop import Progress, row_scores, train_seed
from xlmk_model.evaluation.finetune.model import TaskModel
from xlmk_model.evaluation.results import FORMAT, IDENTITY, ITEMS, Results, write_results
from xlmk_model.evaluation.scoring import Warn, read_test
from xlmk_model.evaluation.tasks import TASKS, TestFile, report_by_language

_NO_IDENTITY = ("out", "seeds", "device", "forward_tokens", "model", "train", "dev", "tests")
"""Settings that may differ when a folder of results is used again; files count by content."""


def identity(config: FinetuneConfig) -> dict[str, Any]:
    """What results depend on besides the seed: settings, and digests of model and files."""
    settings = {key: value for key, value in asdict(config).items() if key not in _NO_IDENTITY}
    if not config.frozen_layers:  # folders from before there was this setting stay valid
        del settings["frozen_layers"]
    return {
        **settings,
        "model": model_digest(config.model),
        "train": [input_digest(path) for path in config.train],
        "dev": [input_digest(path) for path in config.dev],
        "tests": {test.pair: input_digest(test.path) for test in config.tests},
    }


def _check_folder(config: FinetuneConfig, own: dict[str, Any]) -> None:
    """Writes what the folder belongs to, or checks it; raises MismatchError showing both sides."""
    path = config.out / IDENTITY
    found = read_json(path)
    if found is None:
        config.out.mkdir(parents=True, exist_ok=True)
        write_json(path, own)
        return
    differing = [key for key in {**found, **own} if found.get(key) != own.get(key)]
    if differing:
        sides = "; ".join(f"{key}: there {found.get(key)!r}, asked for {own.get(key)!r}" for key in differing)
        raise MismatchError(f"{config.out} holds results of another fine-tuning: {sides}", next_step="another --out")


def _dev_scorer(adapter: AnyAdapter, config: FinetuneConfig) -> Callable[[TaskModel], float]:
    """A function: model → the task's main metric (percent) over all dev files."""
    task, lang = TASKS[config.task], config.source_lang
    examples: list[Any] = [item for path in config.dev for item in adapter.read(path, lang)]
    rows = adapter.rows(examples, training=False)

    def score(model: TaskModel) -> float:
        scored = adapter.score(examples, rows, row_scores(model, rows, config), lang, "dev")
        return task.aggregate(scored.items)[task.main]

    return score


def run_seed(config: FinetuneConfig, seed: int, *, progress: Progress) -> dict[str, Any]:
    """One training, scored on all test files; writes predictions and returns the content of its `complete.json`."""
    folder = config.out / f"seed-{seed}"
    folder.mkdir(parents=True, exist_ok=True)
    encoder = open_encoder(config.model, dropout=config.dropout)
    adapter = adapter_of(encoder, config)
    training: list[Any] = [item for path in config.train for item in adapter.read(path, config.source_lang)]
    rows = adapter.rows(training, training=True)
    model, best = train_seed(
        encoder,
        config,
        seed=seed,
        classes=adapter.classes,
        rows=rows,
        dev_score=_dev_scorer(adapter, config),
        scratch=folder / "best.safetensors",
        progress=progress,
    )
    scored = []
    for test in config.tests:
        progress(f"{config.task} seed {seed}: scoring {test.pair}")
        examples: Any = adapter.read(test.path, test.lang)
        test_rows = adapter.rows(examples, training=False)
        key = test.pair.replace("/", "-")
        found = adapter.score(examples, test_rows, row_scores(model, test_rows, config), test.lang, key)
        for name, text in found.files.items():
            with atomic_path(folder / name) as staged:
                staged.write_text(text, encoding="utf-8")
        scored.append((test, found.items))
    metrics, items = report_by_language(TASKS[config.task], scored)
    dev = {"step": best.step, TASKS[config.task].main: best.score}
    scores = {key: values.tolist() for key, values in items.items()}
    write_bytes(folder / ITEMS, json.dumps(scores, sort_keys=True).encode())
    complete = {"format": FORMAT, "seed": seed, "dev": dev, "test": metrics}
    write_json(folder / "complete.json", complete)
    return complete


def finetune(config: FinetuneConfig, *, progress: Progress, warn: Warn) -> Results:
    """Fine-tunes once a seed, skipping finished ones, and writes OUT/results.json and OUT/results.csv.

    Training and choice of the checkpoint see the source language alone (zero-shot transfer). Raises InputError for
    files that cannot be used before anything is trained, MismatchError if OUT holds results of other settings.
    """
    source = config.source_lang
    given = [TestFile(lang=source, question_lang=source, path=path) for path in (*config.train, *config.dev)]
    for file in (*given, *config.tests):
        read_test(config.task, file, warn)
    _check_folder(config, identity(config))
    seeds = {}
    for seed in config.seeds:
        done = read_json(config.out / f"seed-{seed}" / "complete.json")
        if done is not None and done.get("format") == FORMAT:
            progress(f"# seed {seed}: finished before, skipped")
        else:
            done = run_seed(config, seed, progress=progress)
        seeds[seed] = done
    return write_results(config.out, task=TASKS[config.task], source_lang=config.source_lang, seeds=seeds)
