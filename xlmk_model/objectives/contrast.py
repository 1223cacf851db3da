"""From hidden states of queries and keys to the contrastive sums: gathering, heads, queue, masks, loss.

Candidates of a query are, in this order: the keys of all ranks (with gradient), the queue, and with `own_side` the
queries of all ranks (with gradient). Heads run on the states of the global batch, so that BatchNorm too is exact.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from xlmk_model.config import KnowledgeConfig
from xlmk_model.contrastive import KeyQueue, excluded_mask, gather_rows, info_nce, true_table


@dataclass(frozen=True, kw_only=True)
class ContrastiveSums:
    """Over this rank's queries: sum of the loss, number of queries, each one's rank (0 = first).

    `key`, `key_qid`, `key_text` are the queries' projected positives, of all ranks, without gradient: what the queue is
    fed with (in the same order on any number of ranks; hard negatives stay out of it).
    """

    loss: Tensor
    count: int
    ranks: Tensor
    key: Tensor
    key_qid: Tensor
    key_text: Tensor


@dataclass(frozen=True)
class Side:
    """Vectors of all ranks, of queries or of keys: [n, D], entity [n], text digest [n]; `own` is this rank's part.

    A query carries its entity and the text of its positive.
    """

    vectors: Tensor
    qid: Tensor
    text: Tensor
    own: slice


def gathered(states: Tensor, qid: Tensor, text: Tensor, head: nn.Module) -> Side:
    """Gather the states of all ranks and project them together."""
    everything, first = gather_rows(states)
    own = slice(first, first + len(states))
    return Side(head(everything), gather_rows(qid)[0], gather_rows(text)[0], own)


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
       entity is one too.
    2. Never a negative: the conditions of `excluded_mask`, for keys, queue and queries alike.
    3. A query is a candidate for others (`own_side`) under its own entity and its positive's text, so never for itself.
    4. With `bidirectional` the loss is the mean of that and of the positives' keys against the queries of all ranks
       (and with `own_side` their keys) under the same conditions; the queue takes no part in it.
    """
    queries = gathered(query_states, query_qid, key_text[positive], query_head)
    keys = gathered(key_states, key_qid, key_text, key_head)
    own = queries.vectors[queries.own]  # [N, D]
    own_text = key_text[positive]
    own_key = keys.own.start + positive  # [N] places among all keys
    row = torch.arange(len(own), device=own.device)

    vectors, qids, texts = [keys.vectors], [keys.qid], [keys.text]
    if queue is not None:
        vectors, qids, texts = [*vectors, queue.keys.to(own.dtype)], [*qids, queue.qid], [*texts, queue.text]
    if config.own_side:
        vectors, qids, texts = [*vectors, queries.vectors], [*qids, queries.qid], [*texts, queries.text]
    candidate_qid = torch.cat(qids)
    excluded = excluded_mask(
        query_qid=query_qid,
        query_text=own_text,
        candidate_qid=candidate_qid,
        candidate_text=torch.cat(texts),
        true_query=true_query,
        true_object=true_object,
    )
    is_positive = torch.zeros_like(excluded)
    is_positive[row, own_key] = True
    if config.all_positives:
        is_positive[:, : len(keys.qid)] |= keys.qid[None, :] == query_qid[:, None]
    loss, ranks = info_nce(
        own, torch.cat(vectors), positive=is_positive, excluded=excluded, temperature=config.temperature
    )
    if config.bidirectional:
        all_query, _ = gather_rows(true_query + queries.own.start)
        all_object, _ = gather_rows(true_object)
        vectors = [queries.vectors, keys.vectors] if config.own_side else [queries.vectors]
        excluded = excluded_mask(
            query_qid=query_qid,
            query_text=own_text,
            candidate_qid=torch.cat([queries.qid, keys.qid])[: sum(map(len, vectors))],
            candidate_text=torch.cat([queries.text, keys.text])[: sum(map(len, vectors))],
            true_query=true_query,
            true_object=true_object,
        )
        excluded[:, : len(queries.qid)] |= true_table(len(queries.qid), query_qid, all_query, all_object).T
        is_positive = torch.zeros_like(excluded)
        is_positive[row, queries.own.start + row] = True
        if config.all_positives:
            is_positive[:, : len(queries.qid)] |= queries.qid[None, :] == query_qid[:, None]
        back, _ = info_nce(
            keys.vectors[own_key],
            torch.cat(vectors),
            positive=is_positive,
            excluded=excluded,
            temperature=config.temperature,
        )
        loss = (loss + back) / 2
    fed, _ = gather_rows(own_key)
    key = keys.vectors.detach()[fed]
    return ContrastiveSums(
        loss=loss, count=len(own), ranks=ranks, key=key, key_qid=keys.qid[fed], key_text=keys.text[fed]
    )
