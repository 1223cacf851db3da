"""Ranks of right answers and the scores made of them. Q queries, C candidates, D width."""

from collections.abc import Iterable
from dataclasses import dataclass

from torch import Tensor
from torch.nn import functional

CHUNK = 1024
"""Queries that are scored at a time."""


@dataclass(frozen=True, kw_only=True)
class RankScores:
    """Shares between 0 and 1 over `queries` queries; all 0 if there are none."""

    queries: int
    recall_at_1: float
    recall_at_10: float
    mrr: float


def rank_scores(ranks: Iterable[int]) -> RankScores:
    """Scores of ranks that count from 1.

    >>> rank_scores([1, 4, 20])
    RankScores(queries=3, recall_at_1=0.3333333333333333, recall_at_10=0.6666666666666666, mrr=0.43333333333333335)
    """
    found = list(ranks)
    total = max(1, len(found))
    return RankScores(
        queries=len(found),
        recall_at_1=sum(rank <= 1 for rank in found) / total,
        recall_at_10=sum(rank <= 10 for rank in found) / total,
        mrr=sum(1 / rank for rank in found) / total,
    )


def macro(scores: Iterable[RankScores]) -> RankScores:
    """The mean over pairs of languages that have queries; `queries` is their sum."""
    used = [score for score in scores if score.queries]
    total = max(1, len(used))
    return RankScores(
        queries=sum(score.queries for score in used),
        recall_at_1=sum(score.recall_at_1 for score in used) / total,
        recall_at_10=sum(score.recall_at_10 for score in used) / total,
        mrr=sum(score.mrr for score in used) / total,
    )


def centred(states: Tensor) -> Tensor:
    """States [n, D] minus their mean, each then of length 1: what languages have in common with themselves goes."""
    return functional.normalize(states - states.mean(dim=0), dim=-1)


def ranks_of(query: Tensor, candidate: Tensor, gold: Tensor, same: Tensor) -> list[int]:
    """Rank, from 1, of candidate `gold[q]` [Q] for each query by dot product; ties count against it.

    Candidates of the same group as the gold one, `same[c] == same[gold[q]]` [C], are left out: they are the same text.

    >>> import torch
    >>> ranks_of(torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 1.0], [1.0, 0.0]]), torch.tensor([0]),
    ...     torch.tensor([10, 11]))
    [2]
    """
    ranks: list[int] = []
    for start in range(0, len(query), CHUNK):
        own = gold[start : start + CHUNK]
        scores = query[start : start + CHUNK] @ candidate.T  # [chunk, C]
        best = scores.gather(1, own[:, None])  # [chunk, 1]
        ahead = (scores >= best) & (same[None, :] != same[own][:, None])
        ranks += (1 + ahead.sum(dim=1)).tolist()
    return ranks
