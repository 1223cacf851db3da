"""One row of a batch before it is a tensor: tokens as they are and as the encoder reads them, and texts of entities."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

Corrupted = tuple[Tensor, Tensor, Tensor]
"""A row for MLM: ids with some corrupted, positions to predict, the tokens that stood there."""


def int64(values: Sequence[int]) -> Tensor:
    """A tensor of identities or places, also of none."""
    return torch.tensor(values, dtype=torch.int64)


def joined(parts: Sequence[Tensor]) -> Tensor:
    """The parts one after the other, int64, also if there are none."""
    return torch.cat([int64([]), *parts])


def repeated(counts: Sequence[int]) -> Tensor:
    """Each place as often as its count says.

    >>> repeated([2, 0, 1]).tolist()
    [0, 0, 2]
    """
    return torch.repeat_interleave(int64(counts))


def uncorrupted(ids: Tensor) -> Corrupted:
    """A row of which MLM predicts nothing."""
    return ids, int64([]), int64([])


def cut(ids: Any, limit: int) -> Tensor:
    """Input ids as int64, cut to `limit` tokens with the last one kept.

    >>> cut(np.array([0, 5, 6, 7, 2]), 4).tolist()
    [0, 5, 6, 2]
    """
    row = torch.from_numpy(np.array(ids, np.int64))
    return row if len(row) <= limit else torch.cat([row[: limit - 1], row[-1:]])


@dataclass(frozen=True)
class EntityText:
    """A text of entity `qid` in language `lang`: whole (`ids`, for its digest), and as the encoder reads it."""

    qid: int
    ids: Tensor
    lang: str
    read: Corrupted


@dataclass(frozen=True)
class MentionRow:
    """One MEP row: passage with its mention hidden or not, place of the mention's first token, text of its entity.

    `lang` is the passage's; `hard` are texts of other entities, mined as near ones.
    """

    lang: str
    passage: Corrupted
    position: int
    text: EntityText
    hard: tuple[EntityText, ...]


@dataclass(frozen=True)
class TripleRow:
    """One OE row: subject with relation (whole, and as it is read) in language `lang`, text of the object.

    `true_objects` are all that are true of subject and relation; `hard` are texts of others, mined as near ones.
    """

    lang: str
    ids: Tensor
    read: Corrupted
    text: EntityText
    hard: tuple[EntityText, ...]
    true_objects: Tensor
