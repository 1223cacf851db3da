"""Where the frames of a zst file begin, by walking over its blocks' headers; nothing is decoded.

A frame: magic, header, blocks that each say their size, a checksum if the header says so (RFC 8878, section 3).
Most dumps are one frame; `pzstd` and files that were put together have many.
"""

import os
from collections.abc import Iterator
from pathlib import Path

_FRAME_MAGIC = b"\x28\xb5\x2f\xfd"
_SKIPPABLE_MAGIC = 0x184D2A50  # and the 15 numbers after it
_DICTIONARY_BYTES = (0, 1, 2, 4)
_LARGEST_HEADER = 18
_RLE, _RESERVED = 1, 3


def frame_starts(path: Path, give_up: int) -> Iterator[int]:
    """Offsets of all frames, ascending; those behind what is none are not found (the decoder will say what it is).

    A frame of more than `give_up` bytes is walked through no further: it, and what follows it, is one range.
    """
    size, at = path.stat().st_size, 0
    with path.open("rb") as file:
        while at < size:
            yield at
            end = _frame_end(file.fileno(), at, at + give_up)
            if end is None:
                return
            at = end


def _frame_end(file: int, start: int, limit: int) -> int | None:
    """The byte after the frame at `start`; None where there is no frame, or it goes on beyond `limit`."""
    head = os.pread(file, _LARGEST_HEADER, start)
    if len(head) >= 8 and int.from_bytes(head[:4], "little") & ~0xF == _SKIPPABLE_MAGIC:
        return start + 8 + int.from_bytes(head[4:8], "little")
    if len(head) < 6 or head[:4] != _FRAME_MAGIC:
        return None
    single, checksum = head[4] >> 5 & 1, head[4] >> 2 & 1
    at = start + 5 + (not single) + _DICTIONARY_BYTES[head[4] & 3] + (single, 2, 4, 8)[head[4] >> 6]
    while at < limit:
        block = int.from_bytes(os.pread(file, 3, at), "little")
        last, kind, length = block & 1, block >> 1 & 3, block >> 3
        if kind == _RESERVED:
            return None
        at += 3 + (1 if kind == _RLE else length)
        if last:
            return at + 4 * checksum
    return None
