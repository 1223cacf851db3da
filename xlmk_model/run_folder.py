"""What a run belongs to: configuration, shards, tokenizer. A run folder is opened only with the same ones."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import InputError, MismatchError
from xlmk_model.checkpoint import write_text
from xlmk_model.config import TrainConfig, from_flat, to_flat
from xlmk_model.shards import Dataset

RUN_FORMAT = 1
DATA_CARD = "DATASET.md"
"""What `xlmk shards` writes about its sources: dumps with checksums, counts, licences."""
MAY_DIFFER = ("shards", "out", "run.", "data.workers", "data.forward_tokens")
"""Keys, or prefixes of keys, that a resumed run may change (shards are compared by digest instead)."""


@dataclass(frozen=True)
class RunIdentity:
    """Contents of RUN/config.json: the configuration and the digests of shards and tokenizer."""

    config: TrainConfig
    shards: str
    tokenizer: str
    encoder: dict[str, Any]


def write_identity(run: Path, identity: RunIdentity, dataset: Dataset) -> None:
    """Write RUN/config.json and copy the tokenizer and what the shards say of themselves: the run stands by itself."""
    shutil.copytree(dataset.folder / "tokenizer", run / "tokenizer", dirs_exist_ok=True)
    shutil.copyfile(dataset.folder / "dataset.json", run / "dataset.json")
    if (dataset.folder / DATA_CARD).is_file():
        shutil.copyfile(dataset.folder / DATA_CARD, run / DATA_CARD)
    content = {
        "format": RUN_FORMAT,
        "config": to_flat(identity.config),
        "shards": identity.shards,
        "tokenizer": identity.tokenizer,
        "encoder": identity.encoder,
    }
    write_text(run / "config.json", json.dumps(content, indent=2) + "\n")


def read_identity(run: Path) -> RunIdentity | None:
    """RUN/config.json; None if the folder holds no run. Raises InputError if the file is not what it should be."""
    path = run / "config.json"
    if not path.exists():
        return None
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["format"] != RUN_FORMAT:
            raise InputError(f"{path} has format {content['format']}, this trainer reads {RUN_FORMAT}")
        return RunIdentity(from_flat(content["config"]), content["shards"], content["tokenizer"], content["encoder"])
    except (json.JSONDecodeError, KeyError) as error:
        raise InputError(f"{path} is not the configuration of a run: {error!r}") from error


def is_run(folder: Path) -> bool:
    """Whether a folder is a run of ours (and not a Hugging Face model)."""
    return (folder / "config.json").exists() and (folder / "checkpoints").is_dir()


def may_differ(key: str) -> bool:
    """Whether a resumed run may change this key.

    >>> may_differ("run.threads"), may_differ("run.precision"), may_differ("optim.lr")
    (True, False, False)
    """
    return key != "run.precision" and any(
        key == name or (name.endswith(".") and key.startswith(name)) for name in MAY_DIFFER
    )


def check_identity(run: Path, found: RunIdentity, asked: RunIdentity) -> None:
    """Raise MismatchError, showing both sides, unless the run may be resumed with what is asked."""
    differences = []
    for name in ("shards", "tokenizer"):
        ours, theirs = getattr(found, name), getattr(asked, name)
        if ours != theirs:
            differences.append(f"{name}: run has {ours[:12]}, asked for {theirs[:12]}")
    before, now = to_flat(found.config), to_flat(asked.config)
    for key in before:
        if before[key] != now[key] and not may_differ(key):
            differences.append(f"{key}: run has {before[key]!r}, asked for {now[key]!r}")
    if differences:
        raise MismatchError(
            f"{run} cannot be resumed: {'; '.join(differences)}",
            next_step=f"another --out, or start from its weights with --init {run}",
        )
