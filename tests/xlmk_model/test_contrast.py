"""The contrastive loss from hidden states, with every option, against plain loops over all candidates in float64."""

import math
from itertools import product

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from xlmk_model.config import KnowledgeConfig
from xlmk_model.contrastive import EMPTY, KeyQueue
from xlmk_model.objectives.contrast import contrastive_sums

Candidate = tuple[Tensor, int, int]
"""Vector, entity, digest of the text."""


class Head(nn.Module):
    """A projection without weights, so that the loops need none."""

    def forward(self, states: Tensor) -> Tensor:
        """Each row at length 1."""
        return functional.normalize(states, dim=-1)


def loop_loss(query: Tensor, positives: list[Candidate], negatives: list[Candidate], temperature: float) -> float:
    """Mean over the positives of minus the log of its share against all negatives."""

    def weight(candidate: Candidate) -> float:
        return math.exp(float(query @ candidate[0]) / temperature)

    against = sum(weight(one) for one in negatives)
    return sum(-math.log(weight(one) / (weight(one) + against)) for one in positives) / len(positives)


@pytest.mark.parametrize(
    ("own_side", "bidirectional", "all_positives", "queued"), list(product((False, True), repeat=4))
)
def test_equals_loops(own_side: bool, bidirectional: bool, all_positives: bool, queued: bool) -> None:
    generator = torch.Generator().manual_seed(8 * own_side + 4 * bidirectional + 2 * all_positives + queued)
    qid = [4, 5, 4, 6]  # 4 twice: never its own negative
    key_qid, key_text = [*qid, 7, 5, 8, 9], [40, 50, 41, 60, 70, 51, 50, 90]  # four hard negatives; 8 has 5's text
    true = {(0, 7), (3, 9), (3, 6)}  # 7 is true of query 0, 9 of query 3
    states = torch.randn(4, 6, dtype=torch.float64, generator=generator)
    keys = torch.randn(8, 6, dtype=torch.float64, generator=generator)
    queue = KeyQueue(5, 6).double() if queued else None
    if queue is not None:
        old = functional.normalize(torch.randn(3, 6, dtype=torch.float64, generator=generator), dim=-1)
        queue.push(old, torch.tensor([5, 10, 7]), torch.tensor([55, 100, 71]))
    config = KnowledgeConfig(
        own_side=own_side, bidirectional=bidirectional, all_positives=all_positives, temperature=0.3
    )
    found = contrastive_sums(
        query_states=states,
        key_states=keys,
        query_qid=torch.tensor(qid),
        positive=torch.arange(4),
        key_qid=torch.tensor(key_qid),
        key_text=torch.tensor(key_text),
        query_head=Head(),
        key_head=Head(),
        queue=queue,
        config=config,
        true_query=torch.tensor([q for q, _ in sorted(true)]),
        true_object=torch.tensor([o for _, o in sorted(true)]),
    )
    queries: list[Candidate] = [(functional.normalize(states[n], dim=0), qid[n], key_text[n]) for n in range(4)]
    texts: list[Candidate] = [(functional.normalize(keys[m], dim=0), key_qid[m], key_text[m]) for m in range(8)]
    waiting: list[Candidate] = []
    if queue is not None:
        rows = zip(queue.keys, queue.qid.tolist(), queue.text.tolist(), strict=True)
        waiting = [(vector, entity, text) for vector, entity, text in rows if entity != EMPTY]
        assert len(waiting) == 3

    def allowed(n: int, candidate: Candidate) -> bool:
        return candidate[1] != qid[n] and candidate[2] != key_text[n] and (n, candidate[1]) not in true

    total = 0.0
    for n in range(4):
        positives = [m for m in range(8) if m == n or (all_positives and key_qid[m] == qid[n])]
        others = [*texts, *waiting, *(queries if own_side else [])]
        forth = loop_loss(
            queries[n][0], [texts[m] for m in positives], [one for one in others if allowed(n, one)], config.temperature
        )
        if not bidirectional:
            total += forth
            continue
        positives = [m for m in range(4) if m == n or (all_positives and qid[m] == qid[n])]
        rivals = [queries[m] for m in range(4) if allowed(n, queries[m]) and (m, qid[n]) not in true]
        rivals += [one for one in texts if own_side and allowed(n, one)]
        back = loop_loss(texts[n][0], [queries[m] for m in positives], rivals, config.temperature)
        total += (forth + back) / 2
    assert abs(float(found.loss) - total) < 1e-10
    assert found.count == 4
    assert found.key_qid.tolist() == qid  # the queue is fed with the positives, not with hard negatives
    assert torch.allclose(found.key, torch.stack([vector for vector, _, _ in texts[:4]]))
