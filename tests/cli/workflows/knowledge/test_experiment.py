"""`xlmk experiment knowledge` from end to end with a few steps: honest about gates, resumable, the same again."""

import json
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
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


def test_both_worlds_have_the_same_passages_and_mentions_of_other_items(tmp_path: Path) -> None:
    run_short(tmp_path)
    folders = [tmp_path / "world" / name / "shards" for name in ("true", "permuted")]
    mlm, mep = ([sorted((folder / kind).rglob("*.parquet")) for folder in folders] for kind in ("mlm", "mep"))
    assert len(mlm[0]) == len(mlm[1]) > 5
    assert [path.read_bytes() for path in mlm[0]] == [path.read_bytes() for path in mlm[1]]
    assert len(mep[0]) == len(mep[1]) > 5
    apart = 0
    for paths in zip(*mep, strict=True):
        true, permuted = (pq.read_table(path) for path in paths)
        same = [name for name in true.column_names if name not in ("mentions", "spans")]
        assert true.select(same).equals(permuted.select(same))
        one, other = (pc.list_flatten(table["mentions"]) for table in (true, permuted))
        for place in ("start", "end"):
            assert pc.struct_field(one, place).equals(pc.struct_field(other, place))
        apart += pc.sum(pc.not_equal(pc.struct_field(one, "qid"), pc.struct_field(other, "qid"))).as_py()
    assert apart > 1000
