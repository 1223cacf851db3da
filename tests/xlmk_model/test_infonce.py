"""The contrastive loss and its masks against two plain loops in float64, with gradients against finite differences."""

import math

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from xlmk_model.contrastive import EMPTY, KeyQueue, excluded_mask, info_nce


def loop_excluded(
    query_qid: Tensor, query_text: Tensor, candidate_qid: Tensor, candidate_text: Tensor, pairs: list[tuple[int, int]]
) -> list[list[bool]]:
    """The four conditions, one candidate at a time."""
    rows = []
    for i in range(len(query_qid)):
        row = []
        for j in range(len(candidate_qid)):
            empty = int(candidate_qid[j]) == EMPTY
            same_entity = int(candidate_qid[j]) == int(query_qid[i])
            same_text = int(candidate_text[j]) == int(query_text[i])
            true_object = (i, int(candidate_qid[j])) in pairs
            row.append(empty or same_entity or same_text or true_object)
        rows.append(row)
    return rows


def loop_loss(query: Tensor, candidate: Tensor, positive: Tensor, excluded: Tensor, temperature: float) -> float:
    """The loss as its docstring states it, one term at a time."""
    total = 0.0
    for i in range(len(query)):
        scores = [math.exp(float(query[i] @ candidate[j]) / temperature) for j in range(len(candidate))]
        negatives = sum(s for j, s in enumerate(scores) if not positive[i, j] and not excluded[i, j])
        own = [s for j, s in enumerate(scores) if positive[i, j]]
        total += sum(-math.log(s / (s + negatives)) for s in own) / len(own)
    return total


@st.composite
def problems(draw: st.DrawFn) -> tuple[Tensor, Tensor, Tensor, Tensor, list[tuple[int, int]]]:
    queries, candidates = draw(st.integers(1, 5)), draw(st.integers(1, 8))
    qid = st.integers(1, 5)
    text = st.integers(100, 105)
    pairs = draw(st.lists(st.tuples(st.integers(0, queries - 1), qid), max_size=8))
    return (
        torch.tensor(draw(st.lists(qid, min_size=queries, max_size=queries))),
        torch.tensor(draw(st.lists(text, min_size=queries, max_size=queries))),
        torch.tensor(draw(st.lists(qid | st.just(EMPTY), min_size=candidates, max_size=candidates))),
        torch.tensor(draw(st.lists(text, min_size=candidates, max_size=candidates))),
        pairs,
    )


@given(problems(), st.integers(0, 2**31))
@settings(max_examples=150, deadline=None)
def test_masks_and_loss_equal_the_loops(
    problem: tuple[Tensor, Tensor, Tensor, Tensor, list[tuple[int, int]]], seed: int
) -> None:
    query_qid, query_text, candidate_qid, candidate_text, pairs = problem
    excluded = excluded_mask(
        query_qid=query_qid,
        query_text=query_text,
        candidate_qid=candidate_qid,
        candidate_text=candidate_text,
        true_query=torch.tensor([i for i, _ in pairs], dtype=torch.int64),
        true_object=torch.tensor([q for _, q in pairs], dtype=torch.int64),
    )
    assert excluded.tolist() == loop_excluded(query_qid, query_text, candidate_qid, candidate_text, pairs)
    generator = torch.Generator().manual_seed(seed)
    query = torch.randn(len(query_qid), 4, dtype=torch.float64, generator=generator, requires_grad=True)
    candidate = torch.randn(len(candidate_qid), 4, dtype=torch.float64, generator=generator, requires_grad=True)
    positive = torch.rand(excluded.shape, generator=generator) < 0.3
    positive[:, 0] = True
    loss, ranks = info_nce(query, candidate, positive=positive, excluded=excluded, temperature=0.7)
    assert abs(float(loss.detach()) - loop_loss(query, candidate, positive, excluded, 0.7)) < 1e-10
    loss.backward()
    assert query.grad is not None and candidate.grad is not None
    assert bool(query.grad.isfinite().all()) and bool(candidate.grad.isfinite().all())
    for i in range(len(query)):
        scores = (query[i] @ candidate.T).tolist()
        best = max(s for j, s in enumerate(scores) if positive[i, j])
        ahead = [s for j, s in enumerate(scores) if not positive[i, j] and not excluded[i, j] and s >= best]
        assert int(ranks[i]) == len(ahead)


def test_gradient_equals_finite_differences() -> None:
    generator = torch.Generator().manual_seed(0)
    query = torch.randn(3, 4, dtype=torch.float64, generator=generator, requires_grad=True)
    candidate = torch.randn(6, 4, dtype=torch.float64, generator=generator, requires_grad=True)
    positive = torch.zeros(3, 6, dtype=torch.bool)
    positive[[0, 0, 1, 2], [0, 4, 1, 2]] = True
    excluded = torch.zeros(3, 6, dtype=torch.bool)
    excluded[1, 3] = True

    def loss(q: Tensor, c: Tensor) -> Tensor:
        return info_nce(q, c, positive=positive, excluded=excluded, temperature=0.5)[0]

    assert torch.autograd.gradcheck(loss, (query, candidate))


def test_a_query_without_negatives_costs_nothing() -> None:
    query = torch.ones(1, 2, requires_grad=True)
    mask = torch.tensor([[True]])
    loss, _ = info_nce(query, torch.ones(1, 2), positive=mask, excluded=mask, temperature=0.05)
    loss.backward()
    assert float(loss) == 0.0
    assert query.grad is not None and query.grad.abs().sum() == 0


def test_half_precision_vectors_give_float32_losses() -> None:
    query = torch.eye(2, dtype=torch.bfloat16)
    none = torch.zeros(2, 2, dtype=torch.bool)
    loss, _ = info_nce(query, query, positive=torch.eye(2, dtype=torch.bool), excluded=none, temperature=0.05)
    assert loss.dtype == torch.float32


def test_queue_is_a_ring_that_starts_empty() -> None:
    queue = KeyQueue(4, 2)
    assert queue.qid.tolist() == [EMPTY] * 4
    for start in (0, 3, 6):
        ids = torch.arange(start, start + 3)
        queue.push(torch.stack([ids, ids], dim=1).float(), ids, ids + 100)
    assert sorted(queue.qid.tolist()) == [5, 6, 7, 8]
    assert torch.equal(queue.text, queue.qid + 100)
    assert torch.equal(queue.keys[:, 0].long(), queue.qid)
