"""The encoder with its MLM head: transformers' XLM-R, so that every checkpoint is a plain Hugging Face model.

`states_at` is the only way the objectives use it: padded rows in, states at asked-for positions out.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from transformers import XLMRobertaConfig, XLMRobertaForMaskedLM

from xlmk_model.batches import Requests, Tokens, Vocabulary
from xlmk_model.collate.padding import GPU_PASS_COST, PASS_COST, forward_passes, groups
from xlmk_model.config import ModelConfig
from xlmk_model.sampling import keyed_seed
from xlmk_model.word_rows import word_rows

LAYER_NORM_EPS = 1e-5
"""As in the released XLM-R checkpoints; transformers' default of XLMRobertaConfig is 1e-12."""


def encoder_config(model: ModelConfig, vocabulary: Vocabulary) -> XLMRobertaConfig:
    """XLM-R's configuration at these sizes."""
    return XLMRobertaConfig(
        vocab_size=vocabulary.size,
        hidden_size=model.hidden,
        num_hidden_layers=model.layers,
        num_attention_heads=model.heads,
        intermediate_size=model.ffn,
        max_position_embeddings=model.positions,
        type_vocab_size=1,
        layer_norm_eps=LAYER_NORM_EPS,
        initializer_range=model.init_std,
        hidden_dropout_prob=model.dropout,
        attention_probs_dropout_prob=model.attention_dropout,
        bos_token_id=vocabulary.bos,
        pad_token_id=vocabulary.pad,
        eos_token_id=vocabulary.eos,
    )


def new_encoder(config: XLMRobertaConfig, seed: int) -> XLMRobertaForMaskedLM:
    """Random weights that depend on configuration and seed alone; torch's own generator is left as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(keyed_seed(seed, "weights"))
        return XLMRobertaForMaskedLM(config)


def hidden_states(encoder: XLMRobertaForMaskedLM, ids: Tensor, lengths: Tensor) -> Tensor:
    """Last hidden states [B, L, H] of padded rows [B, L]; rows that are all equally long need no attention mask.

    In a backward pass the word embeddings' gradient is added in place: see `word_rows`.
    """
    padded = bool((lengths != ids.shape[1]).any())
    mask = (torch.arange(ids.shape[1], device=ids.device)[None, :] < lengths[:, None]) if padded else None
    pad = encoder.config.pad_token_id
    words = word_rows(encoder.get_input_embeddings().weight, ids, pad)
    positions = torch.arange(pad + 1, pad + 1 + ids.shape[1], device=ids.device).expand_as(ids)
    states: Tensor = encoder.roberta(inputs_embeds=words, position_ids=positions, attention_mask=mask).last_hidden_state
    return states


RequestPass = tuple[Tensor, Requests]
"""Numbers of some requests [n] among all, and these requests with the rows they are of: one forward pass."""


def request_passes(requests: Requests, limit: int) -> list[RequestPass]:
    """Cut requests into forward passes of at most `limit` padded tokens.

    Each request is in exactly one pass; rows that nobody asks for are in none.
    """
    wanted = torch.unique(requests.row)
    lengths = requests.tokens.lengths
    cost = PASS_COST if wanted.device.type == "cpu" else GPU_PASS_COST
    passes = []
    for chosen in forward_passes(lengths[wanted].cpu(), limit, cost):
        rows = wanted[chosen.to(wanted.device)]
        place = torch.full((len(lengths),), -1, dtype=torch.int64, device=rows.device)
        place[rows] = torch.arange(len(rows), device=rows.device)
        numbers = (place[requests.row] >= 0).nonzero().flatten()
        longest = int(lengths[rows].max())
        tokens = Tokens(ids=requests.tokens.ids[rows, :longest], lengths=lengths[rows])
        part = Requests(tokens=tokens, row=place[requests.row[numbers]], position=requests.position[numbers])
        passes.append((numbers, part))
    return passes


def pass_groups(passes: Sequence[Requests], limit: int) -> list[range]:
    """Cut passes into runs of at most `limit` padded tokens together: whose activations are held at a time."""
    return groups([part.tokens.ids.numel() for part in passes], limit)


def request_states(encoder: XLMRobertaForMaskedLM, requests: Requests) -> Tensor:
    """The wanted states [N, H], in one forward pass."""
    return hidden_states(encoder, requests.tokens.ids, requests.tokens.lengths)[requests.row, requests.position]


def states_at(encoder: XLMRobertaForMaskedLM, requests: Requests, limit: int) -> Tensor:
    """The wanted states [N, H], in passes of at most `limit` padded tokens."""
    passes = request_passes(requests, limit)
    if not passes:
        return torch.zeros(0, encoder.config.hidden_size, device=requests.row.device)
    states = torch.cat([request_states(encoder, part) for _, part in passes])
    return states[torch.cat([numbers for numbers, _ in passes]).argsort()]
