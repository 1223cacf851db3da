"""The MLM head that e5 lacks, fitted alone: the encoder below it and the embedding that it shares stay as they are.

Since the encoder does not change, the states at masked tokens are computed once and the head is trained on them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from xlmk_model.batches import Requests
from xlmk_model.collate import pad_rows
from xlmk_model.config import MlmConfig
from xlmk_model.encoder import states_at
from xlmk_model.masking import mlm_mask
from xlmk_model.sampling import keyed_seed, permutation
from xlmk_model.shards import Dataset

FORWARD_TOKENS = 4096
HELD_OUT = 0.1
"""Share of the masked tokens that the fit does not see."""


@dataclass(frozen=True, kw_only=True)
class HeadFit:
    """`states` masked tokens; mean cross-entropy (nats) on those held out, before and after."""

    rows: int
    states: int
    loss_before: float
    loss_after: float


def drawn_rows(dataset: Dataset, count: int, alpha: float = 0.3) -> list[Tensor]:
    """About `count` train passages, languages in proportion to rows^alpha, at least one each."""
    rows = {lang: dataset.row_count("mlm", lang, "train") for lang in dataset.languages}
    weights = {lang: number**alpha for lang, number in rows.items() if number}
    found = []
    for lang, weight in weights.items():
        passages = dataset.passages("mlm", lang, "train", "real text head")
        wanted = min(rows[lang], max(1, round(count * weight / sum(weights.values()))))
        found += [torch.tensor(passages[draw]["input_ids"], dtype=torch.int64) for draw in range(wanted)]
    return found


@torch.inference_mode()
def masked_states(encoder: Any, dataset: Dataset, rows: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """(states [N, H] at the predicted tokens of masked rows, the tokens [N])."""
    generator = torch.Generator().manual_seed(keyed_seed("real text", "head masks"))
    vocabulary = dataset.vocabulary
    masked, where, tokens = [], [], []
    for number, ids in enumerate(rows):
        hidden, positions = mlm_mask(ids, vocabulary=vocabulary, config=MlmConfig(), generator=generator)
        masked.append(hidden)
        where += [(number, int(position)) for position in positions]
        tokens.append(ids[positions])
    row, position = torch.tensor(where).T
    requests = Requests(tokens=pad_rows(masked, vocabulary.pad), row=row, position=position)
    return states_at(encoder, requests, FORWARD_TOKENS).float(), torch.cat(tokens)


def fit_head(
    encoder: Any, dataset: Dataset, *, rows: int, epochs: int = 4, batch: int = 512, lr: float = 2e-3
) -> HeadFit:
    """Trains `encoder.lm_head` but for its tied decoder on the shards' train passages; changes `encoder`."""
    passages = drawn_rows(dataset, rows)
    states, tokens = masked_states(encoder, dataset, passages)
    states, tokens = states.clone(), tokens.clone()
    order = permutation(len(tokens), "real text", "head")
    held, kept = order[: int(HELD_OUT * len(order))], order[int(HELD_OUT * len(order)) :]
    head = encoder.lm_head
    head.decoder.weight.requires_grad_(False)
    parameters = [*head.dense.parameters(), *head.layer_norm.parameters(), head.bias]
    optimizer = torch.optim.AdamW(parameters, lr=lr, weight_decay=0.01)
    before = _loss(head, states[held], tokens[held])
    steps = epochs * -(-len(kept) // batch)
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = lr * min(1.0, (step + 1) / 20) * (1 - step / steps)
        epoch, place = divmod(step, -(-len(kept) // batch))
        own = kept[permutation(len(kept), "real text", "head", epoch)][place * batch : (place + 1) * batch]
        optimizer.zero_grad(set_to_none=True)
        functional.cross_entropy(head(states[own]), tokens[own]).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    head.decoder.weight.requires_grad_(True)
    return HeadFit(
        rows=len(passages),
        states=len(tokens),
        loss_before=before,
        loss_after=_loss(head, states[held], tokens[held]),
    )


@torch.inference_mode()
def _loss(head: Any, states: Tensor, tokens: Tensor) -> float:
    total = 0.0
    for start in range(0, len(tokens), 1024):
        part = slice(start, start + 1024)
        total += float(functional.cross_entropy(head(states[part]), tokens[part], reduction="sum"))
    return total / len(tokens)
