"""Python's search for cycles of objects, made rare where very many are alive and hardly any of them form a cycle."""

import functools
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_ALLOCATIONS = 200_000
"""Objects more than before until the youngest are searched for cycles; Python's own figure is 700."""
_YOUNGER = 1_000
"""Searches among the younger objects until older ones are searched too; Python's own figure is 10."""


@contextmanager
def few_collections() -> Iterator[None]:
    """While it lasts Python looks for cycles rarely; what nothing refers to is freed as ever.

    Rows make no cycles, and there are millions of them: to search them again and again took 8-25 % of the time of
    extracting pages, a fifth of that of entities, and a quarter of that of tokenizing.
    """
    before = gc.get_threshold()
    gc.set_threshold(_ALLOCATIONS, _YOUNGER, _YOUNGER)
    try:
        yield
    finally:
        gc.set_threshold(*before)


@functools.cache
def keep_what_is_loaded() -> None:
    """Leaves out of that search, once and for all, what the process has loaded so far: some 2,000 modules.

    Nothing of it would be found to be garbage, neither while items are done nor at the end of the process, where Python
    searches it three times over and takes it apart: 0.4 CPU s in each worker and in the command itself.

    Not where DuckDB is loaded: it would tell the user at the end that its objects have leaked.
    """
    if "duckdb" not in sys.modules:
        gc.freeze()
