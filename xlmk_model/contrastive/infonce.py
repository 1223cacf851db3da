"""The one contrastive loss. N queries, M candidates, D width; everything is said of query i and candidate j.

    logits[i, j] = <query_i, candidate_j> / temperature         both of length 1; at least float32
    negative[i, j] is True  <=>  not positive[i, j] and not excluded[i, j]
    loss_i = mean over positives p of  -log( e^logits[i,p] / (e^logits[i,p] + sum over negatives n of e^logits[i,n]) )

So another positive of the same query is never in the denominator, and a query without negatives costs nothing.
"""

import torch
from torch import Tensor
from torch.nn import functional

from xlmk_model.contrastive.queue import EMPTY

VERY_LOW = -1e30
"""Stands for minus infinity: e^VERY_LOW is exactly 0, yet its gradient is 0 and not NaN."""


def excluded_mask(
    *,
    query_qid: Tensor,
    query_text: Tensor,
    candidate_qid: Tensor,
    candidate_text: Tensor,
    true_query: Tensor,
    true_object: Tensor,
) -> Tensor:
    """Which candidates must not count as negatives, bool [N, M].

    excluded[i, j] is True  <=>  one of
      1. the candidate slot is empty: candidate_qid[j] == EMPTY;
      2. it is the same entity: candidate_qid[j] == query_qid[i];
      3. it is the same text as the query's own positive: candidate_text[j] == query_text[i];
      4. (OE) it is another true object: some t has true_query[t] == i and true_object[t] == candidate_qid[j].

    The positives themselves fall under 2; `info_nce` takes them out by its positive mask.

    >>> excluded_mask(query_qid=torch.tensor([4, 5]), query_text=torch.tensor([14, 15]),
    ...     candidate_qid=torch.tensor([4, 5, 6, 7, -1]), candidate_text=torch.tensor([14, 15, 14, 17, 0]),
    ...     true_query=torch.tensor([1, 1]), true_object=torch.tensor([7, 8])).int().tolist()
    [[1, 0, 1, 0, 1], [0, 1, 0, 1, 1]]
    """
    excluded = (candidate_qid == EMPTY)[None, :] | (candidate_qid[None, :] == query_qid[:, None])
    excluded = excluded | (candidate_text[None, :] == query_text[:, None])
    return excluded | true_table(len(query_qid), candidate_qid, true_query, true_object)


def true_table(queries: int, candidate_qid: Tensor, true_query: Tensor, true_object: Tensor) -> Tensor:
    """bool [queries, M]: whether some t has true_query[t] == i and true_object[t] == candidate_qid[j].

    >>> true_table(2, torch.tensor([7, 8, 7]), torch.tensor([1]), torch.tensor([7])).int().tolist()
    [[0, 0, 0], [1, 0, 1]]
    """
    if not len(true_query) or not len(candidate_qid):
        return torch.zeros(queries, len(candidate_qid), dtype=torch.bool, device=candidate_qid.device)
    distinct, column = torch.unique(candidate_qid, return_inverse=True)  # [U], [M]
    at = torch.searchsorted(distinct, true_object).clamp(max=len(distinct) - 1)  # [T]
    found = distinct[at] == true_object
    table = torch.zeros(queries, len(distinct), dtype=torch.bool, device=candidate_qid.device)  # [queries, U]
    table[true_query[found], at[found]] = True
    return table[:, column]


def info_nce(
    query: Tensor, candidate: Tensor, *, positive: Tensor, excluded: Tensor, temperature: float
) -> tuple[Tensor, Tensor]:
    """The loss as stated above, summed over the queries, and each query's rank [N] (negatives not below it).

    `query` [N, D], `candidate` [M, D], `positive` and `excluded` bool [N, M]; each query must have a positive.
    Logits are float32, or float64 if the vectors are.

    >>> one_hot = torch.eye(2)
    >>> excluded = torch.zeros(2, 2, dtype=torch.bool)
    >>> loss, ranks = info_nce(one_hot, one_hot, positive=one_hot.bool(), excluded=excluded, temperature=1.0)
    >>> round(float(loss), 4), ranks.tolist()  # 2 log(1 + 1/e)
    (0.6265, [0, 0])
    """
    wide = torch.promote_types(query.dtype, torch.float32)
    with torch.autocast(query.device.type, enabled=False):
        logits = query.to(wide) @ candidate.to(wide).T / temperature  # [N, M]
        negatives = logits.masked_fill(positive | excluded, VERY_LOW)
        against = torch.logsumexp(negatives, dim=1)  # [N]
        losses = functional.softplus(against[:, None] - logits) * positive  # [N, M]
        loss = (losses.sum(dim=1) / positive.sum(dim=1)).sum()
    best = logits.detach().masked_fill(~positive, VERY_LOW).amax(dim=1)
    return loss, (negatives.detach() >= best[:, None]).sum(dim=1)
