"""Which Beam runner, with what options. The runner is always named: left to itself Beam tries to download one."""

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions

from pipeline.errors import ConfigError
from pipeline.manifest.items import WorkItem
from pipeline.transforms.collection import keep_what_is_loaded
from pipeline.transforms.freed_memory import keep_freed_memory
from pipeline.transforms.run_item import Job, RunItems, run_item

LOOP = "loop"
"""A plain Python loop without Beam: for debugging and as the benchmark's yardstick."""


def pipeline_options(runner: str | None, workers: int, extra: tuple[str, ...] = ()) -> PipelineOptions:
    """Beam's options: one worker runs in this process, several are processes of their own, others as `extra` says.

    >>> pipeline_options(None, 2).get_all_options(drop_default=True)["direct_num_workers"]
    2
    """
    if workers < 1:
        raise ConfigError(f"--workers must be at least 1, not {workers}")
    flags = list(extra)
    if runner in (None, "FnApiRunner", "BundleBasedDirectRunner", "DirectRunner"):
        flags.append("--runner=FnApiRunner")
        if workers > 1:
            flags += ["--direct_running_mode=multi_processing", f"--direct_num_workers={workers}"]
    else:
        flags.append(f"--runner={runner}")
    return PipelineOptions(flags)


def run_items(
    job: Job, items: list[WorkItem], *, runner: str | None = None, workers: int = 1, extra: tuple[str, ...] = ()
) -> None:
    """Runs all items to their end on the given runner ("loop" = without Beam)."""
    keep_what_is_loaded()
    keep_freed_memory()
    if runner == LOOP:
        for item in items:
            run_item(item, job)
        return
    try:
        pipeline = beam.Pipeline(options=pipeline_options(runner, workers, extra))
    except (ValueError, ImportError, AttributeError) as error:
        raise ConfigError(
            f"--runner {runner} cannot be used here: {error}", next_step="leave --runner out, or install that runner"
        ) from error
    with pipeline:
        pipeline | "Items" >> beam.Create(items, reshuffle=False) | "Run" >> RunItems(job)
