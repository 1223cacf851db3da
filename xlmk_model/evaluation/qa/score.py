"""Exact match and token F1 of answers, as the official scorers of MLQA and SQuAD 1.1 count them."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from xlmk_model.evaluation.qa.examples import Question
from xlmk_model.evaluation.qa.normalise import Rules, normalised_tokens

Floats = npt.NDArray[np.float64]


def token_f1(predicted: Sequence[str], gold: Sequence[str]) -> float:
    """F1 of two bags of tokens; 0 if they share none (also if both are empty).

    >>> token_f1(["north", "german", "federation"], ["german", "federation"])
    0.8
    """
    shared = sum((Counter(predicted) & Counter(gold)).values())
    if shared == 0:
        return 0.0
    precision, recall = shared / len(predicted), shared / len(gold)
    return 2 * precision * recall / (precision + recall)


def answer_score(predicted: str, gold: Sequence[str], *, lang: str, rules: Rules) -> tuple[float, float]:
    """(exact match, F1), each 0 to 1: each its best over the gold answers, which must not be empty.

    >>> answer_score("the Baltic Sea", ["Baltic", "Baltic sea"], lang="en", rules="mlqa")
    (1.0, 1.0)
    """
    own = normalised_tokens(predicted, lang=lang, rules=rules)
    others = [normalised_tokens(text, lang=lang, rules=rules) for text in gold]
    return float(any(own == other for other in others)), max(token_f1(own, other) for other in others)


def question_scores(
    questions: Sequence[Question], predictions: Mapping[str, str], *, lang: str, rules: Rules
) -> Floats:
    """[questions, 2]: exact match and F1 (0 to 1) of each question; one without a prediction counts 0.

    `lang` is the language of the answers, that is of the context.
    """
    rows = [
        answer_score(predictions[item.id], item.answers, lang=lang, rules=rules) if item.id in predictions else (0, 0)
        for item in questions
    ]
    return np.array(rows, np.float64).reshape(len(questions), 2)


def aggregate(scores: Floats) -> dict[str, float]:
    """Exact match and F1 in percent.

    >>> aggregate(np.array([[1.0, 1.0], [0.0, 0.5]]))
    {'exact_match': 50.0, 'f1': 75.0}
    """
    assert len(scores), "no questions"
    exact, f1 = scores.sum(axis=0) * 100.0 / len(scores)
    return {"exact_match": float(exact), "f1": float(f1)}
