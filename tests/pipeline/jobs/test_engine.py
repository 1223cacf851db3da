"""The one shape of every job: whole or not at all, resumable, the same bytes however it is run."""

import multiprocessing
import os
from pathlib import Path

import duckdb
import pytest

from pipeline.errors import InputError, MissingTableError, TargetError
from pipeline.jobs.engine import RunOptions, run_job
from pipeline.manifest.publish import require
from tests.pipeline.jobs.toy import ToyJob, toy_items


def tree(root: Path) -> dict[str, bytes]:
    """All published files with their bytes."""
    folders = [root / "tables", root / "manifests"]
    return {p.relative_to(root).as_posix(): p.read_bytes() for f in folders for p in f.rglob("*") if p.is_file()}


def run_toy(root: Path, **options: object) -> None:
    run_job(ToyJob(root=str(root), die_at="item-005", die_mark=str(root / "die")), toy_items(12), RunOptions(**options))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("whole")
    run_job(ToyJob(root=str(root)), toy_items(12), RunOptions(runner="loop"))
    return root


def test_rows_counts_and_rejects_add_up(whole: Path) -> None:
    report = run_job(ToyJob(root=str(whole)), toy_items(12), RunOptions())
    assert report.tables == {"sitelinks": 66, "rejects": 1}
    assert report.counts == {"rows": 66} and report.rejects == {"error_ValueError": 1} and report.rejected == 1
    assert (report.items, report.items_skipped) == (12, 12)
    rejects = duckdb.sql(f"select * from '{whole}/tables/rejects/**/*.parquet'").fetchall()
    assert rejects == [("toy", "item-003", "item-003", "error_ValueError", "three is a bad number")]
    assert not list((whole / "jobs" / "toy").glob("parts*"))


@pytest.mark.parametrize(
    "options",
    [{"runner": "FnApiRunner"}, {"workers": 2}, {"runner": "loop"}],
    ids=["in process", "two processes", "loop"],
)
def test_same_bytes_whatever_the_runner(whole: Path, tmp_path: Path, options: dict[str, object]) -> None:
    run_toy(tmp_path, **options)
    assert tree(tmp_path) == tree(whole)


def test_killed_and_repeated_gives_the_same_bytes(whole: Path, tmp_path: Path) -> None:
    (tmp_path / "die").touch()
    process = multiprocessing.get_context("spawn").Process(target=run_toy, args=(tmp_path,), kwargs={"runner": "loop"})
    process.start()
    process.join()
    assert process.exitcode == -9 and not (tmp_path / "tables").exists()
    done = len(list((tmp_path / "jobs" / "toy" / "records").glob("*.json")))
    assert 0 < done < 12
    job = ToyJob(root=str(tmp_path), die_at="item-005", die_mark=str(tmp_path / "die"))
    report = run_job(job, toy_items(12), RunOptions(runner="loop"))
    assert report.items_skipped == done
    assert tree(tmp_path) == tree(whole)


def test_a_failed_item_publishes_nothing_and_keeps_the_others(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"item-004 cannot be read \(1 of 6 items failed.*; next: download"):
        run_job(ToyJob(root=str(tmp_path), fail_at="item-004"), toy_items(6), RunOptions(workers=2))
    assert not (tmp_path / "tables").exists()
    report = run_job(ToyJob(root=str(tmp_path)), toy_items(6), RunOptions(runner="loop"))
    assert report.items_skipped == 5


def test_another_config_or_input_replaces_exactly_its_parts(tmp_path: Path) -> None:
    run_job(ToyJob(root=str(tmp_path)), toy_items(4), RunOptions(runner="loop"))
    more = run_job(ToyJob(root=str(tmp_path)), toy_items(6), RunOptions(runner="loop"))
    assert (more.items_skipped, more.tables["sitelinks"]) == (4, 15)
    fewer = run_job(ToyJob(root=str(tmp_path)), toy_items(2), RunOptions(runner="loop"))
    assert (fewer.items_skipped, fewer.tables["sitelinks"]) == (2, 1)
    changed = run_job(ToyJob(root=str(tmp_path), suffix="!"), toy_items(2), RunOptions(runner="loop"))
    assert changed.items_skipped == 0
    titles = duckdb.sql(f"select title from '{tmp_path}/tables/sitelinks/*.parquet'").fetchall()
    assert titles == [("item-001/0!",)]


def test_a_missing_part_is_named_and_made_again(tmp_path: Path) -> None:
    run_job(ToyJob(root=str(tmp_path)), toy_items(4), RunOptions(runner="loop"))
    (tmp_path / "tables" / "sitelinks" / "part-item-002.parquet").unlink()
    with pytest.raises(MissingTableError, match="part-item-002.parquet, but it is gone"):
        require(tmp_path, "toy", next_step="xlmk toy")
    report = run_job(ToyJob(root=str(tmp_path)), toy_items(4), RunOptions(runner="loop"))
    assert report.items_skipped == 3
    assert len(require(tmp_path, "toy", next_step="xlmk toy")) == 1


def test_a_crash_in_the_middle_of_publishing_is_finished(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipeline.manifest import publish

    swap, calls = publish.swap_folder, []

    def crash_at_second(staged: Path, published: Path) -> None:
        calls.append(published)
        if len(calls) == 2:
            raise KeyboardInterrupt
        swap(staged, published)

    monkeypatch.setattr(publish, "swap_folder", crash_at_second)
    with pytest.raises(KeyboardInterrupt):
        run_job(ToyJob(root=str(tmp_path)), toy_items(12), RunOptions(runner="loop"))
    monkeypatch.undo()
    report = run_job(ToyJob(root=str(tmp_path)), toy_items(12), RunOptions(runner="loop"))
    assert report.items_skipped == 12
    assert tree(tmp_path) == tree(whole)


def test_an_unwritable_target_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(TargetError, match="a file is in the way"):
        run_job(ToyJob(root=str(tmp_path / "file")), toy_items(2), RunOptions(runner="loop"))


def test_a_full_disk_is_one_clear_error_and_resumes(whole: Path, tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=_run_with_small_files, args=(tmp_path,))
    process.start()
    process.join()
    assert process.exitcode == 7
    assert not (tmp_path / "tables").exists() and not list(tmp_path.rglob("*.parquet"))
    run_job(ToyJob(root=str(tmp_path)), toy_items(12), RunOptions(runner="loop"))
    assert tree(tmp_path) == tree(whole)


def _run_with_small_files(root: Path) -> None:
    import resource
    import signal

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64, 64))
    try:
        run_job(ToyJob(root=str(root)), toy_items(12), RunOptions(runner="loop"))
    except TargetError as error:
        os._exit(7 if "no space left" in str(error) else 8)
