"""The one way every job runs: plan, skip what is done, run the rest, check that it adds up, publish whole."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from pipeline import errors
from pipeline.errors import JobFailedError, XlmkError
from pipeline.jobs.progress import Progress
from pipeline.manifest.digests import digest
from pipeline.manifest.items import Completion, JobSpec, WorkItem
from pipeline.manifest.publish import (
    Manifest,
    adopt_published,
    build_manifest,
    finish_publishing,
    is_published,
    publish,
    record_path,
    stage,
    with_counts,
)
from pipeline.manifest.storage import read_json, target_error
from pipeline.transforms.run_item import Job, completed
from pipeline.transforms.runners import run_items


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """How a job is run; none of it changes what comes out."""

    runner: str | None = None
    """Beam runner by name; None is Beam's in-process runner, `loop` a plain loop without Beam."""
    workers: int = 1
    """Processes on this machine."""
    beam_options: tuple[str, ...] = ()
    """Further options for Beam, passed through."""
    progress: Callable[[str], None] = field(default=lambda line: None)
    """Called with a line of progress from time to time."""


@dataclass(frozen=True, kw_only=True)
class JobReport:
    """What a job did. `bytes` is the input of all items, `seconds` the wall time of this run alone."""

    job: str
    items: int
    items_skipped: int
    bytes: int
    seconds: float
    counts: dict[str, int]
    rejects: dict[str, int]
    tables: dict[str, int]

    @property
    def rejected(self) -> int:
        """How many things were rejected, whatever the reason."""
        return sum(self.rejects.values())


def run_job(
    job: Job,
    items: list[WorkItem],
    options: RunOptions,
    *,
    inputs: list[dict[str, object]] | None = None,
    check: Callable[[Manifest], None] | None = None,
    compact: Callable[[JobSpec], dict[str, int]] | None = None,
) -> JobReport:
    """Runs `items` (each key once) and publishes their tables when all are done; repeating it resumes.

    `check` may refuse the summed manifest before anything is published (a ledger that does not add up, too many
    rejects); `compact` may rewrite the staged files under `spec.work / "final"`
    (under other names than the items' own) and adds to the counts. Raises the first failed item's error.
    """
    started, spec = time.monotonic(), job.spec
    items = in_digest_order(items)
    assert len({item.key for item in items}) == len(items), "item keys must differ"
    plan = plan_digest(spec, items)
    try:
        finish_publishing(spec)
        manifest, skipped = is_published(spec, plan), len(items)
        if manifest is None:
            remove_orphans(spec, items)
            adopt_published(spec, items)
            waiting = [item for item in items if completed(spec, item) is None]
            skipped = len(items) - len(waiting)
            _run(job, items, waiting, options)
            records = _records(spec, items)
            manifest = build_manifest(spec, plan, records, inputs or [])
            if check is not None:
                check(manifest)
            stage(spec, records)
            if compact is not None:
                manifest = with_counts(manifest, compact(spec))
            manifest = publish(spec, manifest)
    except OSError as error:
        raise target_error(spec.work, error) from error
    return _report(spec, manifest, skipped, time.monotonic() - started)


def in_digest_order(items: list[WorkItem]) -> list[WorkItem]:
    """The order in which items are started: neighbours in a dump are spread over the workers."""
    return sorted(items, key=lambda item: digest(item.key))


def plan_digest(spec: JobSpec, items: list[WorkItem]) -> str:
    """Identifies what a job will make: its configuration, its items and their inputs."""
    return digest([spec.config_digest, [[item.key, item.input_digest] for item in in_digest_order(items)]])


def _run(job: Job, items: list[WorkItem], waiting: list[WorkItem], options: RunOptions) -> None:
    spec = job.spec
    for item in waiting:
        record_path(spec, item.key).unlink(missing_ok=True)
        record_path(spec, item.key).with_suffix(".error").unlink(missing_ok=True)
    if not waiting:
        return
    (spec.work / "records").mkdir(parents=True, exist_ok=True)
    with Progress(spec, items, waiting, options.progress):
        run_items(job, waiting, runner=options.runner, workers=options.workers, extra=options.beam_options)
    failures = [record_path(spec, item.key).with_suffix(".error") for item in waiting]
    failed = [path for path in failures if path.exists()]
    if failed:
        raise _failure(spec, read_json(failed[0]) or {}, len(failed), len(items))


def _failure(spec: JobSpec, value: dict[str, object], failed: int, items: int) -> XlmkError:
    kind = getattr(errors, str(value.get("type")), JobFailedError)
    more = f" ({failed} of {items} items failed; the others are kept)" if items > 1 else ""
    next_step = value.get("next_step")
    return kind(f"{value.get('message')}{more}", next_step=str(next_step) if next_step else None)


def _records(spec: JobSpec, items: list[WorkItem]) -> list[Completion]:
    records = []
    for item in sorted(items, key=lambda item: item.key):
        record = completed(spec, item)
        if record is None:
            raise JobFailedError(
                f"{spec.label}: item {item.key} left no completion record", next_step="repeat the command: it resumes"
            )
        records.append(record)
    return records


def remove_orphans(spec: JobSpec, items: list[WorkItem]) -> None:
    """Deletes records, parts and temporary files that no item of this plan will use."""
    keys = {item.key for item in items}
    known: set[tuple[str, str]] = set()
    for path in (spec.work / "records").glob("*"):
        record = Completion.load(path) if path.suffix == ".json" and path.stem in keys else None
        if record is None:
            path.unlink()
        else:
            known.update((part.table, part.name) for part in record.parts)
    for path in (spec.work / "parts").glob("*/*"):
        if (path.parent.name, path.name) not in known:
            path.unlink()


def _report(spec: JobSpec, manifest: Manifest, skipped: int, seconds: float) -> JobReport:
    tables, counts, rejects = manifest["tables"], manifest["counts"], manifest["rejects"]
    assert isinstance(tables, dict) and isinstance(counts, dict) and isinstance(rejects, dict)
    items, size = manifest["items"], manifest["bytes"]
    assert isinstance(items, int) and isinstance(size, int)
    return JobReport(
        job=spec.label,
        items=items,
        items_skipped=skipped,
        bytes=size,
        seconds=round(seconds, 3),
        counts=dict(Counter(counts)),
        rejects=dict(Counter(rejects)),
        tables={name: table["rows"] for name, table in tables.items()},
    )
