"""The parser in use: its modules compiled by mypyc where they were built from these very sources, else in Python.

Both are the same source, so there is nothing to keep equal but the build: it carries a digest of the sources, and where
they have changed since, Python runs them. `XLMK_PARSER=python` in the environment chooses Python, `native` demands the
compiled ones; unset, `XLMK_SCANNER=python` means Python here too.
"""

import importlib
from collections.abc import Callable
from types import ModuleType
from typing import NamedTuple

from pipeline.parse.native import choose_part, wanted_part
from pipeline.parse.wikitext import page, propagate
from pipeline.parse.wikitext.compiled_sources import COMPILED, sources_digest
from pipeline.parse.wikitext.model import ParsedPage
from pipeline.parse.wikitext.propagate import Propagated

VARIABLE = "XLMK_PARSER"


class Parser(NamedTuple):
    """What is called for each page; said in `page` and `propagate`."""

    name: str
    """`compiled` or `python`, and why it is Python where the compiled one is of other sources."""
    parse_page: Callable[..., ParsedPage]
    propagate_mentions: Callable[..., list[Propagated]]


PYTHON = Parser("python", page.parse_page, propagate.propagate_mentions)


def _module(name: str) -> ModuleType | None:
    """A compiled module, None where there is none; a file of Python left there by a build that was cut off is none."""
    try:
        module = importlib.import_module(f"{COMPILED}.{name}")
    except ImportError:  # no compiler, or no mypyc, where the package was installed
        return None
    return None if str(module.__file__).endswith(".py") else module


def compiled_digest() -> str | None:
    """Digest of the sources that the compiled modules were built from; None where they were not built."""
    sources = _module("sources")
    return None if sources is None else str(sources.DIGEST)


def compiled(built: str | None, wanted: str) -> Parser | None:
    """The compiled parser if it was built from the wanted sources."""
    if built is None or built != wanted:
        return None
    pages, names = _module("page"), _module("propagate")
    if pages is None or names is None:
        return None
    return Parser("compiled", pages.parse_page, names.propagate_mentions)


NATIVE = compiled(compiled_digest(), sources_digest())


def choose(wanted: str | None) -> Parser:
    """The parser of that name; None takes the compiled one if there is one.

    >>> choose("python").name
    'python'
    """
    built = _module("sources")
    return choose_part(VARIABLE, wanted, python=PYTHON, native=NATIVE, what="parser", built=built, how="compiled")


current = choose(wanted_part(VARIABLE))
"""The parser in use. Tests put another here."""
