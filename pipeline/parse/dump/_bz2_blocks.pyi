"""Native; see _bz2_blocks.c."""

LANES: int

def decode(data: bytes, spans: tuple[tuple[int, int], ...], /) -> list[bytes | None]: ...
