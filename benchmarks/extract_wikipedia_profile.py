"""Where the CPU time of `extract wikipedia` goes, stage by stage, in one process without Beam.

Timers stand around the few calls a page that begin a stage; what they cost themselves is measured afterwards and taken
off. A stage's time is its own, without the stages that it calls. "engine, records" is what is left of the whole; what a
page leaves to be freed is freed there. The passes over a page can be told apart where Python runs them; of the compiled
parser they are one line.
"""

import functools
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

from pipeline.config.extract_wikipedia import ExtractWikipediaConfig
from pipeline.jobs.engine import RunOptions
from pipeline.jobs.extract_wikipedia import extract_wikipedia
from pipeline.parse.wikitext import parser, scanner

PAGES = "pages (the passes that have no line here)"
NAMES = "names without links"
CALLS = {
    "decode": ("pipeline.parse.dump.pages.decoded",),
    "XML": ("pipeline.parse.dump.pages.PageReader.pages",),
    "preprocess (comments, templates, tags)": ("pipeline.parse.wikitext.page.preprocess",),
    "tables, tags, variants": (
        "pipeline.parse.wikitext.page.cut_tables",
        "pipeline.parse.wikitext.page.mark_tags",
        "pipeline.parse.wikitext.page.convert_variants",
    ),
    "links": ("pipeline.parse.wikitext.page.replace_links",),
    "blocks": ("pipeline.parse.wikitext.page.BlockParser.run",),
    PAGES: (),
    NAMES: (),
    "Arrow": (
        "pipeline.manifest.parts.to_arrow",
        "pipeline.parse.dump.page_columns.PageColumns.add",
        "pipeline.parse.dump.page_columns.PageColumns.batch",
    ),
    "Parquet": ("pipeline.manifest.parts.PartWriter.end_row_group", "pipeline.manifest.parts.PartWriter.close"),
    "planning": ("pipeline.jobs.extract_wikipedia.plan_wikipedia",),
    "page rows": ("pipeline.jobs.extract_wikipedia.page_rows",),
}
"""Stage → the functions that it is made of."""
GENERATORS = ("decode", "XML")
REST = "engine, records"


class Clock:
    """CPU seconds by stage; a stage within a stage counts as its own only."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self.calls: Counter[str] = Counter()
        self.stack = [REST]
        self.last = time.process_time()

    def enter(self, stage: str) -> None:
        """Time from here on is `stage`'s."""
        self._charge()
        self.stack.append(stage)

    def leave(self) -> None:
        """Time from here on is that of the stage around."""
        self._charge()
        self.stack.pop()

    def _charge(self) -> None:
        now, stage = time.process_time(), self.stack[-1]
        self.seconds[stage] += now - self.last
        self.calls[stage] += 1
        self.last = now

    def net(self) -> Counter[str]:
        """The seconds without what the timers cost: of each timed call half before and half after its charge."""
        other, rounds = Clock(), 100_000
        timed = other.call(REST, lambda: None)
        before = time.process_time()
        for _ in range(rounds):
            timed()
        each = (time.process_time() - before) / (2 * rounds)
        return Counter({stage: max(0.0, own - each * self.calls[stage]) for stage, own in self.seconds.items()})

    def call(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, its calls timed."""

        @functools.wraps(function)
        def timed(*args: Any, **named: Any) -> Any:
            self.enter(stage)
            try:
                return function(*args, **named)
            finally:
                self.leave()

        return timed

    def generator(self, stage: str, function: Callable[..., Iterable[Any]]) -> Callable[..., Iterator[Any]]:
        """The generator function, the time until each of its items counted."""

        @functools.wraps(function)
        def timed(*args: Any, **named: Any) -> Iterator[Any]:
            items = iter(function(*args, **named))
            while True:
                self.enter(stage)
                try:
                    item = next(items)
                except StopIteration:
                    return
                finally:
                    self.leave()
                yield item

        return timed


def stages(dump: Path, **choices: Any) -> tuple[Counter[str], dict[str, int]]:
    """CPU seconds by stage of the whole job on a dump, and the job's counts; `choices` go into its configuration."""
    clock = Clock()
    with tempfile.TemporaryDirectory() as root:
        patches = []
        for stage, names in CALLS.items():
            for name in names:
                wrap = clock.generator if stage in GENERATORS else clock.call
                patches.append(mock.patch(name, wrap(stage, _resolve(name))))
        timed = parser.current._replace(
            parse_page=clock.call(PAGES, parser.current.parse_page),
            propagate_mentions=clock.call(NAMES, parser.current.propagate_mentions),
        )
        patches.append(mock.patch.object(parser, "current", timed))
        for patch in patches:
            patch.start()
        try:
            config = ExtractWikipediaConfig(dumps=(str(dump),), root=root, **choices)
            clock.last = time.process_time()
            report = extract_wikipedia(config, RunOptions(runner="loop"))
            clock.enter(REST)
        finally:
            for patch in patches:
                patch.stop()
    return clock.net(), report.counts


def _resolve(name: str) -> Callable[..., Any]:
    """The function of a dotted name: `package.module.function` or `package.module.Class.method`."""
    module, _, attribute = name.rpartition(".")
    if module.rpartition(".")[2][:1].isupper():
        module, _, owner = module.rpartition(".")
        attribute = f"{owner}.{attribute}"
    found: Any = __import__(module, fromlist=["*"])
    for part in attribute.split("."):
        found = getattr(found, part)
    return found  # type: ignore[no-any-return]


def table(seconds: Counter[str], megabytes: float) -> str:
    """Markdown: stage, share of the whole, and MB of XML that it alone would do in a second."""
    whole = sum(seconds.values())
    lines = ["| stage | share of CPU | MB/s alone |", "|---|---|---|"]
    for stage in (*CALLS, REST):
        own = seconds[stage]
        if own:
            lines.append(f"| {stage} | {own / whole:.1%} | {megabytes / own:,.0f} |")
    lines.append(f"| all | 100% | {megabytes / whole:,.1f} |")
    return "\n".join(lines)


def main() -> None:
    """Prints the table of one dump: `python -m benchmarks.extract_wikipedia_profile DUMP compiled|native|python`.

    `compiled` is what runs by default; `native` the native scanner alone, the parser in Python.
    """
    dump, which = sys.argv[1:]
    scanner.current = scanner.choose("python" if which == "python" else "native")
    parser.current = parser.choose("native" if which == "compiled" else "python")
    seconds, counts = stages(Path(dump), own_templates_bytes=0)
    print(table(seconds, counts["decoded_bytes"] / 1e6))


if __name__ == "__main__":
    main()
