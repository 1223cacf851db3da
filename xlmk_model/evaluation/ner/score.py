"""Entity-level precision, recall and F1: micro-averaged over types, as conlleval and seqeval's default count them."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from xlmk_model.evaluation.ner.tags import entities

Floats = npt.NDArray[np.float64]


def sentence_counts(gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]]) -> Floats:
    """[sentences, 3]: entities that are right (type and both ends), predicted, gold."""
    rows = []
    for gold_tags, predicted_tags in zip(gold, predicted, strict=True):
        assert len(gold_tags) == len(predicted_tags)
        true, found = set(entities(gold_tags)), set(entities(predicted_tags))
        rows.append((len(true & found), len(found), len(true)))
    return np.array(rows, np.float64).reshape(len(rows), 3)


def aggregate(counts: Floats) -> dict[str, float]:
    """Precision, recall and F1 in percent; 0 where there is nothing to divide by.

    >>> aggregate(np.array([[1.0, 2.0, 1.0], [0.0, 0.0, 1.0]]))
    {'precision': 50.0, 'recall': 50.0, 'f1': 50.0}
    """
    right, found, true = (float(total) for total in counts.sum(axis=0))
    precision = right / found if found else 0.0
    recall = right / true if true else 0.0
    f1 = 2 * precision * recall / (precision + recall) if right else 0.0
    return {"precision": 100.0 * precision, "recall": 100.0 * recall, "f1": 100.0 * f1}
