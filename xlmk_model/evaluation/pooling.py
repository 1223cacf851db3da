"""One vector a text from every layer of an encoder: K layers (0 = embeddings), N texts, H width."""

from collections.abc import Sequence
from typing import Literal, get_args

import torch
from torch import Tensor

from xlmk_model.evaluation.encoder import Encoder

Pooling = Literal["mean", "bos"]
"""Mean over all tokens with `<s>` and `</s>`, or the state of `<s>`."""
POOLINGS: tuple[Pooling, ...] = get_args(Pooling)
FORWARD_TOKENS = 16384


def pooled(states: Tensor, real: Tensor, pooling: Pooling) -> Tensor:
    """States [B, L, H] of rows whose tokens are `real` (bool [B, L]) as vectors [B, H].

    >>> pooled(torch.tensor([[[1.0], [3.0], [9.0]]]), torch.tensor([[True, True, False]]), "mean").tolist()
    [[2.0]]
    """
    if pooling == "bos":
        return states[:, 0]
    weights = real[:, :, None].to(states.dtype)
    return (states * weights).sum(dim=1) / weights.sum(dim=1)


@torch.no_grad()
def layer_vectors(
    encoder: Encoder, rows: Sequence[Sequence[int]], poolings: Sequence[Pooling]
) -> dict[Pooling, Tensor]:
    """By pooling: vectors [K, N, H], float32 on the CPU, of rows of token ids with `<s>` and `</s>`."""
    found: dict[Pooling, Tensor] = {}
    order = sorted(range(len(rows)), key=lambda n: -len(rows[n]))
    device = next(encoder.body.parameters()).device
    start = 0
    while start < len(order):
        longest = len(rows[order[start]])
        part = order[start : start + max(1, FORWARD_TOKENS // longest)]
        start += len(part)
        ids = torch.tensor([[*rows[n], *[encoder.pad] * (longest - len(rows[n]))] for n in part], device=device)
        real = torch.tensor([[k < len(rows[n]) for k in range(longest)] for n in part], device=device)  # [B, L]
        layers = encoder.body(input_ids=ids, attention_mask=real.long(), output_hidden_states=True).hidden_states
        for pooling in poolings:
            if pooling not in found:
                found[pooling] = torch.empty(len(layers), len(rows), encoder.hidden)
            vectors = torch.stack([pooled(states, real, pooling) for states in layers])  # [K, B, H]
            found[pooling][:, torch.tensor(part)] = vectors.float().cpu()
    return found
