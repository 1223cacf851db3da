"""What becomes of memory that a process gives back: kept for its next block and page, not returned to the system."""

import ctypes
import functools
import os

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""Numbers of the parameters in glibc's malloc.h."""
_LARGEST_KEPT, _MOST_KEPT = 32 << 20, 128 << 20
"""Bytes: a piece that is larger is the system's own and goes back to it at once; so does what is freed beyond."""


@functools.cache
def keep_freed_memory() -> bool:
    """Tells the C library so, where that is glibc; whether it took it.

    Blocks of a dump, pages and columns are a few MB each and come and go all the time. Given back to the system and
    asked for again, their memory is cleared and mapped anew page by page: 5 % of the CPU time of extracting pages.
    The peak stays, as what is given back counts no more than what is kept for the next piece.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if os.name == "posix" else None
    if mallopt is None:
        return False
    return bool(mallopt(_MMAP_THRESHOLD, _LARGEST_KEPT)) and bool(mallopt(_TRIM_THRESHOLD, _MOST_KEPT))
