"""Randomness as values: keyed seeds, language probabilities, permutations. Nothing here has state."""

import hashlib
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

import torch
from torch import Tensor


def keyed_seed(*key: object) -> int:
    """A 63-bit seed that depends on the key alone.

    >>> keyed_seed(0, "mlm", 7) == keyed_seed(0, "mlm", 7), keyed_seed(0, "mlm", 7) == keyed_seed(0, "mlm", 8)
    (True, False)
    """
    text = "/".join(str(part) for part in key)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8, key=b"xlmk").digest(), "big") >> 1


def keyed_generator(*key: object) -> torch.Generator:
    """A CPU generator seeded by the key."""
    return torch.Generator().manual_seed(keyed_seed(*key))


def language_probabilities(rows: Sequence[int], alpha: float) -> Tensor:
    """p(language) ∝ rows^alpha, float64 [languages]; a language without rows has probability 0.

    >>> language_probabilities([100, 1, 0], alpha=0.5).tolist()
    [0.9090909090909091, 0.09090909090909091, 0.0]
    """
    counts = torch.tensor(rows, dtype=torch.float64)
    weights = torch.where(counts > 0, counts.clamp(min=1) ** alpha, 0.0)
    return weights / weights.sum()


def draw(weights: Tensor, count: int, generator: torch.Generator) -> list[int]:
    """`count` indices drawn with replacement in proportion to the weights [n]."""
    if count == 0:
        return []
    drawn: list[int] = torch.multinomial(weights, count, replacement=True, generator=generator).tolist()
    return drawn


def draw_one(weights: Sequence[float], generator: torch.Generator) -> int:
    """One index in proportion to the weights, which must not all be 0; cheap for a handful of them.

    >>> draw_one([0.0, 2.0, 0.0], torch.Generator())
    1
    """
    sums = list(accumulate(weights))
    point = float(torch.rand((), dtype=torch.float64, generator=generator)) * sums[-1]
    return min(bisect_right(sums, point), max(i for i, weight in enumerate(weights) if weight))


def permutation(size: int, *key: object) -> Tensor:
    """A permutation of range(size) that depends on the key alone, int64 [size].

    >>> sorted(permutation(4, "en", 0).tolist())
    [0, 1, 2, 3]
    """
    return torch.randperm(size, generator=keyed_generator(*key))
