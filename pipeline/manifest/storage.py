"""Files are written whole or not at all: under a temporary name beside the target, then renamed over it.

This is the only module that touches the file system for output, so that a store without rename needs a second
implementation of these few functions and nothing else.
"""

import errno
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import TargetError, XlmkError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_DENIED = {errno.EACCES, errno.EPERM, errno.EROFS}
_IN_THE_WAY = {errno.ENOTDIR, errno.EEXIST, errno.EISDIR}


def target_error(path: Path, error: OSError) -> XlmkError:
    """The clear form of an operating-system error while `path` was being written.

    >>> print(target_error(Path("KB/x"), OSError(errno.ENOSPC, "No space left on device")))
    cannot write KB/x: no space left; next: free space or choose another target, then repeat the command: it resumes
    """
    text = str(error)
    if error.errno in _FULL or "No space left" in text or "File too large" in text:
        return TargetError(
            f"cannot write {path}: no space left",
            next_step="free space or choose another target, then repeat the command: it resumes",
        )
    if error.errno in _DENIED:
        return TargetError(f"cannot write {path}: permission denied", next_step="choose a target you may write to")
    if error.errno in _IN_THE_WAY:
        return TargetError(f"cannot write {path}: a file is in the way of a folder", next_step="choose another target")
    return TargetError(f"cannot write {path}: {text}")


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Yields a temporary path in the folder of `path`; at a clean end it becomes `path`, otherwise it is removed.

    The temporary name never ends in the target's suffix, so no glob for `*.parquet` finds it.
    """
    temporary = path.parent / f".{path.name}.{os.getpid()}.tmp"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        os.replace(temporary, path)
    except OSError as error:
        raise target_error(path, error) from error
    finally:
        temporary.unlink(missing_ok=True) if temporary.parent.is_dir() else None


def write_bytes(path: Path, data: bytes) -> None:
    """Writes `data` to `path` whole or not at all, and flushed to the disk before it appears under its name."""
    with atomic_path(path) as temporary, temporary.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def write_json(path: Path, value: object) -> None:
    """Writes `value` as sorted, indented JSON: equal values give equal bytes."""
    write_bytes(path, (json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode())


def read_json(path: Path) -> dict[str, object] | None:
    """The JSON object in `path`; None where the file is missing or is no whole JSON object (it is then made again)."""
    try:
        value = json.loads(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    return value if isinstance(value, dict) else None


def link_or_copy(source: Path, target: Path) -> None:
    """Gives `source` a second name: a hard link, or a copy where the file system has none. An existing target stays."""
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:
        with atomic_path(target) as temporary:
            shutil.copyfile(source, temporary)


def swap_folder(staged: Path, published: Path) -> None:
    """Puts the folder `staged` in the place of `published`; what was there goes. Repeating it after a crash is safe."""
    if not staged.is_dir():
        return
    trash = staged.parent / f".{staged.name}.old"
    shutil.rmtree(trash, ignore_errors=True)
    published.parent.mkdir(parents=True, exist_ok=True)
    if published.exists():
        os.replace(published, trash)
    os.replace(staged, published)
    shutil.rmtree(trash, ignore_errors=True)


def remove_tree(path: Path) -> None:
    """Removes a folder and all in it; a missing one is fine."""
    if path.is_dir():
        shutil.rmtree(path)
