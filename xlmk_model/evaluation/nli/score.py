"""Accuracy of natural language inference."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def pair_scores(gold: Sequence[int], predicted: Sequence[int]) -> Floats:
    """[pairs, 1]: 1 where the predicted class is the gold one, else 0."""
    return np.array([float(g == p) for g, p in zip(gold, predicted, strict=True)], np.float64).reshape(len(gold), 1)


def aggregate(scores: Floats) -> dict[str, float]:
    """Accuracy in percent.

    >>> aggregate(pair_scores([0, 1, 2, 2], [0, 1, 1, 2]))
    {'accuracy': 75.0}
    """
    assert len(scores), "no pairs"
    return {"accuracy": float(scores.sum() * 100.0 / len(scores))}
