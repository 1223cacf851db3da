"""A folder of memory-mapped arrays beside the shards, built once from Parquet, keyed by digest, published whole."""

import json
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pipeline.errors import TargetError

FORMAT = 2
"""Bumped by hand when the arrays change."""

Arrays = dict[str, npt.NDArray[np.generic]]


def cache_folders(shards: Path, digest: str) -> list[Path]:
    """Where the cache of these shards may lie, best place first: inside the shards, else the user's cache folder."""
    name = f"arrays-{FORMAT}-{digest[:32]}"
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return [shards / ".cache" / name, home / "xlmk" / name]


def load_arrays(folder: Path) -> Arrays:
    """The arrays of a published cache folder, memory-mapped read-only (empty ones cannot be mapped: loaded)."""
    names: list[str] = json.loads((folder / "complete.json").read_text())["arrays"]
    loaded: Arrays = {}
    for name in names:
        path = folder / f"{name}.npy"
        array = np.load(path, mmap_mode=None if path.stat().st_size <= 128 else "r", allow_pickle=False)
        loaded[name] = np.asarray(array)  # the same pages as a plain array: a memmap's own indexing is slow
    return loaded


def open_cache(shards: Path, digest: str, build: Callable[[Path], list[str]]) -> Arrays:
    """Load the arrays of these shards, building them at first use.

    `build(folder)` writes `NAME.npy` files and returns their names. It works in a temporary folder that is renamed when
    complete, so that a killed build leaves nothing that is taken for whole, and of two at once one wins.
    Raises TargetError if none of the places can be written.
    """
    folders = cache_folders(shards, digest)
    for folder in folders:
        if (folder / "complete.json").exists():
            return load_arrays(folder)
    refusals = []
    for folder in folders:
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            staging = Path(tempfile.mkdtemp(prefix=".building-", dir=folder.parent))
        except OSError as error:
            refusals.append(f"{folder.parent}: {error.strerror}")
            continue
        try:
            names = build(staging)
            (staging / "complete.json").write_text(json.dumps({"arrays": names, "digest": digest}))
            _publish(staging, folder)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
        return load_arrays(folder)
    raise TargetError(f"no place for the trainer's cache: {'; '.join(refusals)}", next_step="export XDG_CACHE_HOME=DIR")


def _publish(staging: Path, folder: Path) -> None:
    try:
        os.rename(staging, folder)
    except OSError:
        if not (folder / "complete.json").exists():  # not another process that was faster
            raise
