"""Sentence-pair classification: both sentences in one row, the class read off `<s>`."""

from collections.abc import Sequence

from xlmk_model.evaluation.encoder import Encoder
from xlmk_model.evaluation.finetune.rows import Row
from xlmk_model.evaluation.nli.examples import Pair


def cut_pair(first: int, second: int, room: int) -> tuple[int, int]:
    """Lengths after cutting tokens off the longer one until both fit (off the second where they are equal).

    >>> cut_pair(10, 4, 9), cut_pair(5, 5, 7), cut_pair(2, 2, 9)
    ((5, 4), (4, 3), (2, 2))
    """
    while first + second > room:
        if first > second:
            first -= 1
        else:
            second -= 1
    return first, second


def pair_rows(encoder: Encoder, pairs: Sequence[Pair], *, max_length: int) -> list[Row]:
    """Rows `<s> premise </s></s> hypothesis </s>` with the class as target."""
    premises = encoder.pieces([pair.premise for pair in pairs])
    hypotheses = encoder.pieces([pair.hypothesis for pair in pairs])
    rows = []
    for number, (pair, premise, hypothesis) in enumerate(zip(pairs, premises, hypotheses, strict=True)):
        first, second = cut_pair(len(premise), len(hypothesis), max_length - 4)
        ids = [encoder.bos, *premise[:first], encoder.eos, encoder.eos, *hypothesis[:second], encoder.eos]
        rows.append(Row(ids=ids, example=number, target=[pair.label]))
    return rows
