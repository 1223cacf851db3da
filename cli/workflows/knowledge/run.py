"""`xlmk experiment knowledge` from end to end."""

from collections.abc import Sequence
from pathlib import Path

from cli.workflows.knowledge.branches import BRANCHES, GATED, Schedule
from cli.workflows.knowledge.gates import check_gates
from cli.workflows.knowledge.jobs import Plan, read_probes, run_jobs
from cli.workflows.knowledge.plot import write_plot
from cli.workflows.knowledge.report import ExperimentReport, by_branch, screen
from cli.workflows.knowledge.world import build_world
from cli.workflows.stages import Progress, Stopwatch
from pipeline.errors import ConfigError
from pipeline.jobs.engine import RunOptions
from pipeline.manifest.storage import write_bytes, write_json


def run_experiment(
    out: Path,
    progress: Progress,
    *,
    seeds: Sequence[int] = (1, 2, 3),
    processes: int = 2,
    remedy: bool = False,
    schedule: Schedule | None = None,
) -> ExperimentReport:
    """World → branches → probes → gates, all below `out`. Repeating it resumes.

    `remedy` adds the branch that goes on from MLM + MEP + OE with MLM weighing more. Writes report.json, report.txt
    and report.png. Raises ConfigError for no seed or one named twice.
    """
    if not seeds or len(set(seeds)) < len(seeds):
        raise ConfigError(
            f"seeds must be named once each and at least one, found {list(seeds)}", next_step="--seeds 1,2,3"
        )
    watch = Stopwatch(progress=progress)
    world = build_world(out / "world", RunOptions(progress=progress), watch)
    plan = Plan(
        out=out,
        shards=world.shards,
        seeds=tuple(seeds),
        branches=BRANCHES if remedy else GATED,
        schedule=schedule or Schedule(),
        classes=world.continents,
    )
    with watch.stage("training and probes"):
        cpu = run_jobs(plan, processes, progress)
    figures, others, views = by_branch(read_probes(plan))
    report = ExperimentReport(
        seeds=tuple(seeds),
        world=world.counts(),
        figures=figures,
        others=others,
        views=views,
        gates=check_gates(figures),
        seconds=watch.seconds,
        training_cpu_seconds=round(cpu, 1),
    )
    write_json(out / "report.json", report.to_json())
    write_bytes(out / "report.txt", ("\n".join(screen(report)) + "\n").encode())
    write_plot(report, out / "report.png")
    return report
