"""Paired bootstrap of two folders: what is clear is found, what is noise is not, other test sets are refused."""

import json
from pathlib import Path

import numpy as np
import pytest

from pipeline.errors import InputError, MismatchError
from xlmk_model.evaluation.compare import compare, resampled
from xlmk_model.evaluation.results import write_results
from xlmk_model.evaluation.tasks import TASKS, Floats


def write_folder(folder: Path, task: str, seeds: dict[int, dict[str, Floats]], tests: str = "same") -> Path:
    done = {}
    for seed, items in seeds.items():
        path = folder / f"seed-{seed}"
        path.mkdir(parents=True)
        (path / "items.json").write_text(json.dumps({lang: scores.tolist() for lang, scores in items.items()}))
        test = {lang: TASKS[task].aggregate(scores) for lang, scores in items.items()}
        done[seed] = {"test": test, "dev": {"step": 1}}
    (folder / "finetune.json").write_text(json.dumps({"task": task, "tests": tests}))
    write_results(folder, task=TASKS[task], source_lang="en", seeds=done)
    return folder


def correct(share: float, count: int, seed: int) -> Floats:
    return (np.random.default_rng(seed).random((count, 1)) < share).astype(np.float64)


def test_a_clear_difference_is_significant_and_noise_is_not(tmp_path: Path) -> None:
    same = correct(0.6, 400, 1)
    first = write_folder(
        tmp_path / "a",
        "xnli",
        {1: {"de": correct(0.5, 400, 0), "fr": same}, 2: {"de": correct(0.5, 400, 2), "fr": same}},
    )
    second = write_folder(tmp_path / "b", "xnli", {1: {"de": correct(0.8, 400, 3), "fr": same}})
    found = {row.lang: row for row in compare(first, second, resamples=1000)}
    assert list(found) == ["de", "fr", "average"]
    assert found["de"].p < 0.01
    assert found["de"].low > 15
    assert (found["fr"].difference, found["fr"].p) == (0.0, 1.0)
    assert found["average"].difference == pytest.approx(found["de"].difference / 2)
    again = compare(first, second, resamples=1000)
    assert again == list(found.values())
    assert compare(first, second, resamples=1000, seed=1) != again


def test_resampled_metrics_equal_those_of_the_drawn_items() -> None:
    """The weighted-mean shortcut against drawing the items themselves, for entity F1, which is no mean of items."""
    random = np.random.default_rng(0)
    counts = random.integers(1, 5, size=(30, 3)).astype(np.float64)
    counts[:, 0] = np.minimum(counts[:, 0], counts[:, 1:].min(axis=1))
    task = TASKS["ner"]
    rows = random.integers(30, size=30)
    weights = np.bincount(rows, minlength=30) / 30
    assert task.aggregate((weights @ counts)[None]) == pytest.approx(task.aggregate(counts[rows]))
    ours, theirs = resampled({1: counts}, {1: counts}, task, resamples=500, seed=0, key="x")
    assert ours.shape == (500, 3)
    assert np.array_equal(ours, theirs)
    assert ours[:, 2].mean() == pytest.approx(task.aggregate(counts)["f1"], abs=1.0)


def test_results_of_other_test_files_are_refused(tmp_path: Path) -> None:
    first = write_folder(tmp_path / "a", "xnli", {1: {"de": correct(0.5, 9, 0)}})
    second = write_folder(tmp_path / "b", "xnli", {1: {"de": correct(0.5, 9, 0)}}, tests="other")
    with pytest.raises(MismatchError, match="not comparable: tests is 'same' and 'other'"):
        compare(first, second)
    with pytest.raises(InputError, match=r"holds no results\.json"):
        compare(first, tmp_path)
