"""Builds the native parts where there is a C compiler; where there is none, a line says so: Python does their work.

Most are written in C. One is the hot modules of the wikitext parser, compiled by mypyc from their own Python
sources (`pipeline.parse.wikitext.compiled_sources`): copied into a package of their own, so that no shared library ever
stands before an edited source.
"""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import ClassVar

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.errors import BaseError, CCompilerError

ROOT = Path(__file__).resolve().parent
COMPILED = "pipeline.parse.wikitext_compiled"


def left_out(name: str, why: object) -> None:
    """Says in one line that a part is not built."""
    sys.stderr.write(f"xlmk: {name} is not built ({why}); Python's own is used instead\n")


def loaded(path: str) -> ModuleType:
    """A module of the package that needs nothing of it."""
    spec = importlib.util.spec_from_file_location(Path(path).stem, ROOT / path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def written_in_c(name: str, optimise: str = "-O2") -> Extension:
    """A native module, which says of which sources it is."""
    native = loaded("pipeline/parse/native_sources.py")
    files = native.SOURCES[name]
    return Extension(
        name,
        sources=[file for file in files if file.endswith(".c")],
        depends=list(files),
        define_macros=[(native.DIGEST, f'"{native.sources_digest(name)}"')],
        extra_compile_args=[] if sys.platform == "win32" else [optimise, "-g0"],
        optional=True,
    )


def compiled_parser() -> list[Extension]:
    """The C that mypyc makes of the parser's hot modules; empty, with a line, where there is no mypyc."""
    try:
        from mypyc.build import mypycify  # noqa: PLC0415  # it may not be there
    except ImportError as error:
        left_out("the compiled parser", error)
        return []
    sources = loaded("pipeline/parse/wikitext/compiled_sources.py")
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
        written_in_c("pipeline.parse.wikitext._scanner"),
        written_in_c("pipeline.parse.dump._bz2_blocks", "-O3"),
        written_in_c("pipeline.parse.dump._page_layout", "-O3"),
        written_in_c("pipeline.parse._columns"),
        written_in_c("pipeline.parse.wikidata._groups"),
    ],
)
