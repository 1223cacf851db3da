"""Python's search for cycles of objects, put off where many are alive and none of them form a cycle."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_cycle_collection() -> Iterator[None]:
    """While it lasts Python does not look for cycles; what nothing refers to is freed as ever.

    The search goes through all objects again and again: with the mentions of a part of the passages in memory it takes
    a quarter of the time of tokenizing them.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
