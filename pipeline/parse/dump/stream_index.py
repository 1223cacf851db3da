"""Where the streams of a multistream bz2 file begin, as its index file says.

Ranges that begin with a stream need no block of the next one, as no page goes beyond its stream; without an index the
ranges are cut anywhere and the blocks found (`bz2_blocks`).
"""

import re
from pathlib import Path

from pipeline.errors import InputError
from pipeline.parse.dump.bz2_blocks import START_BYTES, begins_stream
from pipeline.parse.dump.decode import decoded
from pipeline.parse.dump.files import whole

_INDEX_LINE = re.compile(rb"(\d{1,18}):\d+:")
_BAD_INDEX = "give the index that belongs to this dump with --index, or remove it: it is not needed"


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
            found = stream.read(START_BYTES)
            if not begins_stream(found):
                what = f"{found!r}" if found else f"the end of the file ({dump.stat().st_size} bytes)"
                raise InputError(
                    f"{index} does not belong to {dump}: it says that a stream begins at byte {offset}, where the dump"
                    f" has {what}",
                    next_step=_BAD_INDEX,
                )
