"""Progress of a running job, read from its completion records: runners report nothing in mid-stage."""

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from pipeline.manifest.items import JobSpec, WorkItem
from pipeline.manifest.publish import record_path

INTERVAL_SECONDS = 1.0


class Progress:
    """Shows a line about once a second while the job runs, and one when all is done: items, bytes, rate, time left.

    Everything is counted in bytes of input, so that one giant item weighs what it is.
    """

    def __init__(
        self, spec: JobSpec, items: list[WorkItem], waiting: list[WorkItem], show: Callable[[str], None]
    ) -> None:
        self._spec, self._items, self._show = spec, len(items), show
        self._total = sum(item.size for item in items)
        self._pending = {item.key: item.size for item in waiting}
        self._before = self._total - sum(self._pending.values())
        self._started = time.monotonic()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="progress", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()
        if kind is None:
            self._show(self.line(time.monotonic() - self._started))

    def _loop(self) -> None:
        while not self._stop.wait(INTERVAL_SECONDS):
            self._show(self.line(time.monotonic() - self._started))

    def line(self, seconds: float) -> str:
        """How far the job is after so many seconds, by the records that are there."""
        for key in [key for key in self._pending if record_path(self._spec, key).exists()]:
            del self._pending[key]
        done = self._total - sum(self._pending.values())
        items = f"{self._spec.label}: {self._items - len(self._pending)}/{self._items} items"
        return f"{items}, {progress_line(done, self._total, done - self._before, seconds)}"


def progress_line(done: int, total: int, fresh: int, seconds: float) -> str:
    """Bytes done of all, rate of what this run did, and the time left at that rate.

    >>> progress_line(75_000_000, 100_000_000, 50_000_000, 10.0)
    '75.0 of 100.0 MB, 5.0 MB/s, 0:05 left'
    >>> progress_line(0, 100_000_000, 0, 3.0)
    '0.0 of 100.0 MB'
    """
    line = f"{done / 1e6:.1f} of {total / 1e6:.1f} MB"
    if not fresh or seconds <= 0:
        return line
    left = round((total - done) * seconds / fresh)
    return f"{line}, {fresh / seconds / 1e6:.1f} MB/s, {left // 60}:{left % 60:02d} left"
