"""The `xlmk` command: a group of commands, each loaded only when it is called for."""

import importlib
import logging
import os

import click

from pipeline.errors import XlmkError

COMMANDS = {
    "demo": ("cli.commands.demo:demo", "The whole job on the bundled sample world."),
    "sample": ("cli.commands.sample:sample", "Write the sample world: dumps in the real formats."),
    "extract": ("cli.commands.extract:extract", "Dumps → tables: `wikipedia`, `wikidata`."),
    "resolve": ("cli.commands.resolve:resolve", "Links → entities, statements → triples."),
    "tokenizer": ("cli.commands.tokenizer:tokenizer", "Train or extend a vocabulary."),
    "shards": ("cli.commands.shards:shards", "Tables → training shards."),
    "train": ("cli.commands.train:train", "Pre-train from shards: MLM + MEP + OE."),
    "evaluate": ("cli.commands.evaluate:evaluate", "Judge a model: `retrieval` …"),
    "experiment": ("cli.commands.experiment:experiment", "Does the knowledge arrive? `knowledge`."),
    "export": ("cli.commands.export:export", "A run as a plain Hugging Face folder."),
    "query": ("cli.commands.query:query", "SQL over the tables, read-only."),
}
"""Name → where the command is, and its line in `xlmk --help` (so that the help loads none of them)."""


WITHOUT_BLAS = frozenset({"extract", "resolve", "tokenizer", "shards", "query"})
"""Commands that multiply no matrices. To load numpy starts a thread of its BLAS for each core, which waits awake: 0.1
CPU seconds in the command and in each of its workers. Commands that load torch keep their threads."""

READS_DUMPS = "extract"
"""The command that fills Arrow's columns all the time. Arrow's own allocator maps huge pages, which the system clears
as a whole and gets back after each batch: 2 % of the CPU time of extracting pages in Python, and 20 MB of the peak."""


class LazyGroup(click.Group):
    """Imports a command's module when that command is called, and turns errors meant for the user into one line."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All commands in the order of the work."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Loads one command."""
        if cmd_name not in COMMANDS:
            return None
        if cmd_name in WITHOUT_BLAS:
            os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        if cmd_name == READS_DUMPS:
            os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command = getattr(importlib.import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Lists the commands without loading them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> object:
        """Runs the command; an XlmkError ends it with one line on stderr and exit code 1."""
        logging.basicConfig(level=logging.ERROR)  # Beam warns of every optional package that is not there
        try:
            return super().invoke(ctx)
        except XlmkError as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="xlmk")
def main() -> None:
    """From Wikipedia and Wikidata dumps to training shards to a pre-trained, evaluated XLM-K model.

    \b
    The flow:   sample | your dumps → extract → resolve → tokenizer → shards → train → evaluate → export
    First try:  xlmk demo
    """


if __name__ == "__main__":
    main()
