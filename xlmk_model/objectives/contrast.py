"""From hidden states of queries and keys to the contrastive sums: gathering, heads, queue, masks, loss.

Candidates of a query are, in this order: the keys of all ranks (with gradient), the queue, and with `own_side` the
queries of all ranks (with gradient). Heads run on the states of the global batch, so that BatchNorm too is exact.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from xlmk_model.config import KnowledgeConfig
from xlmk_model.contrastive import EMPTY, KeyQueue, excluded_mask, gather_rows, info_nce


@dataclass(frozen=True, kw_only=True)
class ContrastiveSums:
    """Over this rank's queries: sum of the loss, number of queries, each one's rank (0 = first).

    `key`, `key_qid`, `key_text` are the projected keys of all ranks without gradient: what the queue is fed with.
    """

    loss: Tensor
    count: int
    ranks: Tensor
    key: Tensor
    key_qid: Tensor
    key_text: Tensor


def contrastive_sums(
    *,
    query_states: Tensor,
    key_states: Tensor,
    query_qid: Tensor,
    positive: Tensor,
    key_qid: Tensor,
    key_text: Tensor,
    query_head: nn.Module,
    key_head: nn.Module,
    queue: KeyQueue | None,
    config: KnowledgeConfig,
    true_query: Tensor,
    true_object: Tensor,
) -> ContrastiveSums:
    """The contrastive loss of this rank's queries [N, H] against the keys of all ranks (this rank's: [M, H]).

    1. The positive of query i is key positive[i] of this rank; with `all_positives` each key of any rank with its
       entity (and another text or the same) is one too.
    2. Never a negative: the conditions of `excluded_mask`, for keys, queue and queries alike.
    3. A query is a candidate for others (`own_side`) under its own entity and its positive's text, so never for itself.
    """
    all_key_states, first_key = gather_rows(key_states)
    all_key_qid, _ = gather_rows(key_qid)
    all_key_text, _ = gather_rows(key_text)
    all_query_states, first_query = gather_rows(query_states)
    query_text = key_text[positive]
    keys = key_head(all_key_states)  # [all keys, D]
    queries = query_head(all_query_states)  # [all queries, D]
    own = queries[first_query : first_query + len(query_states)]  # [N, D]
    candidates, qids, texts = [keys], [all_key_qid], [all_key_text]
    if queue is not None:
        candidates.append(queue.keys)
        qids.append(queue.qid)
        texts.append(queue.text)
    if config.own_side:
        candidates.append(queries)
        qids.append(gather_rows(query_qid)[0])
        texts.append(gather_rows(query_text)[0])
    candidate_qid = torch.cat(qids)
    is_positive = torch.zeros(len(own), len(candidate_qid), dtype=torch.bool, device=own.device)
    is_positive[torch.arange(len(own), device=own.device), first_key + positive] = True
    if config.all_positives:
        is_positive[:, : len(keys)] |= (all_key_qid[None, :] == query_qid[:, None]) & (all_key_qid != EMPTY)[None, :]
    excluded = excluded_mask(
        query_qid=query_qid,
        query_text=query_text,
        candidate_qid=candidate_qid,
        candidate_text=torch.cat(texts),
        true_query=true_query,
        true_object=true_object,
    )
    loss, ranks = info_nce(
        own,
        torch.cat([part.to(own.dtype) for part in candidates]),
        positive=is_positive,
        excluded=excluded,
        temperature=config.temperature,
    )
    return ContrastiveSums(
        loss=loss, count=len(own), ranks=ranks, key=keys.detach(), key_qid=all_key_qid, key_text=all_key_text
    )
