"""The run folder: checkpoints that are whole or not there, and the pointers to the latest and the best.

    RUN/config.json                      what the run belongs to (see `xlmk_model.run_folder`)
    RUN/metrics.jsonl                    one JSON object a line
    RUN/latest, RUN/best                 name of a checkpoint each
    RUN/checkpoints/step-000300/         model.safetensors, optimizer.safetensors, state.json, and
                                         hard_negatives.safetensors where they are mined

A checkpoint is written in a folder of another name, flushed to disk and renamed; then the pointer is replaced. Killed
at any moment, the pointer names a whole checkpoint. Nothing is pickled. Random numbers need no state: they are
functions of (seed, step); `counters` is the data position.
"""

import json
import os
import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path

from safetensors.torch import load_file, save_file
from torch import Tensor

from pipeline.errors import InputError, MissingTableError, TargetError

MINED = "hard_negatives.safetensors"
FILES = ("model.safetensors", "optimizer.safetensors", "state.json")


@dataclass(frozen=True, kw_only=True)
class TrainState:
    """Where a run is: everything of it that is not a tensor. `step` counts finished steps."""

    step: int = 0
    counters: dict[str, int] = field(default_factory=dict)
    sums: dict[str, float] = field(default_factory=dict)
    skipped: int = 0
    skipped_in_a_row: int = 0
    norm_mean: float = 0.0
    best_loss: float | None = None
    tokens: int = 0


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """What a checkpoint holds: tensors of the model (with buffers) and of the optimizer by name, and the state.

    `mined` is the table of hard negatives; None where none are mined.
    """

    model: dict[str, Tensor]
    optimizer: dict[str, Tensor]
    state: TrainState
    mined: dict[str, Tensor] | None = None


def write_text(path: Path, text: str) -> None:
    """Replace a small file atomically."""
    staged = path.with_name(f".{path.name}.staged")
    with staged.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(staged, path)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def save_checkpoint(run: Path, checkpoint: Checkpoint, *, keep: int, best: bool) -> Path:
    """Write a checkpoint, point `latest` (and `best`) at it and remove all but the `keep` newest and the best.

    Raises TargetError if the disk refuses; the run's earlier checkpoints are then untouched.
    """
    folder = run / "checkpoints" / f"step-{checkpoint.state.step:06d}"
    staging = folder.with_name(f".{folder.name}")
    try:
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir(parents=True)
        save_file(checkpoint.model, staging / FILES[0])
        save_file(checkpoint.optimizer, staging / FILES[1])
        (staging / FILES[2]).write_text(json.dumps(asdict(checkpoint.state)), encoding="utf-8")
        if checkpoint.mined is not None:
            save_file(checkpoint.mined, staging / MINED)
        for path in staging.iterdir():
            _flush(path)
        shutil.rmtree(folder, ignore_errors=True)
        os.rename(staging, folder)
        _flush(folder.parent)
        write_text(run / "latest", f"{folder.name}\n")
        if best:
            write_text(run / "best", f"{folder.name}\n")
    except OSError as error:
        raise TargetError(f"checkpoint {folder} could not be written: {error}", next_step="run again") from error
    remove_old(run, keep)
    return folder


def remove_old(run: Path, keep: int) -> None:
    """Remove checkpoints but the `keep` newest and those pointed at, and what killed saves left behind."""
    pointed = {pointer(run, name) for name in ("latest", "best")}
    whole = sorted(path for path in (run / "checkpoints").iterdir() if path.name.startswith("step-"))
    stays = set(whole[-keep:])
    for path in (run / "checkpoints").iterdir():
        if path not in stays and path not in pointed:
            shutil.rmtree(path)


def pointer(run: Path, name: str) -> Path | None:
    """The checkpoint that `latest` or `best` names; None if there is none yet."""
    path = run / name
    return run / "checkpoints" / path.read_text(encoding="utf-8").strip() if path.exists() else None


def load_state(folder: Path) -> TrainState:
    """state.json of a checkpoint."""
    return TrainState(**json.loads((folder / "state.json").read_text(encoding="utf-8")))


def load_checkpoint(folder: Path) -> Checkpoint:
    """Read a checkpoint; raises InputError if a file of it is missing."""
    missing = [name for name in FILES if not (folder / name).is_file()]
    if missing:
        raise InputError(f"checkpoint {folder} lacks {', '.join(missing)}", next_step="point `latest` at another one")
    return Checkpoint(
        model=load_file(folder / FILES[0]),
        optimizer=load_file(folder / FILES[1]),
        state=load_state(folder),
        mined=load_file(folder / MINED) if (folder / MINED).exists() else None,
    )


def latest_checkpoint(run: Path) -> Path:
    """The newest whole checkpoint of a run; raises MissingTableError if there is none."""
    found = pointer(run, "latest")
    if found is None:
        raise MissingTableError(f"{run} has no checkpoint", next_step=f"xlmk train --out {run} ...")
    return found
