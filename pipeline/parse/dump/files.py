"""Which part of which file: the unit of work of both extraction jobs, and how a file is compressed."""

from pathlib import Path
from typing import Literal, NamedTuple

from pipeline.errors import InputError

Compression = Literal["plain", "bz2", "gz", "zst"]

_MAGIC: tuple[tuple[bytes, Compression], ...] = (
    (b"BZh", "bz2"),
    (b"\x1f\x8b", "gz"),
    (b"\x28\xb5\x2f\xfd", "zst"),
)
_FOREIGN = ((b"\xfd7zXZ", "xz"), (b"7z\xbc\xaf\x27\x1c", "7z"), (b"PK\x03\x04", "zip"))


class FileRange(NamedTuple):
    """Bytes `start` to `end` (half-open, of the file as it lies there) of a dump of `size` bytes.

    `encoding` is that of the decompressed text; anything but "utf-8" is read as one range.

    >>> FileRange("d.xml.bz2", "bz2", 654, 261373, 445123).last
    False
    """

    path: str
    compression: Compression
    start: int
    end: int
    size: int
    encoding: str = "utf-8"

    @property
    def last(self) -> bool:
        """Whether the range ends where the file does."""
        return self.end == self.size

    @property
    def rest(self) -> "FileRange":
        """What comes after the range, to the end of the file."""
        return self._replace(start=self.end, end=self.size)


def compression_of(path: Path) -> Compression:
    """How a file is compressed, by its first bytes; its name is not asked.

    Raises InputError where it is missing, empty, or packed in a format that is not read.
    """
    try:
        with path.open("rb") as stream:
            magic = stream.read(8)
    except FileNotFoundError as error:
        raise InputError(f"no such file: {path}", next_step="check the path given with --dump") from error
    except IsADirectoryError as error:
        raise InputError(f"{path} is a folder, not a dump file", next_step="name a file with --dump") from error
    except PermissionError as error:
        raise InputError(f"cannot read {path}: permission denied") from error
    if not magic:
        raise InputError(f"{path} is empty (0 bytes)", next_step="download it again")
    for prefix, name in _FOREIGN:
        if magic.startswith(prefix):
            raise InputError(
                f"{path} is a {name} archive: expected .bz2, .gz, .zst or plain text",
                next_step=f"unpack it with {name}",
            )
    return next((compression for prefix, compression in _MAGIC if magic.startswith(prefix)), "plain")


def whole(path: Path, encoding: str = "utf-8") -> FileRange:
    """The whole file as one range."""
    compression = compression_of(path)
    size = path.stat().st_size
    return FileRange(str(path), compression, 0, size, size, encoding)
