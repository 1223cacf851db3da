"""The same three lines of Beam for every job: only work items (tuples) travel, each reads its own input."""

from abc import ABC, abstractmethod
from collections.abc import Iterator

import apache_beam as beam

from pipeline.errors import XlmkError
from pipeline.manifest.items import Completion, JobSpec, WorkItem
from pipeline.manifest.parts import ItemOutput
from pipeline.manifest.publish import record_path
from pipeline.manifest.storage import write_json
from pipeline.transforms.collection import few_collections, keep_what_is_loaded
from pipeline.transforms.freed_memory import keep_freed_memory


class Job(ABC):
    """What a job brings: its spec, and what to do with one item. It must pickle."""

    @property
    @abstractmethod
    def spec(self) -> JobSpec:
        """Names, folders and configuration."""

    @abstractmethod
    def process(self, item: WorkItem, out: ItemOutput) -> None:
        """Reads the item's input and puts rows, counts and rejects into `out`."""


def completed(spec: JobSpec, item: WorkItem) -> Completion | None:
    """The item's record if it is done under this configuration and its parts are still there, else None."""
    record = Completion.load(record_path(spec, item.key))
    if record is None or not record.matches(spec, item):
        return None
    for part in record.parts:
        path = spec.work / "parts" / part.table / part.name
        if not path.is_file() or path.stat().st_size != part.size:
            return None
    return record


def run_item(item: WorkItem, job: Job) -> tuple[str, bool]:
    """Does one item and writes its completion record; returns its key and whether it ended well.

    An error meant for the user is left beside the records for the driver to show (Beam would bury it in a traceback).
    """
    spec = job.spec
    error_path = record_path(spec, item.key).with_suffix(".error")
    out = ItemOutput(spec, item)
    try:
        with few_collections():
            job.process(item, out)
            record = out.close()
    except XlmkError as error:
        out.abort()
        write_json(error_path, {"type": type(error).__name__, "message": error.message, "next_step": error.next_step})
        return item.key, False
    except BaseException:
        out.abort()
        raise
    record.save(record_path(spec, item.key))
    return item.key, True


class RunItem(beam.DoFn):
    """`run_item` for each element of a worker."""

    def __init__(self, job: Job) -> None:
        super().__init__()
        self.job = job

    def setup(self) -> None:
        """Called once in each worker, which has loaded all that it needs by then."""
        keep_what_is_loaded()
        keep_freed_memory()

    def process(self, item: WorkItem) -> Iterator[tuple[str, bool]]:
        """Does one item."""
        yield run_item(item, self.job)


class RunItems(beam.PTransform[beam.PCollection[WorkItem], beam.PCollection[tuple[str, bool]]]):
    """`run_item` for each element, spread over the workers."""

    def __init__(self, job: Job) -> None:
        super().__init__()
        self.job = job

    def expand(self, items: beam.PCollection[WorkItem]) -> beam.PCollection[tuple[str, bool]]:
        """Reshuffle, so that the runner may spread the items, then one ParDo."""
        return items | "Spread" >> beam.Reshuffle() | "RunItem" >> beam.ParDo(RunItem(self.job))
