"""Small arrays that the driver leaves for the workers: ascending ids, or digests."""

import hashlib
import io
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from pipeline.manifest.storage import write_bytes

Kind = TypeVar("Kind", bound=np.generic)


def save_array(folder: Path, name: str, array: npt.NDArray[Any]) -> str:
    """Writes an array whole or not at all; returns the digest of its content."""
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=False)
    data = stream.getvalue()
    write_bytes(folder / f"{name}.npy", data)
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def has_array(folder: str, name: str) -> bool:
    """Whether the driver has left this array."""
    return (Path(folder) / f"{name}.npy").exists()


def load_array(folder: str, name: str, kind: type[Kind]) -> npt.NDArray[Kind]:
    """An array that the driver has left."""
    array: npt.NDArray[Kind] = np.load(Path(folder) / f"{name}.npy", allow_pickle=False).astype(kind)
    return array
