"""The command line's edge: help is quick and light, errors are one line with exit code 1, usage errors exit with 2."""

import json
import os
import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from cli.commands.console import ProgressLine, show
from cli.main import COMMANDS, main
from pipeline.errors import InputError

HEAVY = ("torch", "transformers", "apache_beam", "duckdb", "pyarrow", "sentencepiece")


def test_help_loads_none_of_the_engines() -> None:
    code = (
        "import sys, json, runpy\nsys.argv = ['xlmk', '--help']\n"
        "try:\n runpy.run_module('cli.main', run_name='__main__')\nexcept SystemExit: pass\n"
        "print(json.dumps([m for m in " + repr(HEAVY) + " if m in sys.modules]))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(result.stdout.splitlines()[-1]) == []
    assert all(name in result.stdout for name in COMMANDS)


def test_arrow_takes_the_memory_that_extract_keeps() -> None:
    code = (
        "import click\nfrom cli.main import main\nmain.get_command(click.Context(main), 'extract')\n"
        "import pyarrow\nprint(pyarrow.default_memory_pool().backend_name)"
    )
    environment = {name: value for name, value in os.environ.items() if name != "ARROW_DEFAULT_MEMORY_POOL"}
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert result.stdout == "system\n"


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_command_has_help_with_an_example(name: str) -> None:
    result = CliRunner().invoke(main, [name, "--help"])
    assert result.exit_code == 0, result.output
    command = main.get_command(click.Context(main), name)
    subcommands = list(command.commands) if isinstance(command, click.Group) else []
    for sub in subcommands or [None]:
        output = CliRunner().invoke(main, [name, sub, "--help"] if sub else [name, "--help"]).output
        assert "Example:" in output, f"{name} {sub or ''}"
        assert f"xlmk {name}" in output.split("Example:")[1]


def test_a_user_error_is_one_line_and_exit_code_1(monkeypatch: pytest.MonkeyPatch) -> None:
    @click.command()
    def broken() -> None:
        raise InputError("dump.xml is empty (0 bytes)", next_step="download it again")

    monkeypatch.setattr(type(main), "get_command", lambda *_: broken)
    result = CliRunner().invoke(main, ["broken"])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "Error: dump.xml is empty (0 bytes); next: download it again\n"


def test_usage_errors_exit_with_2() -> None:
    assert CliRunner().invoke(main, ["nonsense"]).exit_code == 2
    assert CliRunner().invoke(main, ["--nonsense"]).exit_code == 2


def test_json_is_exactly_one_line_on_stdout() -> None:
    @click.command()
    def report() -> None:
        progress = ProgressLine()
        progress("3/4 items")
        progress("warning: read this")
        progress("# next stage …")
        show({"lang": "ja", "title": "東京"}, ["for people"], as_json=True)

    result = CliRunner().invoke(report)
    assert result.stdout == '{"lang": "ja", "title": "東京"}\n'
    assert result.stderr == "warning: read this\nnext stage …\n"
