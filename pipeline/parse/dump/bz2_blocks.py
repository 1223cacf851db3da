"""Any byte range of a bz2 file → the bytes of the blocks that begin in it, whatever streams they belong to.

A block is cut out at its marks and decoded (`block_decoder`), which checks its checksum; that each block ends where the
next mark is, and each stream where the next one begins, is checked as well (and a stream's checksum, if all of it is in
one range). So ranges that are cut anywhere give every byte of a file once, nothing has to be known of the file before,
and what is damaged is an error.

    file    BZh9 [block] [block] … [end mark, checksum] padding BZh9 [block] …
    range                ^start               ^end                        blocks: those whose first bit is in between
"""

import bz2
from collections import deque
from collections.abc import Iterator

from pipeline.parse.dump import block_decoder
from pipeline.parse.dump.block_decoder import HEADER
from pipeline.parse.dump.bz2_marks import BLOCK_MAGIC, CHECKSUM_BITS, END_MAGIC, MAGIC_BITS, BitFile, Mark

_MAX_BLOCK_BYTES = 5 << 19
"""900,000 symbols of at most 20 bits, and tables: no block is longer."""
_MOST_TRIES = 8
"""Marks that are tried as the end of a block: those before it are accidents, and two in one block will not be seen."""
_BLOCK, _END = (magic.to_bytes(MAGIC_BITS // 8, "big") for magic in (BLOCK_MAGIC, END_MAGIC))
_STARTS = tuple(b"BZh%d%s" % (level, magic) for level in range(1, 10) for magic in (_BLOCK, _END))
START_BYTES = len(_STARTS[0])
"""So many bytes show that a stream begins: `BZh`, the level and the first magic."""
_PADDING_BYTES = 64 << 10


class BrokenBlocks(Exception):
    """What stands at byte `at` cannot be decoded; `truncated` where the file ends too early.

    `begins` says what it belongs to: "stream that begins at byte 0", or a block if the stream began before the range.
    """

    def __init__(self, at: int, begins: str, detail: str, *, truncated: bool = False) -> None:
        super().__init__(detail)
        self.at, self.begins, self.truncated = at, begins, truncated


def begins_stream(head: bytes) -> bool:
    """Whether START_BYTES bytes are the beginning of a bz2 stream.

    >>> begins_stream(bz2.compress(b"")[:10]), begins_stream(b"BZh91AY&S?")
    (True, False)
    """
    return head in _STARTS


class BlockReader:
    """Decodes the blocks that begin in the bytes `start` to `end` of a file; `position` is the byte it has reached."""

    def __init__(self, file: BitFile, start: int, end: int) -> None:
        self._file, self._end = file, end
        self._marks, self._ahead = file.marks(start, file.size), deque[Mark]()
        self._stream, self._checksum = -1, 0  # where the stream began, if it did in this range; of its blocks so far
        self.position = start

    def blocks(self) -> Iterator[bytes]:
        """The bytes of each block, in order. Raises BrokenBlocks."""
        mark = self._first()
        chained = self._stream >= 0
        while mark is not None and mark.bit < 8 * self._end:
            self.position = mark.bit // 8
            try:
                data, following = (b"", self._after_stream(mark)) if mark.is_end else self._block(mark)
            except BrokenBlocks:
                data, following = b"", None if chained else self._end_of_block_around(mark)
                if following is None:
                    raise
            if data:
                yield data
            chained, mark = True, following

    def _first(self) -> Mark | None:
        """The mark that the range begins with: of the stream that begins there, or else the next that is found."""
        head = self._file.bytes_at(self.position, self.position + START_BYTES)
        return self._stream_at(self.position, head) if begins_stream(head) or not self.position else self._after(-1, 0)

    def _after(self, bit: int, number: int) -> Mark | None:
        """Of the marks that begin after `bit`, the one with the given number."""
        while self._ahead and self._ahead[0].bit <= bit:
            self._ahead.popleft()
        while len(self._ahead) <= number:
            mark = next(self._marks, None)
            if mark is None:
                return None
            if mark.bit > bit:
                self._ahead.append(mark)
        return self._ahead[number]

    def _ends(self, bit: int) -> Iterator[Mark]:
        """Where a block that begins at or before `bit` may end."""
        for number in range(_MOST_TRIES):
            mark = self._after(bit, number)
            if mark is None or mark.bit - bit > 8 * _MAX_BLOCK_BYTES:
                return
            yield mark

    def _block(self, mark: Mark) -> tuple[bytes, Mark]:
        """The bytes of the block at `mark`, and the mark that it ends at."""
        for end in self._ends(mark.bit):
            data = self._decoded(mark, end)
            if data is not None:
                own = self._file.bits(mark.bit + MAGIC_BITS, mark.bit + MAGIC_BITS + CHECKSUM_BITS)
                self._checksum = ((self._checksum << 1 | self._checksum >> 31) & 0xFFFFFFFF) ^ own
                return data, end
        raise self._broken(mark)

    def _decoded(self, start: Mark, end: Mark) -> bytes | None:
        """The bytes of the block from mark to mark, None if it is none."""
        base = 8 * (start.bit // 8)
        data = self._file.bytes_at(base // 8, -(-end.bit // 8))
        return block_decoder.current.decode(data, start.bit - base, end.bit - base)

    def _end_of_block_around(self, mark: Mark) -> Mark | None:
        """The end of a block that begins before `mark` and does not end there: then `mark` is an accident in it."""
        byte = mark.bit // 8
        before = [found for found in self._file.marks(max(0, byte - _MAX_BLOCK_BYTES), byte + 1) if found < mark]
        for start in before[: -_MOST_TRIES - 1 : -1]:
            for end in self._ends(mark.bit):
                if self._decoded(start, end) is not None:
                    return end
        return None

    def _after_stream(self, mark: Mark) -> Mark | None:
        """The first mark of the stream that follows the one which ends at `mark`; None at the end of the file."""
        at = -(-(mark.bit + MAGIC_BITS + CHECKSUM_BITS) // 8)
        if at > self._file.size:
            raise self._error(mark.bit // 8, "no checksum", truncated=True)
        checksum = self._file.bits(mark.bit + MAGIC_BITS, mark.bit + MAGIC_BITS + CHECKSUM_BITS)
        if self._stream >= 0 and checksum != self._checksum:
            raise self._error(mark.bit // 8, "the stream's checksum is not that of its blocks")
        while padding := self._file.bytes_at(at, at + _PADDING_BYTES):
            rest = padding.lstrip(b"\0")
            at += len(padding) - len(rest)
            if rest:
                return self._stream_at(at, self._file.bytes_at(at, at + START_BYTES))
        return None

    def _stream_at(self, at: int, head: bytes) -> Mark:
        """The first mark of a stream that must begin at byte `at` with `head`."""
        if not begins_stream(head):
            truncated = len(head) < START_BYTES and any(start.startswith(head) for start in _STARTS)
            raise BrokenBlocks(at, f"stream that begins at byte {at}", "no stream begins here", truncated=truncated)
        self._stream, self._checksum = at, 0
        return Mark(8 * (at + len(HEADER)), head.endswith(_END))

    def _broken(self, mark: Mark) -> BrokenBlocks:
        """Why the block at `mark` cannot be decoded: the decoder's word, or that the file ends in it."""
        end = min(self._file.size, mark.bit // 8 + _MAX_BLOCK_BYTES)
        rest = self._file.bits(mark.bit, 8 * end) << (mark.bit % 8)
        decoder, data = bz2.BZ2Decompressor(), HEADER + rest.to_bytes(end - mark.bit // 8, "big")
        try:
            while not (decoder.eof or (decoder.needs_input and not data)):
                decoder.decompress(data, _PADDING_BYTES)
                data = b""
        except (OSError, EOFError) as error:
            return self._error(mark.bit // 8, str(error))
        return self._error(mark.bit // 8, "the block has no end", truncated=end == self._file.size)

    def _error(self, at: int, detail: str, *, truncated: bool = False) -> BrokenBlocks:
        begins = (
            f"stream that begins at byte {self._stream}" if self._stream >= 0 else f"block that begins at byte {at}"
        )
        return BrokenBlocks(at, begins, detail, truncated=truncated)
