"""Options and output that all commands share: progress on stderr, one JSON line on stdout with `--json`."""

import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, TypeVar

import click

_Function = TypeVar("_Function", bound=Callable[..., Any])
QUIET_SECONDS = 10.0
"""Where stderr is no terminal, a line of progress is shown at most this often."""

json_option = click.option(
    "--json", "as_json", is_flag=True, help="Exactly one JSON line on stdout; all else on stderr."
)
root_option = click.option(
    "--root", required=True, type=click.Path(file_okay=True), help="The knowledge base's folder (KB)."
)


def runner_options(command: _Function) -> _Function:
    """Adds `--workers`, `--runner` and Beam's own options (after `--`)."""
    command = click.argument("beam_options", nargs=-1, type=click.UNPROCESSED, metavar="[-- BEAM OPTIONS]")(command)
    command = click.option(
        "--runner", help="Beam runner; default: Beam's in-process one. `loop`: a plain loop without Beam."
    )(command)
    return click.option(
        "--workers", type=click.IntRange(min=1), default=1, show_default=True, help="Processes on this machine."
    )(command)


class ProgressLine:
    """Shows lines of progress on stderr: over each other on a terminal, else one every ten seconds.

    A line that starts with "#" (a new stage) or "warning:" is always shown, on a line of its own.
    """

    _open: ClassVar["ProgressLine | None"] = None

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._shown = time.monotonic()
        self._width = 0

    def __call__(self, line: str) -> None:
        if line.startswith(("#", "warning:")):
            click.echo(
                "\r" + " " * self._width + "\r" + line.lstrip("# ") if self._width else line.lstrip("# "), err=True
            )
            self._width = 0
        elif self._terminal:
            ProgressLine._open = self
            click.echo("\r" + line.ljust(self._width), nl=False, err=True)
            self._width = len(line)
        elif time.monotonic() - self._shown >= QUIET_SECONDS:
            click.echo(line, err=True)
            self._shown = time.monotonic()

    @classmethod
    def leave(cls) -> None:
        """Ends the line that stands on the terminal, so that what is printed next starts on a new one."""
        if cls._open is not None and cls._open._width:
            click.echo(err=True)
            cls._open._width = 0
        cls._open = None


def show(report: Mapping[str, object], lines: list[str], *, as_json: bool) -> None:
    """Prints a command's result: one JSON line, or the lines for people."""
    ProgressLine.leave()
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False, default=str))
    else:
        for line in lines:
            click.echo(line)


def table(rows: list[tuple[object, ...]], header: tuple[str, ...]) -> list[str]:
    """Aligns rows under a header: numbers right, words left.

    >>> table([("it", 12), ("zh-yue", 3)], ("lang", "pages"))
    ['lang    pages', 'it         12', 'zh-yue      3']
    """
    texts = [header, *[tuple(f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row) for row in rows]]
    widths = [max(len(row[n]) for row in texts) for n in range(len(header))]
    right = [all(isinstance(row[n], int | float) for row in rows) for n in range(len(header))]
    return [
        "  ".join(cell.rjust(w) if r else cell.ljust(w) for cell, w, r in zip(row, widths, right, strict=True)).rstrip()
        for row in texts
    ]


def quiet_teardown() -> None:
    """For `atexit`, registered first so that it runs last: what comes after it is nanobind's list of DuckDB's types.

    With torch, Beam and DuckDB in one process the interpreter frees them in an order that DuckDB 2.0's binding reports
    as leaks (harmless, about 40 lines on stderr); only commands that load all three need it.
    """
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 2)
