"""Small fine-tunings of every model on the named cuts, English to other languages, one seed of the task each."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from cli.workflows.real_text.branches import Sizes
from cli.workflows.real_text.sets import TaskFiles
from xlmk_model.evaluation.compare import Difference, paired_differences
from xlmk_model.evaluation.finetune.config import FinetuneConfig
from xlmk_model.evaluation.finetune.run import finetune
from xlmk_model.evaluation.results import read_results
from xlmk_model.evaluation.tasks import TASKS, Floats, TestFile

TASK_SEED = 1
_SETTINGS: dict[str, dict[str, Any]] = {
    "ner": {"batch": 16, "lr": 2e-4, "max_length": 64},
    "xnli": {"batch": 16, "lr": 1e-4, "max_length": 80},
    "mlqa": {"batch": 8, "lr": 2e-4, "max_length": 192, "stride": 96},
}
"""Larger rates than XTREME's, since there are a few dozen steps; only the upper six blocks are trained."""


def fine_tune(
    task: str, model: Path, files: TaskFiles, out: Path, *, sizes: Sizes, progress: Callable[[str], None]
) -> dict[str, dict[str, float]]:
    """Metrics by language (percent); a finished one is skipped."""
    steps = {"ner": sizes.ner_steps, "xnli": sizes.xnli_steps, "mlqa": sizes.qa_steps}[task]
    config = FinetuneConfig(
        task=task,
        model=model,
        train=(files.train,),
        dev=(files.dev,),
        tests=tuple(TestFile(lang=lang, question_lang=lang, path=path) for lang, path in files.tests.items()),
        out=out,
        seeds=(TASK_SEED,),
        steps=steps,
        evaluations=2,
        frozen_layers=6,
        normalisation="squad" if task == "mlqa" else None,
        forward_tokens=2048,
        device="cpu",
        **_SETTINGS[task],
    )
    return finetune(config, progress=progress, warn=progress).mean


def task_differences(task: str, first: Mapping[int, Path], second: Mapping[int, Path]) -> list[Difference]:
    """`second - first` by language and metric: folders of results by seed of the branch."""
    sides: list[dict[int, dict[str, Floats]]] = [
        {seed: read_results(folder)[1][TASK_SEED] for seed, folder in side.items()} for side in (first, second)
    ]
    return paired_differences(TASKS[task], sides[0], sides[1], resamples=2000)
