"""Where the streams of a multistream bz2 file begin: from its index file, or by looking for them.

A bz2 stream begins at a byte, with `BZh`, a level and the 48-bit block magic; the stream before it ends with the 48-bit
end magic and a 32-bit checksum, at any bit, padded to a byte. Both together are no accident, so that nothing has to be
decoded to find the streams; that they decode is seen when they are read.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from pipeline.errors import InputError
from pipeline.parse.dump.decode import decoded
from pipeline.parse.dump.files import whole

_START = re.compile(rb"BZh[1-9](?:1AY&SY|\x17\x72\x45\x38\x50\x90)")
_START_BYTES = 10
_END_MAGIC = 0x177245385090
_END_BYTES = 11  # 48 + 32 bits and up to 7 of padding
_CHUNK = 8 << 20
_INDEX_LINE = re.compile(rb"(\d{1,18}):\d+:")
_BAD_INDEX = "give the index that belongs to this dump with --index, or remove it: the streams are found without it"


def ends_stream(tail: bytes) -> bool:
    """Whether bytes end with a bz2 stream's end magic, checksum and padding.

    >>> import bz2
    >>> ends_stream(bz2.compress(b"some text")), ends_stream(b"BZh91AY&SY.")
    (True, False)
    """
    bits = int.from_bytes(tail[-_END_BYTES:], "big")
    return any((bits >> (32 + shift)) & 0xFFFFFFFFFFFF == _END_MAGIC for shift in range(8))


def scan_streams(path: Path, chunk: int = _CHUNK) -> Iterator[int]:
    """Offsets of all streams of a bz2 file, ascending, from one pass over the compressed bytes (nothing is decoded)."""
    with path.open("rb") as file:
        base, seen, data = 0, 0, b""  # data begins at byte `base`; starts before byte `seen` are reported
        while block := file.read(chunk):
            data += block
            for found in _START.finditer(data, seen - base):
                if base + found.start() == 0 or ends_stream(data[: found.start()][-_END_BYTES:]):
                    yield base + found.start()
            seen = max(seen, base + len(data) - _START_BYTES + 1)
            kept = max(base, seen - _END_BYTES)
            base, data = kept, data[kept - base :]


def read_index(index: Path, dump: Path) -> list[int]:
    """Offsets of the streams that an index file names (lines `offset:page id:title`), checked against the dump.

    Raises InputError where a line is none, or an offset of the dump does not begin a bz2 stream.
    """
    offsets: list[int] = []
    rest = b""
    for chunk in decoded(whole(index)):
        lines = (rest + chunk).split(b"\n")
        rest = lines.pop()
        _add_offsets(lines, offsets, index)
    _add_offsets([rest], offsets, index)
    if not offsets:
        raise InputError(f"{index} names no stream", next_step=_BAD_INDEX)
    _check_offsets(offsets, index, dump)
    return offsets


def _add_offsets(lines: list[bytes], offsets: list[int], index: Path) -> None:
    last = b""
    for line in lines:
        if not line or (last and line.startswith(last)):
            continue
        found = _INDEX_LINE.match(line)
        if found is None:
            raise InputError(
                f"{index} is not an index of a multistream dump: expected lines 'offset:page id:title', found"
                f" {line[:60]!r}",
                next_step=_BAD_INDEX,
            )
        last = found[1] + b":"
        offset = int(found[1])
        if not offsets or offset > offsets[-1]:
            offsets.append(offset)
        elif offset < offsets[-1]:
            raise InputError(f"{index}: offset {offset} comes after {offsets[-1]}", next_step=_BAD_INDEX)


def _check_offsets(offsets: list[int], index: Path, dump: Path) -> None:
    with dump.open("rb") as stream:
        for offset in offsets:
            stream.seek(offset)
            found = stream.read(_START_BYTES)
            if not _START.match(found):
                what = f"{found!r}" if found else f"the end of the file ({dump.stat().st_size} bytes)"
                raise InputError(
                    f"{index} does not belong to {dump}: it says that a stream begins at byte {offset}, where the dump"
                    f" has {what}",
                    next_step=_BAD_INDEX,
                )
