"""What full dumps would cost: unit costs measured by the other benchmarks × sizes of the dumps, as a table.

    python -m benchmarks.scale [--wikipedia S_PER_MB] [--wikidata S_PER_MB] [--titles S_PER_M] [--links S_PER_M]
                               [--shards S_PER_M] [--price DOLLARS] [--efficiency SHARE]

The defaults are the figures of docs/performance.md; where these come from, what is assumed and what the table leaves
out is said in docs/scale.md.
"""

import argparse
from dataclasses import dataclass, fields, replace


@dataclass(frozen=True, kw_only=True)
class UnitCosts:
    """CPU seconds of one core per unit of input."""

    wikipedia: float = 0.062
    """`extract wikipedia`, per MB of XML, decoding of .bz2 included."""
    wikidata: float = 0.026
    """`extract wikidata`, per MB of JSON, decoding of .bz2 included."""
    titles: float = 3.5
    """`resolve`, per million titles."""
    links: float = 1.17
    """`resolve`, per million links: mentions and leads."""
    shards: float = 1.9
    """`shards`, per million tokens of passages and texts together (XLM-R's vocabulary)."""


@dataclass(frozen=True, kw_only=True)
class Densities:
    """What a MB of a Wikipedia's XML holds: measured on the real excerpt of the English one (6.1 MB of XML)."""

    links: float = 0.00372
    """Million links."""
    tokens: float = 0.118
    """Million tokens of passages."""
    tables: float = 0.33
    """MB of tables (Parquet): passages, mentions, repeats, titles, pages, leads."""
    shards: float = 0.35
    """MB of shards (Parquet): MLM's and MEP's rows."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """One set of dumps. `xml`, `json`: GB unpacked; `packed`: GB of the files; `titles`: millions, redirects too."""

    name: str
    xml: float = 0.0
    json: float = 0.0
    packed: float = 0.0
    titles: float = 0.0


JOBS = (
    Job(name="full enwiki", xml=100, packed=25, titles=18),
    Job(name="15 languages", xml=250, packed=60, titles=55),
    Job(name="100 languages", xml=350, packed=85, titles=110),
    Job(name="all of Wikidata", json=1400, packed=81.5),
)


@dataclass(frozen=True, kw_only=True)
class Cost:
    """CPU hours by step, and GB on disk."""

    extract: float
    resolve: float
    shards: float
    disk: float

    @property
    def hours(self) -> float:
        """CPU hours in all."""
        return self.extract + self.resolve + self.shards


def cost(job: Job, units: UnitCosts, densities: Densities) -> Cost:
    """What one job costs.

    >>> found = cost(Job(name="x", xml=36, titles=2), UnitCosts(), Densities())
    >>> [round(value, 2) for value in (found.extract, found.resolve, found.shards, found.hours)]
    [1.02, 0.05, 2.24, 3.31]
    """
    megabytes = 1000 * job.xml
    links, tokens = megabytes * densities.links, megabytes * densities.tokens
    return Cost(
        extract=(megabytes * units.wikipedia + 1000 * job.json * units.wikidata) / 3600,
        resolve=(job.titles * units.titles + links * units.links) / 3600,
        shards=tokens * units.shards / 3600,
        disk=job.packed + job.xml * (densities.tables + 2 * densities.shards) + job.json * WIKIDATA_TABLES,
    )


WIKIDATA_TABLES = 0.02
"""GB of tables per GB of JSON with `--keep linked` and 15 languages: an assumption, the samples are too small."""


def wall(hours: float, cores: int, efficiency: float) -> float:
    """Hours on one machine.

    >>> wall(32.0, 16, 0.8)
    2.5
    """
    return hours / (cores * efficiency)


def main() -> None:
    """Prints the table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    for field in fields(UnitCosts):
        parser.add_argument(f"--{field.name}", type=float, default=getattr(UnitCosts(), field.name))
    parser.add_argument("--price", type=float, default=0.04, help="dollars of a core for an hour")
    parser.add_argument("--efficiency", type=float, default=0.8, help="share of the cores that is busy")
    options = parser.parse_args()
    units = replace(UnitCosts(), **{field.name: getattr(options, field.name) for field in fields(UnitCosts)})
    print("| what | extract | resolve | shards | CPU hours | 16 cores, h | 64 cores, h | disk, GB | dollars |")
    print("|---|---|---|---|---|---|---|---|---|")
    for job in JOBS:
        found = cost(job, units, Densities())
        times = [f"{wall(found.hours, cores, options.efficiency):.1f}" for cores in (16, 64)]
        steps = [f"{hours:.1f}" for hours in (found.extract, found.resolve, found.shards, found.hours)]
        cells = [job.name, *steps, *times, f"{found.disk:.0f}", f"{found.hours * options.price:.2f}"]
        print("| " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
