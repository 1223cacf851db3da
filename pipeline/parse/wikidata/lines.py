"""A range of a file with one entity a line → the lines that begin in it."""

from collections.abc import Iterator

from pipeline.errors import InputError
from pipeline.parse.dump.decode import decoded
from pipeline.parse.dump.files import FileRange

MAX_LINE_BYTES = 256 << 20
"""Longest line that is read; Wikidata's largest entities have about 5 MB."""


class LineReader:
    """Reads the lines of a range: those after its first newline (or its start, if it is the file's first), to its end.

    The line that begins with the last newline of the range is read on beyond it; the next range skips it. So a range
    need not know what byte comes before it, and the ranges of a file give each line once.
    """

    def __init__(self, piece: FileRange, *, array: bool) -> None:
        self.piece, self.array = piece, array
        self.decoded_bytes = 0
        self._end = b""

    def entities(self) -> Iterator[bytes]:
        """The JSON of each entity, without the array's commas and brackets.

        Raises InputError where an array is not closed at the end of the file.
        """
        for line in self.lines():
            text = line.strip(b" \t\r,")
            if text and text not in (b"[", b"]"):
                yield text.removeprefix(b"\xef\xbb\xbf")
        last = self._end.rstrip().rpartition(b"\n")[2].strip()
        if self.array and self.piece.last and last not in (b"", b"]"):
            raise InputError(
                f"{self.piece.path} is truncated: expected ']' as its last line, found {last!r}",
                next_step="download it again and verify its checksum",
            )

    def lines(self) -> Iterator[bytes]:
        """All lines that belong to the range, without their newline."""
        parts: list[bytes] = []
        started = self.piece.start == 0
        for chunk in decoded(self.piece):
            self.decoded_bytes += len(chunk)
            self._end = (self._end + chunk[-64:])[-64:]
            end = chunk.find(b"\n")  # not `split`: it looks at every byte by itself and takes five times as long
            if end < 0:
                if started:
                    parts.append(chunk)
                    self._check(parts)
                continue
            parts.append(chunk[:end])
            if started:
                yield b"".join(parts)
            started = True
            start = end + 1
            while (end := chunk.find(b"\n", start)) >= 0:
                yield chunk[start:end]
                start = end + 1
            parts = [chunk[start:]]
        if not started:
            return
        for chunk in decoded(self.piece.rest):
            self.decoded_bytes += len(chunk)
            line, newline, _ = chunk.partition(b"\n")
            parts.append(line)
            if newline:
                break
            self._check(parts)
        yield b"".join(parts)

    def _check(self, parts: list[bytes]) -> None:
        size = sum(map(len, parts))
        if size > MAX_LINE_BYTES:
            raise InputError(
                f"{self.piece.path} has a line of more than {MAX_LINE_BYTES >> 20} MiB: expected one entity a line",
                next_step="give a Wikidata JSON dump (latest-all.json.bz2) with --dump",
            )
