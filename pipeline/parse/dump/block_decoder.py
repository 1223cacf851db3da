"""A block of a bz2 file → its bytes, by the native decoder where it was built, else by Python's bz2: the same.

`XLMK_BZ2=python` in the environment chooses Python's, `native` demands the other.
"""

import bz2
import os
from typing import NamedTuple, Protocol

import numpy as np

from pipeline.parse.dump.bz2_marks import CHECKSUM_BITS, END_MAGIC, MAGIC_BITS
from pipeline.parse.native import choose_part
from pipeline.parse.native_sources import is_current

try:
    from pipeline.parse.dump import _bz2_blocks
except ImportError:  # no compiler where the package was installed
    _bz2_blocks = None  # type: ignore[assignment]

VARIABLE = "XLMK_BZ2"
HEADER = b"BZh9"
_MAGIC_BYTES = MAGIC_BITS // 8


class _Decode(Protocol):
    def __call__(self, data: bytes, start: int, end: int, /) -> bytes | None: ...


class BlockDecoder(NamedTuple):
    """`decode(data, start, end)` gives the bytes of the block in these bits of `data`, None where it is none."""

    name: str
    decode: _Decode


def framed(data: bytes, start: int, end: int) -> bytes:
    """The block of the bits `start` to `end` of `data` as a stream of its own.

    >>> packed = bz2.compress(b"some text")
    >>> framed(b"xx" + packed, 16 + 32, 16 + 290) == packed
    True
    """
    whole, odd = divmod(end - start, 8)
    block = _from_bit(data[start // 8 : -(-end // 8)], start % 8)
    checksum = int.from_bytes(block[_MAGIC_BYTES : _MAGIC_BYTES + CHECKSUM_BITS // 8], "big")
    last = int.from_bytes(block[whole : whole + 1], "big") >> (8 - odd)
    bits = odd + MAGIC_BITS + CHECKSUM_BITS
    end_of_stream = ((last << MAGIC_BITS | END_MAGIC) << CHECKSUM_BITS | checksum) << (-bits % 8)
    return b"".join((HEADER, block[:whole], end_of_stream.to_bytes(-(-bits // 8), "big")))


def _from_bit(data: bytes, bit: int) -> bytes:
    r"""`data` from its bit 0 to 7 on, with zero bits at the end: by numpy, as Python's numbers took ten times as long.

    >>> _from_bit(b"\x12\x34\x56", 4)
    b'#E`'
    """
    if not bit or not data:
        return data
    codes = np.frombuffer(data, dtype=np.uint8)
    shifted = codes << bit
    shifted[:-1] |= codes[1:] >> (8 - bit)
    return shifted.tobytes()


def decode_by_python(data: bytes, start: int, end: int) -> bytes | None:
    """A block by Python's bz2: one that is cut at the wrong place, or damaged, is None.

    >>> decode_by_python(bz2.compress(b"some text"), 32, 290), decode_by_python(bz2.compress(b"some text"), 32, 289)
    (b'some text', None)
    """
    decoder = bz2.BZ2Decompressor()
    try:
        block = decoder.decompress(framed(data, start, end))
    except (OSError, EOFError):
        return None
    return block if decoder.eof and not decoder.unused_data else None


def decode_natively(data: bytes, start: int, end: int) -> bytes | None:
    """The same by the native decoder; what it does not take, Python's bz2 is asked for.

    It takes no "randomised" blocks (bzip2 before 0.9.5) and no codes that bzip2 would never write.
    """
    block = _bz2_blocks.decode(data, start, end)
    return decode_by_python(data, start, end) if block is None else block


PYTHON = BlockDecoder("python", decode_by_python)
NATIVE = BlockDecoder("native", decode_natively) if is_current(_bz2_blocks) else None


def choose(wanted: str | None) -> BlockDecoder:
    """The decoder of that name; None takes the native one if there is one.

    >>> choose("python").name
    'python'
    """
    return choose_part(VARIABLE, wanted, python=PYTHON, native=NATIVE, what="decoder", built=_bz2_blocks)


current = choose(os.environ.get(VARIABLE))
"""The decoder in use. Tests put another here."""
