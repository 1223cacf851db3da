"""Progress by bytes, from completion records, whoever wrote them; one item that is much larger than the others."""

from pathlib import Path

import pytest

from pipeline.jobs import progress
from pipeline.jobs.engine import RunOptions, run_job
from pipeline.jobs.progress import Progress
from pipeline.manifest.items import WorkItem
from pipeline.transforms.run_item import run_item
from tests.pipeline.jobs.test_engine import tree
from tests.pipeline.jobs.toy import ToyJob, toy_items

GIANT = WorkItem("item-giant", 60_000_000, "in", (50_000,))
SMALL = [WorkItem(f"item-{n:03d}", 1_000_000, f"in{n}", (4,)) for n in range(40)]
ITEMS = [*SMALL[:7], GIANT, *SMALL[7:]]


def test_time_left_is_by_bytes_of_what_this_run_did(tmp_path: Path) -> None:
    job = ToyJob(root=str(tmp_path))
    (tmp_path / "jobs/toy/records").mkdir(parents=True)
    for item in SMALL[:10]:
        run_item(item, job)
    shown = Progress(job.spec, ITEMS, [item for item in ITEMS if item not in SMALL[:10]], print)
    assert shown.line(5.0) == "toy: 10/41 items, 10.0 of 100.0 MB"  # nothing of it was done by this run
    for item in SMALL[10:20]:
        run_item(item, job)
    assert shown.line(5.0) == "toy: 20/41 items, 20.0 of 100.0 MB, 2.0 MB/s, 0:40 left"
    run_item(GIANT, job)
    assert shown.line(20.0) == "toy: 21/41 items, 80.0 of 100.0 MB, 3.5 MB/s, 0:06 left"


@pytest.mark.parametrize("workers", [1, 2])
def test_one_giant_item(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workers: int) -> None:
    monkeypatch.setattr(progress, "INTERVAL_SECONDS", 0.02)
    lines: list[str] = []
    run_job(ToyJob(root=str(tmp_path / "loop")), ITEMS, RunOptions(runner="loop"))
    report = run_job(ToyJob(root=str(tmp_path / "beam")), ITEMS, RunOptions(workers=workers, progress=lines.append))
    assert report.tables["sitelinks"] == 50_000 + 40 * 4
    assert tree(tmp_path / "beam") == tree(tmp_path / "loop")
    assert lines[-1].startswith("toy: 41/41 items, 100.0 of 100.0 MB") and lines[-1].endswith("0:00 left")
    done = [int(line.split()[1].partition("/")[0]) for line in lines]
    assert done == sorted(done)


def test_a_failed_run_shows_no_last_line(tmp_path: Path) -> None:
    lines: list[str] = []
    spec = ToyJob(root=str(tmp_path)).spec
    with pytest.raises(KeyError), Progress(spec, toy_items(3), toy_items(3), lines.append):
        raise KeyError
    assert not lines
