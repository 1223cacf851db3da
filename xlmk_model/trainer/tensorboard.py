"""Metrics for TensorBoard, beside metrics.jsonl: `run.tensorboard`. The package is asked for only then."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.errors import ConfigError
from xlmk_model.metrics import Value


def event_writer(run: Path, from_step: int) -> Any:
    """A writer of events into RUN/tensorboard; events after `from_step`, of a session that was killed, are hidden.

    Raises ConfigError where the package `tensorboard` is not installed.
    """
    try:
        from torch.utils.tensorboard import SummaryWriter  # noqa: PLC0415
    except ImportError as error:
        raise ConfigError(
            f"run.tensorboard = True needs the package tensorboard: {error}",
            next_step="pip install 'xlmk[tensorboard]'",
        ) from error
    return SummaryWriter(str(run / "tensorboard"), purge_step=from_step + 1)


def scalars(line: Mapping[str, Value]) -> dict[str, float]:
    """The figures of a line of metrics by TensorBoard's tags.

    >>> scalars({"kind": "valid", "step": 3, "mlm_loss": 2.5, "mep_text": {"de": 0.25}, "stopped": None})
    {'valid/mlm_loss': 2.5, 'valid/mep_text/de': 0.25}
    """
    found: dict[str, float] = {}
    for name, value in line.items():
        if isinstance(value, dict):
            found |= {f"{line['kind']}/{name}/{key}": own for key, own in value.items()}
        elif isinstance(value, int | float) and name != "step":
            found[f"{line['kind']}/{name}"] = value
    return found


def write_events(writer: Any, line: Mapping[str, Value]) -> None:
    """Write a line of metrics as events of its step."""
    for tag, value in scalars(line).items():
        writer.add_scalar(tag, value, line["step"])
    writer.flush()
