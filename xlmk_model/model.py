"""Encoder, projection heads and queues as one module: everything a checkpoint holds."""

import torch
from torch import Tensor, nn
from transformers import XLMRobertaForMaskedLM

from xlmk_model.config import ModelConfig
from xlmk_model.contrastive import KeyQueue
from xlmk_model.heads import ProjectionHead
from xlmk_model.sampling import keyed_seed

HEADS = ("mep_query", "mep_key", "oe_query", "oe_key")
TIED = ("encoder.lm_head.decoder.weight", "encoder.lm_head.decoder.bias")
"""Second names of the word embeddings and of the MLM bias; files hold each tensor once."""


class XlmkModel(nn.Module):
    """`encoder` with MLM head; `heads` by name; `queues` of MEP's and OE's earlier keys."""

    def __init__(self, encoder: XLMRobertaForMaskedLM, config: ModelConfig, *, queue: int, seed: int) -> None:
        """New heads around an encoder; their weights depend on the seed alone."""
        super().__init__()
        self.encoder = encoder
        hidden = encoder.config.hidden_size
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(keyed_seed(seed, "heads"))
            self.heads = nn.ModuleDict(
                {
                    name: ProjectionHead(hidden, config.projection, config.head_norm, config.head_layers)
                    for name in HEADS
                }
            )
        self.queues = nn.ModuleDict({name: KeyQueue(queue, config.projection) for name in ("mep", "oe")})

    def queue(self, name: str) -> KeyQueue:
        """The queue of `mep` or `oe`."""
        found = self.queues[name]
        assert isinstance(found, KeyQueue)
        return found

    def tensors(self) -> dict[str, Tensor]:
        """Parameters and buffers by name, each once: what a checkpoint holds."""
        state = self.state_dict()
        return {name: value.detach().contiguous() for name, value in state.items() if name not in TIED}

    def load_tensors(self, tensors: dict[str, Tensor]) -> None:
        """Inverse of `tensors`; every name must be there with its shape."""
        words = tensors["encoder.roberta.embeddings.word_embeddings.weight"]
        tied = dict(zip(TIED, (words, tensors["encoder.lm_head.bias"]), strict=True))
        self.load_state_dict({**tensors, **tied})
