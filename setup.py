"""Builds the native parts where there is a C compiler; where there is none, a line says so: Python does their work.

Most are written in C. One is the hot modules of the wikitext parser, compiled by mypyc from their own Python
sources (`pipeline.parse.wikitext.compiled_sources`): copied into a package of their own, so that no shared library ever
stands before an edited source.
"""

import importlib.util
import sys
from pathlib import Path
from typing import ClassVar

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.errors import BaseError, CCompilerError

ROOT = Path(__file__).resolve().parent
FOLDER = "pipeline/parse/wikitext"
DUMP = "pipeline/parse/dump"
COMPILED = "pipeline.parse.wikitext_compiled"
FLAGS = [] if sys.platform == "win32" else ["-O2", "-g0"]


def left_out(name: str, why: object) -> None:
    """Says in one line that a part is not built."""
    sys.stderr.write(f"xlmk: {name} is not built ({why}); Python's own is used instead\n")


def compiled_parser() -> list[Extension]:
    """The C that mypyc makes of the parser's hot modules; empty, with a line, where there is no mypyc."""
    try:
        from mypyc.build import mypycify  # noqa: PLC0415  # it may not be there
    except ImportError as error:
        left_out("the compiled parser", error)
        return []
    spec = importlib.util.spec_from_file_location("compiled_sources", ROOT / FOLDER / "compiled_sources.py")
    sources = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sources)
    folder = ROOT / COMPILED.replace(".", "/")
    try:
        copies = sources.write_copies(folder)
        options = ["--cache-dir=build/mypyc_cache", "--follow-imports=silent", "--ignore-missing-imports"]
        extensions = mypycify(
            [*options, *(str(path.relative_to(ROOT)) for path in copies)],
            opt_level="1",  # builds sooner than 2; the time is in Python's own runtime
            debug_level="0",
            group_name=f"{COMPILED}.group",
            target_dir="build/mypyc",
        )
        for one in extensions:
            one.optional = True
        return extensions
    except SystemExit as error:
        left_out("the compiled parser", f"mypyc refused it: {error}")
        return []
    finally:
        for path in folder.glob("*.py"):
            path.unlink()


class OptionalBuild(build_ext):
    """`build_ext` that goes on without an extension that cannot be built."""

    given_up: ClassVar[set[str]] = set()

    def run(self) -> None:
        """Adds the compiled parser, only here: other commands ask for the extensions too, and mypyc takes a while."""
        self.distribution.ext_modules.extend(compiled_parser())
        self.swig_opts = None  # what options are finalised from
        self.finalize_options()
        super().run()

    def build_extension(self, ext: Extension) -> None:
        """Builds one extension, or says in one line that it is left out; the compiled parser is one of eleven files."""
        package = ext.name.rpartition(".")[0]
        if package in self.given_up:
            return
        try:
            super().build_extension(ext)
        except (BaseError, CCompilerError, OSError) as error:
            left_out(ext.name, error)
            if package == COMPILED:
                self.given_up.add(package)


setup(
    cmdclass={"build_ext": OptionalBuild},
    ext_modules=[
        Extension(
            "pipeline.parse.wikitext._scanner",
            sources=[f"{FOLDER}/_scanner{part}.c" for part in ("", "_links", "_names", "_text")],
            depends=[f"{FOLDER}/_scanner.h"],
            extra_compile_args=FLAGS,
            optional=True,
        ),
        Extension(
            "pipeline.parse.dump._bz2_blocks",
            sources=[f"{DUMP}/_bz2_blocks.c", f"{DUMP}/_bz2_read.c", f"{DUMP}/_bz2_unsort.c"],
            depends=[f"{DUMP}/_bz2_blocks.h"],
            extra_compile_args=[] if sys.platform == "win32" else ["-O3", "-g0"],
            optional=True,
        ),
        Extension(
            "pipeline.parse.dump._page_layout",
            sources=[f"{DUMP}/_page_layout.c"],
            extra_compile_args=[] if sys.platform == "win32" else ["-O3", "-g0"],
            optional=True,
        ),
        Extension(
            "pipeline.parse._columns",
            sources=["pipeline/parse/_columns.c"],
            extra_compile_args=FLAGS,
            optional=True,
        ),
        Extension(
            "pipeline.parse.wikidata._groups",
            sources=["pipeline/parse/wikidata/_groups.c"],
            extra_compile_args=FLAGS,
            optional=True,
        ),
    ],
)
