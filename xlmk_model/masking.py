"""Which tokens are hidden: MLM's random tokens and MEP's mentions. Pure functions of one row (1-D int64 tensors)."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from xlmk_model.batches import Vocabulary
from xlmk_model.config import MlmConfig


def mlm_mask(
    ids: Tensor, *, vocabulary: Vocabulary, config: MlmConfig, generator: torch.Generator, keep: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Corrupt one row for MLM: (ids with some replaced, positions to predict in ascending order).

    1. `<s>`, `</s>`, `<pad>`, `<mask>` and positions where `keep` (bool, same length) is True are never predicted.
    2. Each other token is predicted with probability `mask_share`.
    3. Of those, `keep_share` stay, `random_share` become a random piece (never a special one), the rest `<mask>`.

    >>> vocabulary = Vocabulary(size=10, bos=0, pad=1, eos=2, unk=3, mask=9)
    >>> row = torch.tensor([0, 5, 6, 2])
    >>> everything = MlmConfig(mask_share=1.0, keep_share=0.0, random_share=0.0)
    >>> ids, positions = mlm_mask(row, vocabulary=vocabulary, config=everything, generator=torch.Generator())
    >>> ids.tolist(), positions.tolist()
    ([0, 9, 9, 2], [1, 2])
    """
    row = ids.numpy()  # a dozen operations on some twenty numbers: numpy needs a third of torch's time for them
    special = (row <= vocabulary.eos) | (row == vocabulary.mask)
    if keep is not None:
        special |= keep.numpy()
    chance = torch.rand(3, len(row), generator=generator).numpy()
    chosen = (chance[0] < np.float32(config.mask_share)) & ~special
    random_ids = vocabulary.unk + 1 + (chance[2] * (vocabulary.size - vocabulary.unk - 2)).astype(np.int64)
    random_ids += random_ids >= vocabulary.mask  # which is not the last piece of an extended vocabulary
    replacement = np.where(chance[1] < np.float32(config.random_share), random_ids, vocabulary.mask)
    stays = chance[1] >= np.float32(1.0 - config.keep_share)
    corrupted = np.where(chosen & ~stays, replacement, row)
    return torch.from_numpy(corrupted), torch.from_numpy(np.flatnonzero(chosen))


def mask_spans(
    ids: Tensor, spans: Sequence[tuple[int, int]], *, drawn: int, mask: int, single: bool
) -> tuple[Tensor, int]:
    """Hide token spans (half-open, ascending, disjoint): (new ids, position of the drawn span's first token in them).

    With `single` each span becomes one `<mask>` and the row gets shorter, else each of its tokens becomes one.

    >>> row = torch.tensor([0, 5, 6, 7, 8, 2])
    >>> hidden, position = mask_spans(row, [(1, 3), (4, 5)], drawn=1, mask=9, single=False)
    >>> hidden.tolist(), position
    ([0, 9, 9, 7, 9, 2], 4)
    >>> hidden, position = mask_spans(row, [(1, 3), (4, 5)], drawn=1, mask=9, single=True)
    >>> hidden.tolist(), position
    ([0, 9, 7, 9, 2], 3)
    """
    hidden = ids.clone()
    keep = torch.ones(len(ids), dtype=torch.bool)
    for start, end in spans:
        hidden[start:end] = mask
        if single:
            keep[start + 1 : end] = False
    position = int(keep[: spans[drawn][0]].sum())
    return hidden[keep], position
