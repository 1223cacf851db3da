"""`xlmk experiment knowledge` from end to end with a few steps: honest about gates, resumable, the same again."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli.main import main

pytestmark = pytest.mark.long

SHORT = ["experiment", "knowledge", "--seeds", "1", "--start-steps", "2", "--branch-steps", "3", "--json"]


def run_short(out: Path) -> dict[str, object]:
    result = CliRunner().invoke(main, [*SHORT, "--out", str(out)])
    assert result.exit_code == 3, result.output[-2000:]  # a few steps teach nothing, and one seed is too few
    value = json.loads(result.stdout)
    assert isinstance(value, dict)
    return value


def test_it_runs_resumes_and_repeats_itself(tmp_path: Path) -> None:
    first = run_short(tmp_path / "one")
    assert first["passed"] is False
    assert (tmp_path / "one" / "report.png").read_bytes().startswith(b"\x89PNG")
    probes = {path: path.stat().st_mtime_ns for path in (tmp_path / "one").rglob("probes.json")}
    assert len(probes) == 3
    again = run_short(tmp_path / "one")
    assert {path: path.stat().st_mtime_ns for path in probes} == probes  # finished branches are skipped
    elsewhere = run_short(tmp_path / "two")
    for name in ("figures", "others", "views", "gates", "world"):
        assert first[name] == again[name] == elsewhere[name]


def test_both_worlds_have_the_same_passages_in_the_same_order(tmp_path: Path) -> None:
    run_short(tmp_path)
    for kind in ("mlm", "mep"):
        true = sorted((tmp_path / "world" / "true" / "shards" / kind).rglob("*.parquet"))
        permuted = sorted((tmp_path / "world" / "permuted" / "shards" / kind).rglob("*.parquet"))
        assert len(true) == len(permuted) > 5
        assert [path.read_bytes() for path in true] == [path.read_bytes() for path in permuted]
