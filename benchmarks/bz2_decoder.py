"""The native bz2 decoder against Python's, block by block, on given files: how many times as fast, by CPU.

    python -m benchmarks.bz2_decoder DUMP.bz2 [DUMP.bz2 ...]

Python's `BZ2Decompressor` reads each stream as it lies there, the native decoder each block by its marks, three rounds
in turns; the bytes must be as many.
"""

import bz2
import itertools
import sys
from functools import partial
from pathlib import Path

from benchmarks.measure import cpu_seconds, median
from pipeline.parse.dump.block_decoder import HEADER, choose
from pipeline.parse.dump.bz2_marks import find_marks

ROUNDS = 3


def by_python(data: bytes) -> int:
    """Bytes of all streams of a file, by Python's bz2."""
    made = 0
    starts = (mark.bit // 8 - len(HEADER) for mark in find_marks(data) if mark.bit % 8 == 0)
    streams = [start for start in starts if data[start : start + 3] == HEADER[:3]]
    for start, end in itertools.pairwise([*streams, len(data)]):
        made += len(bz2.BZ2Decompressor().decompress(data[start:end]))
    return made


def by_native(data: bytes) -> int:
    """Bytes of all blocks of a file, by the native decoder."""
    decode, made = choose("native").decode, 0
    for one, other in itertools.pairwise(find_marks(data)):
        if not one.is_end:
            first = 8 * (one.bit // 8)
            block = decode(data[first // 8 : -(-other.bit // 8)], one.bit - first, other.bit - first)
            assert block is not None, f"a block at bit {one.bit} was not decoded"
            made += len(block)
    return made


def main() -> None:
    """Prints one line a file."""
    for name in sys.argv[1:]:
        data = Path(name).read_bytes()
        size = by_python(data)
        assert size == by_native(data), "the decoders differ"
        python, native = partial(by_python, data), partial(by_native, data)
        ratio = median([cpu_seconds(python) / cpu_seconds(native) for _ in range(ROUNDS)])
        print(f"{name}: {size / 1e6:.0f} MB, native {ratio:.2f} times as fast as Python's bz2", flush=True)


if __name__ == "__main__":
    main()
