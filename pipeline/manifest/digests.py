"""Identity by content: keyed digests of values and of input files; never Python's `hash`, never a clock or an mtime."""

import hashlib
import json
from dataclasses import asdict, is_dataclass
from pathlib import Path

from pipeline.errors import InputError

_SAMPLE_BYTES = 1 << 20


def digest(value: object, *, size: int = 16) -> str:
    """The hex BLAKE2b digest (`size` bytes) of a value's canonical JSON; dataclasses count as their dictionaries.

    >>> digest({"b": 1, "a": [2, 3]}) == digest({"a": [2, 3], "b": 1})
    True
    >>> len(digest("x", size=8))
    16
    """
    if is_dataclass(value) and not isinstance(value, type):
        value = asdict(value)
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.blake2b(text.encode(), digest_size=size).hexdigest()


def keyed_unit(seed: int, *key: object) -> float:
    """A number in [0, 1) that depends on the seed and the key alone: how splits and samples are drawn.

    >>> keyed_unit(1, "page", "it", 12) == keyed_unit(1, "page", "it", 12)
    True
    >>> 0 <= keyed_unit(2, "page", "it", 12) < 1
    True
    """
    return keyed_int(seed, *key) / 2.0**64


def keyed_int(seed: int, *key: object) -> int:
    """A 64-bit unsigned number from BLAKE2b of the seed and the key's parts (as text, separated by NUL)."""
    text = "\0".join(str(part) for part in (seed, *key))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


def input_digest(path: Path, *, checksum: str | None = None) -> str:
    """Identifies an input file by name, size and the publisher's checksum, or else its first, middle and last MiB.

    Moving a file does not change it; no mtime is read, and no full pass over a dump is made at each start.

    Raises InputError where the file is missing, empty or unreadable.
    """
    try:
        size = path.stat().st_size
        if path.is_dir():
            raise InputError(f"{path} is a folder, not a dump file", next_step="name a file with --dump")
        if size == 0:
            raise InputError(f"{path} is empty (0 bytes)", next_step="download it again")
        samples = [checksum] if checksum else _samples(path, size)
    except FileNotFoundError as error:
        raise InputError(f"no such file: {path}", next_step="check the path given with --dump") from error
    except PermissionError as error:
        raise InputError(f"cannot read {path}: permission denied") from error
    return digest([path.name, size, *samples])


def _samples(path: Path, size: int) -> list[str]:
    starts = sorted({0, max(0, size // 2 - _SAMPLE_BYTES // 2), max(0, size - _SAMPLE_BYTES)})
    samples = []
    with path.open("rb") as stream:
        for start in starts:
            stream.seek(start)
            samples.append(hashlib.blake2b(stream.read(_SAMPLE_BYTES), digest_size=16).hexdigest())
    return samples
