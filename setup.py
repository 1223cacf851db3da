"""Builds the native parts where there is a C compiler; where there is none, a line says so: Python does their work."""

import sys

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.errors import BaseError, CCompilerError

FOLDER = "pipeline/parse/wikitext"
DUMP = "pipeline/parse/dump"


class OptionalBuild(build_ext):
    """`build_ext` that goes on without an extension that cannot be built."""

    def build_extension(self, ext: Extension) -> None:
        """Builds one extension, or says in one line that it is left out."""
        try:
            super().build_extension(ext)
        except (BaseError, CCompilerError, OSError) as error:
            sys.stderr.write(f"xlmk: {ext.name} is not built ({error}); Python's own is used instead\n")


setup(
    cmdclass={"build_ext": OptionalBuild},
    ext_modules=[
        Extension(
            "pipeline.parse.wikitext._scanner",
            sources=[f"{FOLDER}/_scanner.c", f"{FOLDER}/_scanner_text.c"],
            depends=[f"{FOLDER}/_scanner.h"],
            extra_compile_args=[] if sys.platform == "win32" else ["-O2", "-g0"],
            optional=True,
        ),
        Extension(
            "pipeline.parse.dump._bz2_blocks",
            sources=[f"{DUMP}/_bz2_blocks.c", f"{DUMP}/_bz2_read.c", f"{DUMP}/_bz2_unsort.c"],
            depends=[f"{DUMP}/_bz2_blocks.h"],
            extra_compile_args=[] if sys.platform == "win32" else ["-O3", "-g0"],
            optional=True,
        ),
    ],
)
