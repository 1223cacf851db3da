"""Rows of token ids with their targets, and padded batches of them. Legend: B rows, L padded length."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from xlmk_model.sampling import permutation

IGNORED = -100
"""Target of a position that is not trained on: torch's default `ignore_index`."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One input of the encoder. `example` is the index of its example.

    `target` is what the head is trained towards: [start, end] token positions (mlqa), [class] (xnli), or a tag for each
    token with IGNORED elsewhere (ner). `marks` tells what to read off at which token: (token, first character, end
    character) of the context (mlqa), (token, word, 0) of first pieces (ner).
    """

    ids: list[int]
    example: int
    target: list[int]
    marks: list[tuple[int, int, int]] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Padded rows: `ids` [B, L], `lengths` [B], `target` [B, T] padded with IGNORED."""

    ids: Tensor
    lengths: Tensor
    target: Tensor


def pad_rows(rows: Sequence[Row], pad: int) -> Batch:
    """One batch of rows, right-padded.

    >>> pad_rows([Row(ids=[0, 9, 2], example=0, target=[1]), Row(ids=[0, 2], example=1, target=[0])], 1).ids.tolist()
    [[0, 9, 2], [0, 2, 1]]
    """
    longest = max(len(row.ids) for row in rows)
    widest = max(len(row.target) for row in rows)
    return Batch(
        ids=torch.tensor([row.ids + [pad] * (longest - len(row.ids)) for row in rows]),
        lengths=torch.tensor([len(row.ids) for row in rows]),
        target=torch.tensor([row.target + [IGNORED] * (widest - len(row.target)) for row in rows]),
    )


def training_rows(count: int, batch: int, step: int, seed: int) -> list[int]:
    """Indices of the rows of a step: each epoch is a permutation of all rows that depends on seed and epoch alone.

    >>> sorted(training_rows(4, 3, 0, 7) + training_rows(4, 3, 1, 7)[:1])
    [0, 1, 2, 3]
    """
    places = range(step * batch, (step + 1) * batch)
    orders = {epoch: permutation(count, "finetune", seed, epoch) for epoch in {place // count for place in places}}
    return [int(orders[place // count][place % count]) for place in places]


def passes(rows: Sequence[Row], forward_tokens: int) -> Iterator[list[int]]:
    """Cut rows into forward passes of at most `forward_tokens` padded tokens (at least one row), shortest rows first.

    >>> rows = [Row(ids=[0] * n, example=0, target=[]) for n in (4, 2, 3)]
    >>> list(passes(rows, 6))
    [[1, 2], [0]]
    """
    chosen: list[int] = []
    for index in sorted(range(len(rows)), key=lambda n: (len(rows[n].ids), n)):
        if chosen and (len(chosen) + 1) * len(rows[index].ids) > forward_tokens:
            yield chosen
            chosen = []
        chosen.append(index)
    if chosen:
        yield chosen
