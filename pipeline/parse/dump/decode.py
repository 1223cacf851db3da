"""A range of a dump file → its decompressed bytes in chunks of bounded size.

Nothing is trusted: a truncated or damaged file is an InputError that says where, and a file that expands beyond all
measure is refused instead of filling the disk or the night.
"""

import codecs
import os
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, Protocol, cast

import zstandard
from isal import isal_zlib
from isal.igzip_lib import IsalError

from pipeline.errors import InputError
from pipeline.parse.dump.bz2_blocks import BlockReader, BrokenBlocks
from pipeline.parse.dump.bz2_marks import BitFile
from pipeline.parse.dump.files import FileRange

CHUNK_BYTES = 1 << 20
"""Most decompressed bytes that a bz2 or gz reader hands over at once."""
_GZ_READ = 64 << 10
"""Compressed bytes at a time: what is left of them is copied at each stream's end, so they must be few."""
_ZST_READ = 4 << 10
"""Few, as one zstd block of 4 bytes may expand to 128 KiB."""
MAX_EXPANSION = 1000
_ALWAYS_BYTES = 1 << 20
"""Decompressed bytes for each compressed one (plus one MiB of these) at most; real dumps have 4 to 30."""

_ERRORS: tuple[type[Exception], ...] = (zlib.error, cast("type[Exception]", IsalError), zstandard.ZstdError)
_AGAIN = "download it again and verify its checksum"


def decoded(piece: FileRange) -> Iterator[bytes]:
    """The decompressed bytes of a range, as UTF-8 if the file is text of another encoding.

    Raises InputError for truncated or damaged data, naming the byte of the file.
    """
    if piece.start >= piece.end:
        return iter(())
    chunks = _DECODERS[piece.compression](piece)
    return chunks if piece.encoding == "utf-8" else _transcoded(chunks, piece)


@contextmanager
def _opened(piece: FileRange) -> Iterator[BinaryIO]:
    """The file of a range; InputError where it cannot be read, or is shorter than it was."""
    try:
        with open(piece.path, "rb") as stream:
            size = os.fstat(stream.fileno()).st_size
            if size < piece.size:
                raise InputError(
                    f"{piece.path} ends at byte {size}, expected {piece.size}: it changed since it was planned",
                    next_step="repeat the command",
                )
            yield stream
    except OSError as error:
        raise InputError(f"cannot read {piece.path}: {error.strerror or error}") from error


def _reads(piece: FileRange, size: int) -> Iterator[bytes]:
    """The bytes of the range as they lie in the file."""
    with _opened(piece) as stream:
        stream.seek(piece.start)
        left = piece.end - piece.start
        while left and (data := stream.read(min(size, left))):
            left -= len(data)
            yield data


def _plain(piece: FileRange) -> Iterator[bytes]:
    return _reads(piece, CHUNK_BYTES)


class _Measure:
    """Where we are in a range, and whether it still expands within reason."""

    def __init__(self, piece: FileRange) -> None:
        self.piece, self.taken, self.given = piece, 0, 0

    def check(self, chunk: bytes) -> bytes:
        self.given += len(chunk)
        if self.given > MAX_EXPANSION * (self.taken + _ALWAYS_BYTES):
            raise InputError(
                f"{self.piece.path} expands more than {MAX_EXPANSION}-fold near byte {self.piece.start + self.taken}:"
                " expected a dump, found a decompression bomb",
                next_step="use a dump from the publisher",
            )
        return chunk

    def damaged(self, error: Exception | str) -> InputError:
        piece = self.piece
        return InputError(
            f"{piece.path} is damaged: {piece.compression} data near byte {piece.start + self.taken} of {piece.size}"
            f" cannot be decompressed ({error})",
            next_step=_AGAIN,
        )

    def truncated(self, what: str) -> InputError:
        piece = self.piece
        return InputError(
            f"{piece.path} is truncated: the {piece.compression} {what} has no end, but the file ends at byte"
            f" {piece.size}",
            next_step=_AGAIN,
        )


def _bz2(piece: FileRange) -> Iterator[bytes]:
    """All blocks that begin in the range, of whatever streams; zero bytes after a stream are padding."""
    measure = _Measure(piece)
    with _opened(piece) as file:
        reader = BlockReader(BitFile(file, piece.size), piece.start, piece.end)
        try:
            for data in reader.blocks():
                measure.taken = reader.position - piece.start
                for start in range(0, len(data), CHUNK_BYTES):
                    yield measure.check(data[start : start + CHUNK_BYTES])
        except BrokenBlocks as error:
            measure.taken = error.at - piece.start
            raise (measure.truncated(error.begins) if error.truncated else measure.damaged(error)) from error


class _Decoder(Protocol):
    """What isal's and zstandard's decoders have in common."""

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...


def _gz(piece: FileRange) -> Iterator[bytes]:
    """All members of the range; zero bytes after a member are padding."""

    def take(decoder: Any, data: bytes) -> tuple[bytes, bytes]:
        return decoder.decompress(data, CHUNK_BYTES), decoder.unconsumed_tail

    return _streams(piece, lambda: isal_zlib.decompressobj(wbits=31), take, read=_GZ_READ, padding=b"\0")


def _zst(piece: FileRange) -> Iterator[bytes]:
    """All frames of the range."""

    def take(decoder: Any, data: bytes) -> tuple[bytes, bytes]:
        return decoder.decompress(data), b""

    decoder = zstandard.ZstdDecompressor(max_window_size=1 << 31)
    return _streams(piece, decoder.decompressobj, take, read=_ZST_READ, padding=b"")


def _streams(
    piece: FileRange,
    new: Callable[[], _Decoder],
    take: Callable[[_Decoder, bytes], tuple[bytes, bytes]],
    *,
    read: int,
    padding: bytes,
) -> Iterator[bytes]:
    """All streams of the range, one after the other, each with a new decoder.

    `take` gives a decoder bytes and returns what it made of them and what it did not take yet; `read` is how many
    bytes are read at a time, and `padding` may stand after a stream.
    """
    measure, decoder, started = _Measure(piece), new(), -1
    for data in _reads(piece, read):
        rest = data
        while rest:
            if started < 0:
                rest = rest.lstrip(padding)
                if not rest:
                    break
                started = piece.start + measure.taken + len(data) - len(rest)
            try:
                while rest and not decoder.eof:
                    chunk, rest = take(decoder, rest)
                    if chunk:
                        yield measure.check(chunk)
            except _ERRORS as error:
                raise measure.damaged(error) from error
            if decoder.eof:
                rest, decoder, started = decoder.unused_data, new(), -1
        measure.taken += len(data)
    if started >= 0:
        raise measure.truncated(f"stream that begins at byte {started}")


_DECODERS: dict[str, Callable[[FileRange], Iterator[bytes]]] = {"plain": _plain, "bz2": _bz2, "gz": _gz, "zst": _zst}


def _transcoded(chunks: Iterator[bytes], piece: FileRange) -> Iterator[bytes]:
    """Text of another encoding (UTF-16, Latin-1) as UTF-8; a byte order mark goes."""
    decoder = codecs.getincrementaldecoder(piece.encoding)()
    try:
        for chunk in chunks:
            text = decoder.decode(chunk)
            if text:
                yield text.encode()
        decoder.decode(b"", final=True)
    except UnicodeError as error:
        raise InputError(
            f"{piece.path} is not valid {piece.encoding}: {error.reason if hasattr(error, 'reason') else error}"
        ) from error


def read_head(piece: FileRange, size: int) -> bytes:
    """The first `size` decompressed bytes of a range (fewer where it has no more), without reading on."""
    head = bytearray()
    for chunk in decoded(piece):
        head += chunk
        if len(head) >= size:
            break
    return bytes(head[:size])
