"""Errors of training that are not about input or configuration; those come from `pipeline.errors`."""

from pipeline.errors import XlmkError


class TrainingDivergedError(XlmkError):
    """Too many steps in a row had a loss or gradient not finite or far out; the message names the batch."""
