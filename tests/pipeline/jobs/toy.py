"""A small job for the engine's tests: each item writes `payload[0]` sitelinks; it can be told to fail or to die."""

import os
import signal
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import InputError
from pipeline.manifest.items import JobSpec, WorkItem
from pipeline.manifest.parts import ItemOutput
from pipeline.records import Sitelink
from pipeline.transforms.run_item import Job


@dataclass(frozen=True, kw_only=True)
class ToyJob(Job):
    """Writes rows `xx, "<key>/<n>", n`; item `fail_at` raises, item `die_at` kills the process if `die_mark` exists."""

    root: str
    fail_at: str = ""
    die_at: str = ""
    die_mark: str = ""
    suffix: str = ""

    @property
    def spec(self) -> JobSpec:
        return JobSpec(
            name="toy", root=self.root, format_number=1, tables=("sitelinks", "rejects"), config={"suffix": self.suffix}
        )

    def process(self, item: WorkItem, out: ItemOutput) -> None:
        number = item.payload[0]
        assert isinstance(number, int)
        for n in range(number):
            out.write("sitelinks", Sitelink("xx", f"{item.key}/{n}{self.suffix}", n))
            out.count("rows")
        if item.key == self.fail_at:
            raise InputError(f"item {item.key} cannot be read", next_step="download it again")
        if item.key == self.die_at and Path(self.die_mark).exists():
            Path(self.die_mark).unlink()
            os.kill(os.getpid(), signal.SIGKILL)
        with out.guard(item.key):
            if number == 3:
                raise ValueError("three is\na bad number")


def toy_items(count: int) -> list[WorkItem]:
    """`count` items with 0, 1, 2 … rows."""
    return [WorkItem(f"item-{n:03d}", 10 * (n + 1), f"in{n}", (n,)) for n in range(count)]
