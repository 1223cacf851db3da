"""The report on finished stages: what is there is shown, what is not is left out."""

import json
from pathlib import Path
from typing import Any

import pytest

from cli.workflows.real_text import sets
from cli.workflows.real_text.branches import BRANCHES, Sizes, branch_config
from cli.workflows.real_text.experiment import Experiment
from cli.workflows.real_text.report import JSON, PLOT, write_report
from pipeline.errors import JobFailedError, MismatchError
from pipeline.manifest.storage import write_json
from tests.xlmk_model.synthetic_shards import write_shards
from xlmk_model.trainer import TrainReport


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Experiment:
    """An experiment over an empty folder whose evaluation files are not read."""
    monkeypatch.setattr(sets, "parallel_sentences", lambda data: {})
    for name in ("ner_cuts", "xnli_cuts", "qa_cuts"):
        monkeypatch.setattr(sets, name, lambda data, out: None)
    found = Experiment(tmp_path, tmp_path, tmp_path / "out", Sizes(seeds=(0, 1)), lambda line: None)
    write_shards(found.shards, rows=20)
    return found


def scores(value: float) -> dict[str, dict[str, dict[str, list[float]]]]:
    own = {f"Q{entity}": [value, 1.0, value] for entity in range(1, 61)}
    return {probe: {"mean": own, "bos": own} for probe in ("label", "premises")}


def test_stages_are_done_once_and_other_sizes_are_refused(opened: Experiment, tmp_path: Path) -> None:
    calls: list[int] = []

    def work() -> dict[str, Any]:
        calls.append(1)
        return {"rows": 7}

    assert opened.stage("tables", work)["rows"] == opened.stage("tables", work)["rows"] == 7
    assert calls == [1]
    assert list(opened.finished()) == ["tables"]
    assert opened.tuned("xnli") == ["start", "mlm-0", "mlm+mep+oe-0"]
    assert opened.tuned("ner") == list(opened.models)
    with pytest.raises(MismatchError, match="holds an experiment of"):
        Experiment(tmp_path, tmp_path, opened.out, Sizes(steps=9), lambda line: None)


def test_a_run_that_was_stopped_is_not_done(opened: Experiment, monkeypatch: pytest.MonkeyPatch) -> None:
    stopped = TrainReport(
        run=opened.out,
        steps=3,
        session_steps=3,
        skipped=0,
        tokens=9,
        seconds=1.0,
        before={},
        after={},
        stopped="SIGTERM",
    )
    monkeypatch.setattr("xlmk_model.trainer.loop.train", lambda config, progress: stopped)
    with pytest.raises(JobFailedError, match=r"mlm-0 was stopped at step 3 of 50 \(SIGTERM\)"):
        opened.stage("train-mlm-0", lambda: opened._train("mlm-0"))
    assert opened.finished() == {}


def test_a_report_of_what_is_done(opened: Experiment) -> None:
    trained = {"tokens": 1234, "before": {"mlm_loss": 9.0}, "after": {"mlm_loss": 8.0}, "cpu_seconds": 60.0}
    write_json(opened.out / "stages" / "train-mlm-0.json", trained)
    text = write_report(opened, opened.finished())
    assert "train-mlm-0: 1,234 tokens, MLM loss on valid pages 9.000 → 8.000" in text
    assert "interval" not in text and not (opened.out / PLOT).exists()
    for name in opened.models:
        value = {"scores": scores(0.5 if name.startswith(BRANCHES[1]) else 0.25), "cpu_seconds": 1.0}
        write_json(opened.out / "stages" / f"probe-{name}.json", value)
    text = write_report(opened, opened.finished())
    assert (opened.out / PLOT).stat().st_size > 1000
    rows = json.loads((opened.out / JSON).read_text())["probes"]
    assert {row["probe"] for row in rows} == {
        f"{probe} ({pooling})"
        for probe in ("label, seen", "label, held out", "premises")
        for pooling in ("mean", "bos")
    }
    first = next(row for row in rows if row["probe"] == "premises (mean)" and row["metric"] == "recall at 1")
    assert (first["start"], first["first"], first["second"], first["difference"]) == (25.0, 25.0, 50.0, 25.0)
    assert first["items"] == 60
    assert "premises (mean)" in text


def test_branches_read_the_same_number_of_rows_of_each_kind(tmp_path: Path) -> None:
    mlm, both = (branch_config(name, 1, shards=tmp_path, start=tmp_path, out=tmp_path, steps=5) for name in BRANCHES)
    assert mlm.data.mlm_rows == both.data.mlm_rows + both.data.mep_rows
    assert mlm.mlm.text_rows == both.data.mep_rows + both.data.oe_rows  # an entity's text each
    assert mlm.mlm.relation_rows == both.data.oe_rows
    assert (mlm.seed, mlm.steps, mlm.optim, mlm.init) == (both.seed, both.steps, both.optim, both.init)
