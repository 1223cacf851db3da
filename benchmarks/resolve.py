"""`resolve` against DuckDB's bare join: L links × T titles, CPU seconds and peak memory.

    python -m benchmarks.resolve [--links 10000000] [--titles 2000000] [--memory 1GB] [--threads 2] [--repeats 3]

The bare join reads links that are flat already (page, passage, start, end, surface, target), and titles that are
resolved already, and COPYs the join to Parquet without any order. `resolve` starts from nested passages and raw pages,
follows redirects, cuts surfaces out of the text, orders, writes the declared schema, and makes leads. The nested join
is the same COPY from the nested passages. Each runs in a process of its own with the same memory limit and threads,
in turn `--repeats` times; the ratios are medians of the ratios within a turn.
"""

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import duckdb

from pipeline.config.resolve import ResolveConfig
from pipeline.jobs.engine import RunOptions, run_job
from pipeline.jobs.resolve import resolve
from pipeline.manifest.items import JobSpec, WorkItem
from pipeline.manifest.parts import ItemOutput
from pipeline.tables.connection import connect, fetch
from pipeline.tables.stream import write_rows
from pipeline.transforms.run_item import Job

LINKS_A_PASSAGE = 4
TITLE = "create macro title(i) as substring(md5(i::varchar), 1, 6) || ' page ' || i"
PAGES = """
select i as page_id, 1::bigint as revision_id, title(i) as title, if(i % 4 = 0, 'redirect', 'article') as kind,
       if(i % 4 = 0, title(i + 1 + 3 * (hash(i) % 1000)), null) as redirect_title,
       null::varchar as redirect_fragment, 1000::bigint as wikitext_chars
from range($titles) t(i) order by i
"""
SITELINKS = """
select 'xx' as lang, title(i) as title, 7 * i + 1 as qid
from range($titles) t(i) where i % 4 <> 0 and i % 10 <> 3 order by title
"""
ENTITIES = """
select 7 * i + 1 as qid, 1::int as sitelink_count, [5 + i % 100]::bigint[] as instance_of
from range($titles) t(i) where i % 4 <> 0 order by qid
"""
PASSAGES = """
with texts as (
    select i, case when i % 2 = 0 then 'é' else 'e' end || md5(i::varchar) || ' ' || md5((i + 1)::varchar) || ' '
              || md5((i + 2)::varchar) || ' ' || md5((i + 3)::varchar) || ' ' || md5((i + 4)::varchar) as text
    from range($first::bigint, $last::bigint) t(i)
)
select (i // 8)::bigint as page_id, (i % 8)::int as passage_index, []::varchar[] as section, 'paragraph' as kind, text,
       list_transform(range(4), lambda k: struct_pack(
           start := (2 + 33 * k)::int, "end" := (14 + 33 * k)::int,
           target := title(hash(i * 4 + k) % ($titles * 21 // 20)), fragment := null::varchar)) as links
from texts order by i
"""
FLAT_LINKS = """
copy (select page_id, passage_index, l.start as start, l."end" as "end", substring(text, 3, 12) as surface,
             l.target as target
      from (select page_id, passage_index, text, unnest(links) as l
            from read_parquet('{root}/tables/passages/lang=xx/*.parquet')))
to '{root}/flat.parquet' (compression zstd)
"""
BARE_JOIN = """
copy (select link.page_id, passage_index, start, "end", surface, qid, coalesce(status, 'red') as status
      from read_parquet('{root}/flat.parquet') as link
      left join read_parquet('{root}/tables/titles/lang=xx/*.parquet') as title on link.target = title.title)
to '{root}/joined.parquet' (compression zstd)
"""
NESTED_JOIN = """
copy (select link.page_id, passage_index, l.start as start, l."end" as "end",
             substring(text, l.start + 1, l."end" - l.start) as surface, qid, coalesce(status, 'red') as status
      from (select page_id, passage_index, text, unnest(links) as l
            from read_parquet('{root}/tables/passages/lang=xx/*.parquet')) as link
      left join read_parquet('{root}/tables/titles/lang=xx/*.parquet') as title on l.target = title.title)
to '{root}/nested.parquet' (compression zstd)
"""
MADE = ("titles", "mentions", "leads", "triples")
JOINS = ("bare join", "nested join")
BARE = {"flat": FLAT_LINKS, "bare join": BARE_JOIN, "nested join": NESTED_JOIN}


@dataclass(frozen=True, kw_only=True)
class GeneratedJob(Job):
    """Publishes generated tables: item payload = (table, first, last)."""

    root: str
    name: str
    tables: tuple[str, ...]
    titles: int
    scope: str = ""

    @property
    def spec(self) -> JobSpec:
        """Named like the extraction that it stands for."""
        return JobSpec(name=self.name, root=self.root, format_number=1, tables=self.tables, scope=self.scope)

    def process(self, item: WorkItem, out: ItemOutput) -> None:
        """Writes one table, or a range of passages."""
        table, first, last = item.payload
        sql = {"pages": PAGES, "sitelinks": SITELINKS, "entities": ENTITIES, "passages": PASSAGES}[str(table)]
        values = {"titles": self.titles, "first": first, "last": last}
        with connect(memory_bytes=4 * 10**9, threads=2) as connection:
            fetch(connection, TITLE)
            wanted = {name: value for name, value in values.items() if f"${name}" in sql}
            write_rows(connection, sql, wanted, out.writer(str(table)))


def generate(root: Path, links: int, titles: int) -> None:
    """Makes the tables that `resolve` reads."""
    passages, step = links // LINKS_A_PASSAGE, 250_000
    items = [WorkItem("pages", 1, f"{titles}", ("pages", 0, 0))]
    for first in range(0, passages, step):
        payload = ("passages", first, min(passages, first + step))
        items.append(WorkItem(f"passages-{first:09d}", 1, f"{titles}-{links}", payload))
    tables = ("pages", "passages", "repeats")
    job = GeneratedJob(root=str(root), name="extract-wikipedia", tables=tables, titles=titles, scope="lang=xx")
    run_job(job, items, RunOptions(runner="loop"))
    items = [WorkItem(name, 1, f"{titles}", (name, 0, 0)) for name in ("sitelinks", "entities")]
    wikidata = ("entities", "entity_texts", "sitelinks", "statements", "item_redirects", "properties")
    job = GeneratedJob(root=str(root), name="extract-wikidata", tables=wikidata, titles=titles)
    run_job(job, items, RunOptions(runner="loop"))


def bare(root: Path, memory: str, threads: int, statement: str) -> None:
    """Runs a statement with nothing around it."""
    settings = {"memory_limit": memory, "threads": threads, "temp_directory": str(root / "bare-spill")}
    with duckdb.connect(":memory:", config=settings) as connection:
        connection.execute(statement.format(root=root)).fetchall()


def forget(root: Path) -> None:
    """Takes away what an earlier `resolve` made."""
    for path in [*root.glob("jobs/resolve-*"), *(root / "tables" / name for name in MADE)]:
        shutil.rmtree(path, ignore_errors=True)
    for path in root.glob("manifests/resolve-*.json"):
        path.unlink()


def step(options: argparse.Namespace) -> None:
    """Runs one step in this process and prints its figures as JSON."""
    root, name, memory, threads = options.folder, options.step, options.memory, options.threads
    started, cpu = time.perf_counter(), time.process_time()
    if name == "resolve":
        forget(root)
        started, cpu = time.perf_counter(), time.process_time()
        config = ResolveConfig(root=root, memory_limit=memory)
        resolve(config, RunOptions(runner="loop", workers=threads))
    elif name == "generate":
        generate(root, options.links, options.titles)
    else:
        bare(root, memory, threads, BARE[name])
    figures = {
        "wall": time.perf_counter() - started,
        "cpu": time.process_time() - cpu,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    print(json.dumps(figures))


def measure(options: argparse.Namespace, root: Path, name: str) -> dict[str, float]:
    """Runs one step in a process of its own (a child starts with its parent's peak, so this one must stay small)."""
    flags = {"folder": root, "memory": options.memory, "threads": options.threads}
    flags |= {"links": options.links, "titles": options.titles, "step": name}
    command = [sys.executable, __file__, *[f"--{key}={value}" for key, value in flags.items()]]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    figures: dict[str, float] = json.loads(output)
    return figures


def main() -> None:
    """Generates, measures, prints a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--links", type=int, default=10_000_000)
    parser.add_argument("--titles", type=int, default=2_000_000)
    parser.add_argument("--memory", default="1GB")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="kept, and used again where it was made with the same numbers")
    parser.add_argument("--step", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.step:
        step(options)
        return
    with tempfile.TemporaryDirectory() as temporary:
        root = options.folder or Path(temporary)
        if not (root / "flat.parquet").exists():
            measure(options, root, "generate")
            measure(options, root, "resolve")
            measure(options, root, "flat")
        turns = [{name: measure(options, root, name) for name in ("resolve", *JOINS)} for _ in range(options.repeats)]
    print(f"{options.links:,} links × {options.titles:,} titles, {options.memory}, {options.threads} threads")
    for name in ("resolve", *JOINS):
        cpu, wall, peak = (median(turn[name][key] for turn in turns) for key in ("cpu", "wall", "peak_mb"))
        ratio = median(turn["resolve"]["cpu"] / turn[name]["cpu"] for turn in turns)
        print(f"{name:11} {cpu:6.1f} CPU s {wall:6.1f} s {peak:6.0f} MB peak   resolve / this: {ratio:.2f}")


if __name__ == "__main__":
    main()
