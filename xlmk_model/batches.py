"""The tensors of one step: what collation makes and the objectives read.

Shape legend: B rows, L padded length, P predicted tokens, N queries, M keys, T pairs of (query, true object).
All index tensors are int64. Positions count from `<s>` = 0 within the row.
"""

from dataclasses import dataclass, fields, is_dataclass
from typing import Any, TypeVar

import torch
from torch import Tensor

BatchT = TypeVar("BatchT")


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """The special ids of a tokenizer, and its size."""

    size: int
    bos: int
    pad: int
    eos: int
    unk: int
    mask: int


@dataclass(frozen=True, kw_only=True)
class Tokens:
    """Right-padded rows. `ids` [B, L]; `lengths` [B] counts the tokens that are not padding.

    >>> Tokens(ids=torch.tensor([[0, 9, 2], [0, 2, 1]]), lengths=torch.tensor([3, 2])).count
    5
    """

    ids: Tensor
    lengths: Tensor

    @property
    def count(self) -> int:
        """Tokens that are not padding."""
        return int(self.lengths.sum())


@dataclass(frozen=True, kw_only=True)
class Requests:
    """Which hidden states are wanted: request n [N] is the state at `position[n]` of row `row[n]` of `tokens`."""

    tokens: Tokens
    row: Tensor
    position: Tensor


def first_tokens(tokens: Tokens) -> Requests:
    """Requests for the `<s>` of each row, in order."""
    rows = torch.arange(len(tokens.lengths), device=tokens.lengths.device)
    return Requests(tokens=tokens, row=rows, position=torch.zeros_like(rows))


def after_first_tokens(requests: Requests) -> Requests:
    """Requests for the `<s>` of each row, in order, then these ones.

    >>> tokens = Tokens(ids=torch.tensor([[0, 9, 2], [0, 8, 2]]), lengths=torch.tensor([3, 3]))
    >>> found = after_first_tokens(Requests(tokens=tokens, row=torch.tensor([1]), position=torch.tensor([1])))
    >>> found.row.tolist(), found.position.tolist()
    ([0, 1, 1], [0, 0, 1])
    """
    first = first_tokens(requests.tokens)
    return Requests(
        tokens=requests.tokens,
        row=torch.cat([first.row, requests.row]),
        position=torch.cat([first.position, requests.position]),
    )


@dataclass(frozen=True, kw_only=True)
class MlmBatch:
    """Rows with some tokens corrupted: the token of request p [P] was `label[p]` [P]."""

    requests: Requests
    label: Tensor


@dataclass(frozen=True, kw_only=True)
class Keys:
    """Texts that queries choose from. `qid` [M] is the entity of each; `text` [M] a 63-bit digest of its tokens.

    The queries' own texts come first, then mined hard negatives, if there are any.

    With `mlm.on_texts` some of their tokens are corrupted (the digest is that of the whole text): `mlm` are requests
    for the states there, of the same tokens, and `labels` [P] what stood there.
    """

    tokens: Tokens
    qid: Tensor
    text: Tensor
    mlm: Requests
    labels: Tensor

    @property
    def requests(self) -> Requests:
        """The `<s>` of each text, then the states that MLM wants."""
        return after_first_tokens(self.mlm)


@dataclass(frozen=True, kw_only=True)
class KnowledgeBatch:
    """Queries and the texts they choose from: MEP's mentions or OE's subjects with a relation.

    Request n of `queries` is about entity `qid[n]` [N], whose drawn text is key `positive[n]` [N]. `same_language[n]`
    [N] tells whether that text is in the query's language, `text_language[n]` [N] is its language, as a place among the
    languages of texts (both for the log). OE lists all objects that are true of each
    query as pairs: entity `true_object[t]` [T] is true for query `true_query[t]` [T]; MEP has none.
    `labels` [P] are tokens of the same passages or OE inputs for MLM, if it is asked to: requests N to N + P of
    `queries`.
    """

    queries: Requests
    qid: Tensor
    positive: Tensor
    keys: Keys
    same_language: Tensor
    text_language: Tensor
    true_query: Tensor
    true_object: Tensor
    labels: Tensor


@dataclass(frozen=True, kw_only=True)
class StepBatch:
    """Everything one rank needs for one step; an objective without rows is None."""

    step: int
    mlm: MlmBatch | None
    mep: KnowledgeBatch | None
    oe: KnowledgeBatch | None

    @property
    def tokens(self) -> int:
        """Tokens of all passages, descriptions and relations, padding not counted, on this rank."""
        parts = [self.mlm.requests.tokens] if self.mlm else []
        for batch in (self.mep, self.oe):
            parts += [batch.queries.tokens, batch.keys.tokens] if batch else []
        return sum(part.count for part in parts)


def to_device(batch: BatchT, device: torch.device) -> BatchT:
    """The same batch with every tensor on that device."""
    values: dict[str, Any] = {}
    for entry in fields(batch):  # type: ignore[arg-type]
        value = getattr(batch, entry.name)
        if isinstance(value, Tensor):
            value = value.to(device, non_blocking=True)
        elif is_dataclass(value):
            value = to_device(value, device)
        values[entry.name] = value
    return type(batch)(**values)
