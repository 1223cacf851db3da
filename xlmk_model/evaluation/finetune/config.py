"""What a fine-tuning is: model, files, seeds and the sizes of a step."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pipeline.errors import ConfigError
from xlmk_model.evaluation.qa.normalise import Rules
from xlmk_model.evaluation.tasks import TASKS, TestFile, parse_test

TaskName = Literal["mlqa", "xnli", "ner"]


@dataclass(frozen=True, kw_only=True)
class FinetuneConfig:
    """One fine-tuning, for several seeds. Defaults of `finetune_defaults` are XTREME's (Hu et al. 2020)."""

    task: str
    """`mlqa`, `xnli` or `ner`."""
    model: Path
    """XLM-R-shaped Hugging Face folder, or a run."""
    train: tuple[Path, ...]
    """Training files in the source language."""
    dev: tuple[Path, ...]
    """Files in the source language on which the best checkpoint is chosen."""
    tests: tuple[TestFile, ...]
    """Test files with their languages."""
    out: Path
    """Folder of the results; finished seeds there are skipped."""
    source_lang: str = "en"
    """Language of the training and dev files."""
    seeds: tuple[int, ...] = (1, 2, 3)
    """Seeds of the head's weights, the order of rows and dropout; each is a training of its own."""
    steps: int = 0
    """Optimizer steps; 0 = as many as `epochs` make."""
    epochs: float = 3.0
    """Passes over the training rows, if `steps` is 0."""
    batch: int = 32
    """Rows a step: windows of passages, pairs or sentences."""
    lr: float = 3e-5
    """Peak learning rate; it rises over the first `warmup_share` of the steps and falls linearly to 0."""
    warmup_share: float = 0.1
    """Share of the steps with a rising learning rate."""
    weight_decay: float = 0.01
    """AdamW's decay of matrices."""
    dropout: float = 0.1
    """Probability of dropping a hidden unit, in the encoder and before the head."""
    frozen_layers: int = 0
    """Lowest blocks that are not trained, nor are the embeddings then; 0 = everything is trained."""
    max_length: int = 384
    """Longest row in tokens, `<s>` and `</s>` included."""
    stride: int = 128
    """Tokens between the starts of two windows of a passage (mlqa)."""
    n_best: int = 20
    """Starts, ends and answers kept for each question (mlqa)."""
    max_answer: int = 30
    """Longest answer in tokens (mlqa)."""
    evaluations: int = 5
    """How often the dev set is scored, evenly spread over the steps, the last one included."""
    normalisation: Rules | None = None
    """Rules for comparing answers (mlqa); None = by language (see `xlmk_model.evaluation.qa.normalise`)."""
    forward_tokens: int = 16384
    """Most padded tokens of one forward pass; larger batches are cut and their gradients added up, exactly."""
    device: str = "auto"
    """`auto` takes a GPU if there is one."""

    def __post_init__(self) -> None:
        if self.task not in TASKS:
            raise ConfigError(f"task = {self.task!r}: known are {', '.join(TASKS)}")
        for name in ("train", "dev", "tests", "seeds"):
            if not getattr(self, name):
                raise ConfigError(f"{name}: at least one is needed", next_step=f"--{name.removesuffix('s')} ...")
        if len(set(self.seeds)) != len(self.seeds):
            raise ConfigError(f"seeds = {self.seeds}: each may come once")
        pairs = [test.pair for test in self.tests]
        if len(set(pairs)) != len(pairs):
            raise ConfigError(f"tests: {', '.join(pairs)}: each language may come once", next_step="--test LANG=FILE")
        for name in ("batch", "stride", "n_best", "max_answer", "evaluations", "forward_tokens"):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name} = {getattr(self, name)}: must be at least 1")
        if self.max_length < 16:
            raise ConfigError(f"max_length = {self.max_length}: must be at least 16")
        if self.steps < 0 or (self.steps == 0 and self.epochs <= 0):
            raise ConfigError(f"steps = {self.steps}, epochs = {self.epochs}: one of them must be above 0")
        if self.frozen_layers < 0:
            raise ConfigError(f"frozen_layers = {self.frozen_layers}: must not be negative")
        for name in ("warmup_share", "dropout"):
            if not 0 <= getattr(self, name) < 1:
                raise ConfigError(f"{name} = {getattr(self, name)}: must be from 0 to below 1")
        if self.lr <= 0:
            raise ConfigError(f"lr = {self.lr}: must be above 0")


_XTREME: dict[str, dict[str, float]] = {
    "mlqa": {"epochs": 3, "lr": 3e-5, "max_length": 384},
    "xnli": {"epochs": 5, "lr": 2e-5, "max_length": 128},
    "ner": {"epochs": 10, "lr": 2e-5, "max_length": 128},
}
"""Source: scripts/train_qa.sh, train_xnli.sh and train_panx.sh of github.com/google-research/xtreme (batch 32)."""


def finetune_defaults(task: str) -> dict[str, float]:
    """Epochs, learning rate and longest row that XTREME uses for a task.

    >>> finetune_defaults("ner")
    {'epochs': 10, 'lr': 2e-05, 'max_length': 128}
    """
    return dict(_XTREME[task])


def parse_tests(texts: tuple[str, ...]) -> tuple[TestFile, ...]:
    """`LANG=FILE` texts as test files."""
    return tuple(parse_test(text) for text in texts)


def parse_seeds(text: str) -> tuple[int, ...]:
    """Seeds separated by commas.

    >>> parse_seeds("1,2,3")
    (1, 2, 3)

    Raises ConfigError if one is no number of 0 or more.
    """
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdecimal() for part in parts):
        raise ConfigError(f"seeds = {text!r}: numbers separated by commas expected", next_step="--seeds 1,2,3")
    return tuple(int(part) for part in parts)
