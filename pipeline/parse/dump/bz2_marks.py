"""Where the blocks of a bz2 file begin: found by their 48-bit magic at any bit, without decoding anything.

A bz2 stream is `BZh`, a level, its blocks one after the other with no byte alignment, an end mark, the checksum of the
stream (32 bits) and padding to a byte. Each block begins with the digits of pi, the end mark is the digits of its
square root (https://en.wikipedia.org/wiki/Bzip2#File_format). Compressed data may hold the same 48 bits by accident,
about once in 35 TB: who reads the blocks must bear that.
"""

from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

import numpy as np

BLOCK_MAGIC, END_MAGIC = 0x314159265359, 0x177245385090
MAGIC_BITS = 48
CHECKSUM_BITS = 32
_FIRST_WINDOW, _WINDOW = 4 << 10, 256 << 10
"""Bytes of the file that are searched at a time: first, and at most."""
_FRAME_BYTES = 7
"""A magic at bit 0 to 7 of a byte lies in so many bytes; the five in the middle are full and can be searched for."""


class Mark(NamedTuple):
    """A magic that begins at `bit` of the file: of a block, or (`is_end`) of the end of a stream."""

    bit: int
    is_end: bool


class _Needle(NamedTuple):
    middle: bytes
    shift: int
    mask: int
    frame: int
    is_end: bool


def _needles() -> tuple[_Needle, ...]:
    found = []
    for is_end, magic in enumerate((BLOCK_MAGIC, END_MAGIC)):
        for shift in range(8):
            frame, mask = magic << (8 - shift), ((1 << MAGIC_BITS) - 1) << (8 - shift)
            found.append(_Needle(frame.to_bytes(_FRAME_BYTES, "big")[1:-1], shift, mask, frame, bool(is_end)))
    return tuple(found)


def _pairs() -> dict[int, list[tuple[_Needle, int]]]:
    """Two bytes of a needle's middle → the needle, and where in its frame they stand."""
    found: dict[int, list[tuple[_Needle, int]]] = {}
    for needle in _needles():
        for at in range(_STRIDE):
            pair = int.from_bytes(needle.middle[at : at + 2], "little")
            found.setdefault(pair, []).append((needle, at + 1))
    return found


_STRIDE = 4
"""Of the four pairs of neighbours in five bytes one begins at a multiple of four: no others are looked at."""
_PAIRS = _pairs()
_IS_PAIR = np.zeros(1 << 16, dtype=np.bool_)
_IS_PAIR[list(_PAIRS)] = True


def find_marks(data: bytes) -> list[Mark]:
    r"""All marks in `data`, ascending; one whose last byte is the last of `data` is not seen yet.

    >>> import bz2
    >>> packed = bz2.compress(b"some text")
    >>> find_marks(packed), len(packed)
    ([Mark(bit=32, is_end=False), Mark(bit=290, is_end=True)], 47)
    >>> find_marks(b"..." + bz2.compress(b""))
    [Mark(bit=56, is_end=True)]
    """
    marks = []
    pairs = np.frombuffer(data, dtype="<u2", count=len(data) // 2)[:: _STRIDE // 2]
    for place in np.flatnonzero(_IS_PAIR[pairs]).tolist():
        for needle, offset in _PAIRS[int(pairs[place])]:
            at = _STRIDE * place - offset
            frame = data[max(0, at) : at + _FRAME_BYTES]
            if len(frame) == _FRAME_BYTES and int.from_bytes(frame, "big") & needle.mask == needle.frame:
                marks.append(Mark(8 * at + needle.shift, needle.is_end))
    return sorted(marks)


class BitFile:
    """The bits of an open file by their position in it; nothing of it is kept in memory."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file, self.size = file, size

    def bytes_at(self, start: int, end: int) -> bytes:
        """The bytes `start` to `end` of the file; fewer where it ends before."""
        self._file.seek(start)
        return self._file.read(max(0, end - start))

    def bits(self, start: int, end: int) -> int:
        """The bits `start` to `end` as one number, the first bit being its highest."""
        whole = int.from_bytes(self.bytes_at(start // 8, -(-end // 8)), "big")
        return (whole >> (-end % 8)) & ((1 << (end - start)) - 1)

    def marks(self, start: int, end: int) -> Iterator[Mark]:
        """The marks that begin in the bytes `start` to `end`, ascending; the file is read as they are asked for."""
        window = _FIRST_WINDOW
        while start < end:
            stop = min(start + window, end)
            for mark in find_marks(self.bytes_at(start, stop + _FRAME_BYTES)):
                if mark.bit < 8 * (stop - start):
                    yield Mark(8 * start + mark.bit, mark.is_end)
            start, window = stop, min(2 * window, _WINDOW)
