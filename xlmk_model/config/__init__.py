"""Configuration of training: sections, presets and overrides."""

from xlmk_model.config.overrides import from_flat, known_keys, to_flat, with_overrides
from xlmk_model.config.presets import PRESETS, preset
from xlmk_model.config.sections import DataConfig, KnowledgeConfig, MlmConfig, ModelConfig
from xlmk_model.config.training import OptimConfig, RunConfig, TrainConfig

__all__ = [
    "PRESETS",
    "DataConfig",
    "KnowledgeConfig",
    "MlmConfig",
    "ModelConfig",
    "OptimConfig",
    "RunConfig",
    "TrainConfig",
    "from_flat",
    "known_keys",
    "preset",
    "to_flat",
    "with_overrides",
]
