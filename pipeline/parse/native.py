"""Which of two equal parts runs: the native one, which was built where there is a C compiler, or its twin in Python."""

import os
from typing import TypeVar

from pipeline.errors import ConfigError

Part = TypeVar("Part")
SCANNER_VARIABLE = "XLMK_SCANNER"
"""Chooses the scanner, the reader of pages, and what has no choice of its own."""
STALE = "python (the {} one is of other sources: python setup.py build_ext --inplace)"
"""How a part in Python is called where the other was built before its sources changed."""


def wanted_part(variable: str) -> str | None:
    """What the environment says of a part: `variable`, else Python where that is wanted of the scanner."""
    python = os.environ.get(SCANNER_VARIABLE) == "python"
    return os.environ.get(variable) or ("python" if python else None)


def choose_part(variable: str, wanted: str | None, *, python: Part, native: Part | None, name: str) -> Part:
    """The part that `wanted`, the value of `variable` in the environment, names; unset takes the native one if built.

    >>> choose_part("XLMK_BZ2", None, python="slow", native=None, name="decoder")
    'slow'
    >>> choose_part("XLMK_BZ2", "python", python="slow", native="fast", name="decoder")
    'slow'
    """
    if not wanted:
        return native or python
    if wanted == "python":
        return python
    if wanted != "native":
        raise ConfigError(f"{variable} is {wanted!r}: expected 'native' or 'python'")
    if native is None:
        raise ConfigError(
            f"{variable} is 'native', but the native {name} was not built",
            next_step="install xlmk anew where there is a C compiler",
        )
    return native
