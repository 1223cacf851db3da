"""Options of a run that change where it runs or what it writes: bf16, TensorBoard."""

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from pipeline.errors import ConfigError
from tests.xlmk_model.test_training import at, quiet
from xlmk_model.config import TrainConfig
from xlmk_model.metrics import read_metrics


def curve(run: Path) -> list[float]:
    """The MLM and MEP losses of the lines of metrics."""
    lines = [line for line in read_metrics(run / "metrics.jsonl") if line["kind"] == "train"]
    return [line[name] for line in lines for name in ("mlm_loss", "mep_loss") if name in line]


def test_bfloat16_stays_near_float32(fast_config: TrainConfig, tmp_path: Path) -> None:
    settings = ["steps=6", "start_step=2", "validate_rows=2", "validate_every=0", "model.dropout=0", "lr=0.003"]
    for precision in ("float32", "bfloat16"):
        quiet(at(fast_config, tmp_path / precision, *settings, f"precision={precision}"))
    wide, narrow = curve(tmp_path / "float32"), curve(tmp_path / "bfloat16")
    assert len(wide) > 4 and wide != narrow
    assert narrow == pytest.approx(wide, abs=0.1)


def test_tensorboard_gets_every_figure(
    fast_config: TrainConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[tuple[str, float, int]] = []

    class Writer:
        def __init__(self, folder: str, purge_step: int) -> None:
            assert folder == str(tmp_path / "run" / "tensorboard") and purge_step == 1

        def add_scalar(self, tag: str, value: float, step: int) -> None:
            events.append((tag, value, step))

        def flush(self) -> None:
            """As torch's writer."""

    module: Any = ModuleType("torch.utils.tensorboard")
    module.SummaryWriter = Writer
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", module)
    quiet(at(fast_config, tmp_path / "run", "tensorboard=true", "steps=2", "start_step=0", "validate_rows=2"))
    lines = read_metrics(tmp_path / "run" / "metrics.jsonl")
    last = next(line for line in lines if line["kind"] == "train" and line["step"] == 2)
    assert ("train/mlm_loss", last["mlm_loss"], 2) in events
    assert ("train/mep_text/aa", last["mep_text"]["aa"], 2) in events
    assert {step for tag, _, step in events if tag == "valid/mlm_loss"} == {0, 2}


def test_tensorboard_that_is_missing_says_how_to_get_it(
    fast_config: TrainConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(ConfigError, match=r"needs the package tensorboard.*pip install 'xlmk\[tensorboard\]'"):
        quiet(at(fast_config, tmp_path / "run", "tensorboard=true"))
