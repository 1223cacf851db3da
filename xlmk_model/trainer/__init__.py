"""The trainer: `train(config, progress=...)`, and `train_to_end` for what needs a finished run."""

from xlmk_model.trainer.loop import train, train_to_end
from xlmk_model.trainer.report import TrainReport

__all__ = ["TrainReport", "train", "train_to_end"]
