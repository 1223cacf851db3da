"""The trainer: `train(config, progress=...)`."""

from xlmk_model.trainer.loop import train
from xlmk_model.trainer.report import TrainReport

__all__ = ["TrainReport", "train"]
