"""A range of a dump file → its decompressed bytes in chunks of bounded size.

Nothing is trusted: a truncated or damaged file is an InputError that says where, and a file that expands beyond all
measure is refused instead of filling the disk or the night.
"""

import bz2
import codecs
import zlib
from collections.abc import Callable, Iterator
from typing import cast

import zstandard
from isal import isal_zlib
from isal.igzip_lib import IsalError

from pipeline.errors import InputError
from pipeline.parse.dump.files import FileRange

CHUNK_BYTES = 1 << 20
"""Most decompressed bytes that a bz2 or gz reader hands over at once."""
_BZ2_READ = 64 << 10
"""Compressed bytes at a time: what is left of them is copied at each stream's end, so they must be few."""
_ZST_READ = 4 << 10
"""Few, as one zstd block of 4 bytes may expand to 128 KiB."""
MAX_EXPANSION = 1000
_ALWAYS_BYTES = 1 << 20
"""Decompressed bytes for each compressed one (plus one MiB of these) at most; real dumps have 4 to 30."""

_GZ_ERRORS: tuple[type[Exception], ...] = (zlib.error, cast("type[Exception]", IsalError))
_AGAIN = "download it again and verify its checksum"


def decoded(piece: FileRange) -> Iterator[bytes]:
    """The decompressed bytes of a range, as UTF-8 if the file is text of another encoding.

    Raises InputError for truncated or damaged data, naming the byte of the file.
    """
    if piece.start >= piece.end:
        return iter(())
    chunks = _DECODERS[piece.compression](piece)
    return chunks if piece.encoding == "utf-8" else _transcoded(chunks, piece)


def _reads(piece: FileRange, size: int) -> Iterator[bytes]:
    """The bytes of the range as they lie in the file; InputError where the file is shorter than it was."""
    try:
        with open(piece.path, "rb") as stream:
            stream.seek(piece.start)
            left = piece.end - piece.start
            while left:
                data = stream.read(min(size, left))
                if not data:
                    raise InputError(
                        f"{piece.path} ends at byte {piece.end - left}, expected {piece.size}: it changed since it was"
                        " planned",
                        next_step="repeat the command",
                    )
                left -= len(data)
                yield data
    except OSError as error:
        raise InputError(f"cannot read {piece.path}: {error.strerror or error}") from error


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

    def truncated(self, stream_start: int) -> InputError:
        piece = self.piece
        return InputError(
            f"{piece.path} is truncated: the {piece.compression} stream that begins at byte {stream_start} has no end,"
            f" but the {'file' if piece.last else 'range'} ends at byte {piece.end}",
            next_step=_AGAIN,
        )


def _bz2(piece: FileRange) -> Iterator[bytes]:
    """All streams of the range, one after the other; zero bytes after a stream are padding."""
    measure, decoder, started = _Measure(piece), bz2.BZ2Decompressor(), -1
    for data in _reads(piece, _BZ2_READ):
        rest = data
        while rest:
            if started < 0:
                rest = rest.lstrip(b"\0")
                if not rest:
                    break
                started = piece.start + measure.taken + len(data) - len(rest)
            try:
                chunk = decoder.decompress(rest, CHUNK_BYTES)
                while chunk or not (decoder.eof or decoder.needs_input):
                    yield measure.check(chunk)
                    chunk = b"" if decoder.eof else decoder.decompress(b"", CHUNK_BYTES)
            except (OSError, EOFError) as error:
                raise measure.damaged(error) from error
            rest = b""
            if decoder.eof:
                rest, decoder, started = decoder.unused_data, bz2.BZ2Decompressor(), -1
        measure.taken += len(data)
    if started >= 0:
        raise measure.truncated(started)


def _gz(piece: FileRange) -> Iterator[bytes]:
    """All members of the file; zero bytes after a member are padding."""
    measure, decoder, started = _Measure(piece), _gzip_decoder(), -1
    for data in _reads(piece, _BZ2_READ):
        rest = data
        while rest:
            if started < 0:
                rest = rest.lstrip(b"\0")
                if not rest:
                    break
                started = piece.start + measure.taken + len(data) - len(rest)
            try:
                while rest and not decoder.eof:
                    chunk = decoder.decompress(rest, CHUNK_BYTES)
                    rest = decoder.unconsumed_tail
                    if chunk:
                        yield measure.check(chunk)
            except _GZ_ERRORS as error:
                raise measure.damaged(error) from error
            if decoder.eof:
                rest, decoder, started = decoder.unused_data, _gzip_decoder(), -1
        measure.taken += len(data)
    if started >= 0:
        raise measure.truncated(started)


def _gzip_decoder() -> "isal_zlib.Decompress":
    return isal_zlib.decompressobj(wbits=31)


def _zst(piece: FileRange) -> Iterator[bytes]:
    """All frames of the file."""
    measure, started = _Measure(piece), -1
    decoder = zstandard.ZstdDecompressor(max_window_size=1 << 31).decompressobj()
    for data in _reads(piece, _ZST_READ):
        rest = data
        while rest:
            if started < 0:
                started = piece.start + measure.taken + len(data) - len(rest)
            try:
                chunk = decoder.decompress(rest)
            except zstandard.ZstdError as error:
                raise measure.damaged(error) from error
            if chunk:
                yield measure.check(chunk)
            rest = b""
            if decoder.eof:
                rest, started = decoder.unused_data, -1
                decoder = zstandard.ZstdDecompressor(max_window_size=1 << 31).decompressobj()
        measure.taken += len(data)
    if started >= 0:
        raise measure.truncated(started)


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
