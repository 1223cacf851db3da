"""Training on one seed: the loop that all tasks share. The best checkpoint is chosen on dev in the source language."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from xlmk_model.config import OptimConfig
from xlmk_model.errors import TrainingDivergedError
from xlmk_model.evaluation.encoder import Encoder
from xlmk_model.evaluation.finetune.config import FinetuneConfig
from xlmk_model.evaluation.finetune.model import TaskModel, loss_sum, target_count
from xlmk_model.evaluation.finetune.rows import Batch, Row, pad_rows, passes, training_rows
from xlmk_model.init import freeze
from xlmk_model.optim import clip_gradients, gradient_norm, learning_rate, new_optimizer, set_learning_rate
from xlmk_model.sampling import keyed_seed

Progress = Callable[[str], None]
CLIP_NORM = 1.0


@dataclass(frozen=True, kw_only=True)
class Best:
    """The chosen checkpoint: its step (finished steps) and its score on dev (percent)."""

    step: int
    score: float


def device_of(name: str) -> torch.device:
    """The device of that name; `auto` is a GPU if there is one."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    return torch.device(name)


def step_count(config: FinetuneConfig, rows: int) -> int:
    """Optimizer steps of the training.

    >>> from xlmk_model.evaluation.tasks import parse_test
    >>> one = (Path("x"),)
    >>> config = FinetuneConfig(
    ...     task="ner", model=one[0], train=one, dev=one, tests=(parse_test("de=x"),), out=one[0], batch=32, epochs=2
    ... )
    >>> step_count(config, 100)
    7
    """
    return config.steps or max(1, -(-int(rows * config.epochs) // config.batch))


def evaluation_steps(steps: int, evaluations: int) -> list[int]:
    """Finished steps after which dev is scored, the last one included.

    >>> evaluation_steps(10, 4), evaluation_steps(2, 5)
    ([2, 5, 8, 10], [1, 2])
    """
    return sorted({max(1, round(steps * n / evaluations)) for n in range(1, evaluations + 1)})


def row_scores(model: TaskModel, rows: Sequence[Row], config: FinetuneConfig) -> list[Tensor]:
    """The head's scores of each row, on the CPU: [L, C] without padding, for `xnli` [C]."""
    found: list[Tensor] = [torch.empty(0)] * len(rows)
    device = next(model.parameters()).device
    model.eval()
    with torch.inference_mode():
        for chosen in passes(rows, config.forward_tokens):
            batch = pad_rows([rows[n] for n in chosen], model.encoder.pad)
            scores = model(batch.ids.to(device), batch.lengths.to(device)).cpu()
            for place, n in enumerate(chosen):
                found[n] = scores[place] if scores.ndim == 2 else scores[place, : len(rows[n].ids)].clone()
    return found


def train_step(model: TaskModel, rows: Sequence[Row], config: FinetuneConfig) -> float:
    """Adds up the gradients of the mean loss of these rows and returns that loss."""
    device = next(model.parameters()).device
    batches = [pad_rows([rows[n] for n in chosen], model.encoder.pad) for chosen in passes(rows, config.forward_tokens)]
    total = sum(target_count(batch.target, config.task) for batch in batches)
    loss = 0.0
    for batch in batches:
        moved = Batch(ids=batch.ids.to(device), lengths=batch.lengths.to(device), target=batch.target.to(device))
        part = loss_sum(model(moved.ids, moved.lengths), moved, config.task) / max(1, total)
        part.backward()  # type: ignore[no-untyped-call]
        loss += float(part.detach())
    return loss


def train_seed(
    encoder: Encoder,
    config: FinetuneConfig,
    *,
    seed: int,
    classes: int,
    rows: Sequence[Row],
    dev_score: Callable[[TaskModel], float],
    scratch: Path,
    progress: Progress,
) -> tuple[TaskModel, Best]:
    """Fine-tunes `encoder` (its weights change) and returns it as it was where `dev_score` was highest, first if equal.

    `scratch` is a file for the best weights so far. Raises TrainingDivergedError if the loss is no number.
    """
    device = device_of(config.device)
    freeze(encoder.body, config.frozen_layers)
    model = TaskModel(encoder, task=config.task, classes=classes, dropout=config.dropout, seed=seed).to(device)
    steps = step_count(config, len(rows))
    optim = OptimConfig(
        lr=config.lr,
        warmup_steps=int(steps * config.warmup_share),
        weight_decay=config.weight_decay,
        beta2=0.999,
        eps=1e-8,
    )
    optimizer = new_optimizer(model, optim)
    best: Best | None = None
    due = set(evaluation_steps(steps, config.evaluations))
    gpus = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(devices=gpus):
        for step in range(steps):
            torch.manual_seed(keyed_seed("finetune", "dropout", seed, step))
            model.train()
            set_learning_rate(optimizer, learning_rate(step, steps=steps, config=optim))
            optimizer.zero_grad(set_to_none=True)
            chosen = [rows[n] for n in training_rows(len(rows), config.batch, step, seed)]
            loss = train_step(model, chosen, config)
            norm = gradient_norm(model)
            if not (math.isfinite(loss) and math.isfinite(norm)):
                raise TrainingDivergedError(
                    f"seed {seed}, step {step}: loss {loss}, gradient norm {norm}",
                    next_step=f"--lr {config.lr / 3:.1g}",
                )
            clip_gradients(model, norm, CLIP_NORM)
            optimizer.step()
            progress(f"{config.task} seed {seed}: step {step + 1}/{steps}, loss {loss:.3f}")
            if step + 1 in due:
                score = dev_score(model)
                progress(f"# seed {seed}, step {step + 1}/{steps}: loss {loss:.3f}, dev {score:.2f}")
                if best is None or score > best.score:
                    best = Best(step=step + 1, score=score)
                    save_file({name: value.contiguous() for name, value in model.state_dict().items()}, scratch)
    assert best is not None
    model.load_state_dict(load_file(scratch))
    scratch.unlink()
    return model, best
