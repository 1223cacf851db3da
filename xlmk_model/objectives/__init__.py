"""The three objectives: each gives the sum of its loss over this rank's items; the trainer divides by global counts."""

from xlmk_model.objectives.contrast import ContrastiveSums, contrastive_sums
from xlmk_model.objectives.knowledge import Objective, knowledge_sums
from xlmk_model.objectives.mlm import prediction_sum

__all__ = ["ContrastiveSums", "Objective", "contrastive_sums", "knowledge_sums", "prediction_sum"]
