"""Whole runs: resumed equals never stopped to the bit, kills leave nothing half, strangers are refused."""

import json
import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from pipeline.errors import JobFailedError, MismatchError, TargetError
from tests.xlmk_model.synthetic_shards import World, write_shards
from xlmk_model import checkpoint as checkpoint_module
from xlmk_model.checkpoint import latest_checkpoint, load_state
from xlmk_model.config import TrainConfig, with_overrides
from xlmk_model.errors import TrainingDivergedError
from xlmk_model.metrics import read_metrics
from xlmk_model.trainer import TrainReport, train, train_to_end
from xlmk_model.trainer import loop as loop_module

MEASURED = ("tokens_per_second", "data_wait_share")


def at(config: TrainConfig, out: Path, *settings: str) -> TrainConfig:
    return with_overrides(replace(config, out=out), settings)


def quiet(config: TrainConfig) -> TrainReport:
    return train(config, progress=lambda _line: None)


def lines_of(run: Path) -> list[dict[str, object]]:
    """Lines of metrics without what the clock measured."""
    lines = read_metrics(run / "metrics.jsonl")
    return [{key: value for key, value in line.items() if key not in MEASURED} for line in lines]


def assert_same_run(first: Path, second: Path) -> None:
    """Same parameters, buffers, optimizer, counters and metrics, to the bit."""
    for name in ("model.safetensors", "optimizer.safetensors"):
        ours, theirs = load_file(latest_checkpoint(first) / name), load_file(latest_checkpoint(second) / name)
        assert ours.keys() == theirs.keys()
        assert [key for key in ours if not torch.equal(ours[key], theirs[key])] == []
    assert load_state(latest_checkpoint(first)) == load_state(latest_checkpoint(second))
    lines = [
        [
            {key: value for key, value in line.items() if key not in MEASURED}
            for line in read_metrics(run / "metrics.jsonl")
        ]
        for run in (first, second)
    ]
    assert lines[0] == lines[1]


@pytest.fixture(scope="module")
def unbroken(fast_config: TrainConfig, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("unbroken") / "run"
    report = quiet(at(fast_config, out, "queue=12"))
    assert (report.steps, report.stopped, report.skipped) == (6, None, 0)
    return out


@pytest.mark.parametrize("stop", [1, 3, 5])
def test_resumed_equals_never_stopped(unbroken: Path, fast_config: TrainConfig, tmp_path: Path, stop: int) -> None:
    config = at(fast_config, tmp_path / "run", "queue=12")
    report = quiet(at(config, config.out, f"stop_at={stop}"))
    assert report.stopped == f"run.stop_at = {stop}"
    torch.rand(stop)  # the state of torch's own generator does not matter
    assert quiet(config).session_steps == 6 - stop
    assert_same_run(unbroken, config.out)


def test_what_needs_a_finished_run_is_told_that_it_was_stopped(fast_config: TrainConfig, tmp_path: Path) -> None:
    config = at(fast_config, tmp_path / "run")
    with pytest.raises(JobFailedError, match=r"stopped at step 2 of 6 \(run\.stop_at = 2\); next: the same command"):
        train_to_end(at(config, config.out, "stop_at=2"), progress=lambda _line: None)
    report = train_to_end(config, progress=lambda _line: None)
    assert (report.steps, report.session_steps, report.stopped) == (6, 4, None)


def test_worker_processes_change_nothing(unbroken: Path, fast_config: TrainConfig, tmp_path: Path) -> None:
    config = at(fast_config, tmp_path / "run", "queue=12", "workers=2")
    quiet(config)
    assert_same_run(unbroken, config.out)


def test_killed_during_a_save(
    unbroken: Path, fast_config: TrainConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = at(fast_config, tmp_path / "run", "queue=12")
    real, calls = checkpoint_module.save_file, []

    def killed(tensors: dict[str, torch.Tensor], path: Path) -> None:
        calls.append(path)
        if len(calls) == 4:  # the optimizer of the second checkpoint
            path.write_bytes(b"half")
            raise KeyboardInterrupt
        real(tensors, path)

    monkeypatch.setattr(checkpoint_module, "save_file", killed)
    with pytest.raises(KeyboardInterrupt):
        quiet(config)
    monkeypatch.undo()
    assert latest_checkpoint(config.out).name == "step-000002"
    quiet(config)
    assert_same_run(unbroken, config.out)
    assert [path for path in (config.out / "checkpoints").iterdir() if not path.name.startswith("step-")] == []


def test_sigterm_saves_and_ends(unbroken: Path, fast_config: TrainConfig, tmp_path: Path) -> None:
    config = at(fast_config, tmp_path / "run", "queue=12")

    def terminate(line: str) -> None:
        if line.startswith("step 4/"):
            os.kill(os.getpid(), signal.SIGTERM)

    report = train(config, progress=terminate)
    assert (report.steps, report.stopped) == (4, "SIGTERM")
    quiet(config)
    assert_same_run(unbroken, config.out)


def test_a_finished_run_is_left_alone(unbroken: Path, fast_config: TrainConfig) -> None:
    before = (unbroken / "metrics.jsonl").read_bytes()
    report = quiet(at(fast_config, unbroken, "queue=12"))
    assert (report.steps, report.session_steps) == (6, 0)
    assert report.after["mlm_loss"] == read_metrics(unbroken / "metrics.jsonl")[-1]["mlm_loss"]
    assert (unbroken / "metrics.jsonl").read_bytes() == before


def test_other_configuration_is_refused(unbroken: Path, fast_config: TrainConfig) -> None:
    with pytest.raises(MismatchError, match=r"seed: run has 0, asked for 7; optim\.lr: run has 0\.002, asked for 0\.5"):
        quiet(at(fast_config, unbroken, "queue=12", "optim.lr=0.5", "seed=7"))


def test_other_shards_are_refused(unbroken: Path, fast_config: TrainConfig, tmp_path: Path) -> None:
    other = write_shards(tmp_path / "other", rows=100, digest="ef" * 32)
    with pytest.raises(MismatchError, match="shards: run has abababababab, asked for efefefefefef"):
        quiet(replace(at(fast_config, unbroken, "queue=12"), shards=other.folder))


def test_other_tokenizer_is_refused(unbroken: Path, fast_config: TrainConfig, tmp_path: Path) -> None:
    other = write_shards(tmp_path / "other", rows=100)
    meta = json.loads((other.folder / "dataset.json").read_text())
    meta["tokenizer"]["digest"] = "99" * 32
    (other.folder / "dataset.json").write_text(json.dumps(meta))
    with pytest.raises(MismatchError, match="tokenizer: run has cdcdcdcdcdcd, asked for 999999999999"):
        quiet(replace(at(fast_config, unbroken, "queue=12"), shards=other.folder))


def test_unwritable_target(fast_config: TrainConfig, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(TargetError, match="cannot be written"):
        quiet(at(fast_config, tmp_path / "file" / "run"))


def test_rotation_keeps_the_newest_and_the_best(world: World, fast_config: TrainConfig, tmp_path: Path) -> None:
    config = at(fast_config, tmp_path / "run", "steps=8", "checkpoint_every=1", "keep_checkpoints=2", "optim.lr=0.001")
    quiet(config)
    kept = {path.name for path in (config.out / "checkpoints").iterdir()}
    best = (config.out / "best").read_text().strip()
    assert kept == {"step-000007", "step-000008", best}
    losses = {line["step"]: line for line in read_metrics(config.out / "metrics.jsonl") if line["kind"] == "valid"}
    assert set(losses) == {0, 3, 6, 8}


def test_bad_steps_are_skipped_and_counted(
    fast_config: TrainConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = at(fast_config, tmp_path / "run", "steps=4", "start_step=0", "head_norm=batch")
    real = loop_module.gradient_norm
    norms = iter([None, float("nan"), None, None])

    def norm(model: torch.nn.Module) -> float:
        return next(norms) or real(model)

    monkeypatch.setattr(loop_module, "gradient_norm", norm)
    report = quiet(config)
    assert (report.steps, report.skipped) == (4, 1)
    state = load_state(latest_checkpoint(config.out))
    assert (state.skipped, state.skipped_in_a_row) == (1, 0)
    optimizer = load_file(latest_checkpoint(config.out) / "optimizer.safetensors")
    assert float(optimizer["encoder.lm_head.bias/step"]) == 3
    model = load_file(latest_checkpoint(config.out) / "model.safetensors")
    assert int(model["heads.mep_key.end.num_batches_tracked"]) == 3


def test_too_many_bad_steps_stop_with_the_rows(
    fast_config: TrainConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop_module, "gradient_norm", lambda _model: float("inf"))
    with pytest.raises(TrainingDivergedError, match=r"3 steps in a row .* step 2 .*rows begin: mlm/.*mep/"):
        quiet(at(fast_config, tmp_path / "run", "bad_steps=3"))


def test_spikes_are_measured_against_the_running_mean(
    fast_config: TrainConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    norms = iter([1.0, 1.1, 5.0, 1.0])
    monkeypatch.setattr(loop_module, "gradient_norm", lambda _model: next(norms))
    report = quiet(at(fast_config, tmp_path / "run", "steps=4", "spike_factor=4"))
    assert report.skipped == 1


GOLDEN = (4.767, 4.849, 4.917, 4.114, 1.612, 4.633, 2.317, 1.51, 4.872, 2.437, 1.517)


def test_golden_loss_curve(fast_config: TrainConfig, tmp_path: Path) -> None:
    settings = ["steps=20", "log_every=4", "start_step=8", "validate_every=0", "checkpoint_every=0", "lr=0.003"]
    quiet(at(fast_config, tmp_path / "run", *settings))
    lines = [line for line in read_metrics(tmp_path / "run" / "metrics.jsonl") if line["kind"] == "train"]
    curve = [round(line[name], 3) for line in lines for name in ("mlm_loss", "mep_loss", "oe_loss") if name in line]
    assert curve == pytest.approx(GOLDEN, abs=0.02)
