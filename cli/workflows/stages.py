"""The stages of the main job as plain calls: sample world → tables → shards → run, each timed and resumable."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pipeline.config.extract_wikidata import ExtractWikidataConfig
from pipeline.config.extract_wikipedia import ExtractWikipediaConfig
from pipeline.config.resolve import ResolveConfig
from pipeline.jobs.engine import JobReport, RunOptions
from pipeline.jobs.extract_wikidata import extract_wikidata
from pipeline.jobs.extract_wikipedia import extract_wikipedia
from pipeline.jobs.resolve import ResolveReport, resolve
from pipeline.sample import SampleOptions, SampleReport, write_sample

Progress = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Places:
    """Where everything of one job lies, below one folder.

    >>> Places(out=Path("demo")).shards.as_posix()
    'demo/shards'
    """

    out: Path

    @property
    def dumps(self) -> Path:
        """Wikipedia and Wikidata dumps."""
        return self.out / "dumps"

    @property
    def root(self) -> Path:
        """The knowledge base: tables and manifests."""
        return self.out / "KB"

    @property
    def tokenizer(self) -> Path:
        """The vocabulary."""
        return self.out / "tokenizer"

    @property
    def shards(self) -> Path:
        """Training shards."""
        return self.out / "shards"

    @property
    def run(self) -> Path:
        """The training run."""
        return self.out / "run"


@dataclass(kw_only=True)
class Stopwatch:
    """Wall seconds by stage; tells `progress` what begins."""

    progress: Progress
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Books the time spent inside under `name`."""
        self.progress(f"# {name} …")
        started = time.monotonic()
        yield
        self.seconds[name] = round(self.seconds.get(name, 0.0) + time.monotonic() - started, 1)


@dataclass(frozen=True, kw_only=True)
class Tables:
    """What extraction and resolution reported."""

    sample: SampleReport
    wikipedias: dict[str, JobReport]
    wikidata: JobReport
    resolved: ResolveReport

    def rows(self) -> dict[str, int]:
        """Rows of each table."""
        total: dict[str, int] = {}
        for tables in [*(report.tables for report in self.wikipedias.values()), self.wikidata.tables]:
            for name, number in tables.items():
                total[name] = total.get(name, 0) + number
        return dict(sorted({**total, **self.resolved.tables}.items()))


def sample_to_tables(
    places: Places,
    languages: Sequence[str],
    options: RunOptions,
    watch: Stopwatch,
    *,
    sample: SampleOptions | None = None,
    keep: Literal["all", "described", "linked"] = "linked",
    item_bytes: int = 64 << 10,
) -> Tables:
    """Writes the sample world's dumps and runs them through extraction and resolution into `places.root`."""
    root = str(places.root)
    with watch.stage("sample"):
        world = write_sample(languages, places.dumps, options=sample)
    with watch.stage("extract wikipedia"):
        wikipedias = {
            lang: extract_wikipedia(
                ExtractWikipediaConfig(dumps=(str(wiki.dump),), root=root, item_bytes=item_bytes), options
            )
            for lang, wiki in world.wikis.items()
        }
    with watch.stage("extract wikidata"):
        config = ExtractWikidataConfig(
            languages=tuple(languages), dumps=(str(world.wikidata),), root=root, keep=keep, item_bytes=item_bytes
        )
        wikidata = extract_wikidata(config, options)
    with watch.stage("resolve"):
        resolved = resolve(ResolveConfig(root=places.root), options)
    return Tables(sample=world, wikipedias=wikipedias, wikidata=wikidata, resolved=resolved)
