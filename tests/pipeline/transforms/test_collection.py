"""Python's search for cycles is rare while an item is done, and as before afterwards, also after an error."""

import gc
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.transforms.collection import few_collections


def test_cycles_are_sought_rarely_inside_and_as_before_outside() -> None:
    before = gc.get_threshold()
    with few_collections():
        inside = gc.get_threshold()
        assert gc.isenabled() and inside[0] >= 100 * before[0]
        with few_collections():
            assert gc.get_threshold() == inside
        assert gc.get_threshold() == inside
    assert gc.get_threshold() == before


def test_an_error_puts_it_back() -> None:
    before = gc.get_threshold()
    with pytest.raises(KeyError), few_collections():
        raise KeyError
    assert gc.get_threshold() == before


def run(code: str) -> subprocess.CompletedProcess[str]:
    """What a process of its own prints, which must end well."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)


def test_what_is_loaded_is_left_out_once() -> None:
    code = """
import gc, pyarrow
from pipeline.transforms.collection import keep_what_is_loaded
keep_what_is_loaded()
frozen = gc.get_freeze_count()
later = [[number] for number in range(100)]
keep_what_is_loaded()
assert gc.get_freeze_count() <= frozen and frozen > 10_000, frozen
assert any(found is later for found in gc.get_objects())  # still searched
"""
    run(code)


@pytest.mark.parametrize("when", ["before", "after"])
def test_duckdb_tells_of_no_leaks_at_the_end(when: str, tmp_path: Path) -> None:
    load = "import duckdb" if when == "before" else ""
    code = f"""
{load}
from pathlib import Path
from pipeline.tables.connection import connect, fetch
from pipeline.transforms.collection import keep_what_is_loaded
keep_what_is_loaded()
with connect(memory_bytes=10**8, spill=Path({str(tmp_path / "spill")!r})) as connection:
    print(fetch(connection, "select 42"))
"""
    ended = run(code)
    assert (ended.stdout, ended.stderr) == ("[(42,)]\n", "")


@pytest.mark.parametrize("job", ["extract_wikipedia", "extract_wikidata", "resolve", "shards"])
def test_a_job_does_not_load_duckdb_before_its_work_begins(job: str) -> None:
    ended = run(f"import sys, pipeline.jobs.{job}; print('duckdb' in sys.modules)")
    assert ended.stdout == "False\n"
