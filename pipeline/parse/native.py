"""Which of two equal parts runs: the native one, which was built where there is a C compiler, or its twin in Python."""

import os
from types import ModuleType
from typing import Protocol, Self, TypeVar

from pipeline.errors import ConfigError


class NamedPart(Protocol):
    """A named tuple whose name says which part it is."""

    @property
    def name(self) -> str:
        """`python`, `native`, or why it is the former."""

    def _replace(self, *, name: str) -> Self: ...


Part = TypeVar("Part", bound=NamedPart)
SCANNER_VARIABLE = "XLMK_SCANNER"
"""Chooses the scanner, the reader of pages, and what has no choice of its own."""
_BUILD = "python setup.py build_ext --inplace"


def wanted_part(variable: str) -> str | None:
    """What the environment says of a part: `variable`, else Python where that is wanted of the scanner."""
    python = os.environ.get(SCANNER_VARIABLE) == "python"
    return os.environ.get(variable) or ("python" if python else None)


def choose_part(
    variable: str,
    wanted: str | None,
    *,
    python: Part,
    native: Part | None,
    what: str,
    built: ModuleType | None = None,
    how: str = "native",
) -> Part:
    """The part that `wanted`, the value of `variable` in the environment, names; unset takes the native one if built.

    `built` is the native module even where it is of other sources, and no `native` one is made of it: then the part in
    Python is called so. `how` is the word for the native one.

    >>> from typing import NamedTuple
    >>> class Decoder(NamedTuple):
    ...     name: str
    >>> slow, fast = Decoder("python"), Decoder("native")
    >>> [choose_part("XLMK_BZ2", wanted, python=slow, native=fast, what="decoder").name for wanted in (None, "python")]
    ['native', 'python']
    >>> choose_part("XLMK_BZ2", None, python=slow, native=None, what="decoder").name
    'python'
    """
    stale = native is None and built is not None
    if not wanted:
        return native or (
            python._replace(name=f"python (the {how} one is of other sources: {_BUILD})") if stale else python
        )
    if wanted == "python":
        return python
    if wanted != "native":
        raise ConfigError(f"{variable} is {wanted!r}: expected 'native' or 'python'")
    if native is None:
        why = "is of other sources" if stale else "was not built"
        raise ConfigError(
            f"{variable} is 'native', but the {how} {what} {why}",
            next_step=_BUILD if stale else "install xlmk anew where there is a C compiler",
        )
    return native
