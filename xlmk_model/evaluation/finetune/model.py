"""An encoder with a task's head, and its loss. Legend: B rows, L padded length, H hidden, C classes."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from xlmk_model.evaluation.encoder import Encoder
from xlmk_model.evaluation.finetune.rows import IGNORED, Batch
from xlmk_model.sampling import keyed_seed


class TaskModel(nn.Module):
    """`mlqa`: start and end scores of each token; `ner`: tag scores of each token; `xnli`: class scores of `<s>`.

    The heads are those of XLM-R's fine-tuning: one linear layer on dropped-out states, for `xnli` with a tanh layer
    before it.
    """

    def __init__(self, encoder: Encoder, *, task: str, classes: int, dropout: float, seed: int) -> None:
        """A new head on `encoder`, whose weights depend on the seed alone."""
        super().__init__()
        self.task = task
        self.encoder = encoder
        self.body = encoder.body
        self.dropout = nn.Dropout(dropout)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(keyed_seed("finetune", "head", task, seed))
            self.dense = nn.Linear(encoder.hidden, encoder.hidden) if task == "xnli" else None
            self.output = nn.Linear(encoder.hidden, classes)
            for layer in [self.output, *([self.dense] if self.dense else [])]:
                nn.init.normal_(layer.weight, std=0.02)  # XLM-R's initializer_range
                nn.init.zeros_(layer.bias)

    def forward(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """Scores [B, L, C], for `xnli` [B, C]."""
        states = self.encoder.states(ids, lengths)
        if self.dense is not None:
            states = torch.tanh(self.dense(self.dropout(states[:, 0])))
        scores: Tensor = self.output(self.dropout(states))
        return scores


def target_count(batch_targets: Tensor, task: str) -> int:
    """How many predictions a batch is trained on: rows, or for `ner` tagged tokens."""
    return int((batch_targets != IGNORED).sum()) if task == "ner" else len(batch_targets)


def loss_sum(scores: Tensor, batch: Batch, task: str) -> Tensor:
    """Sum of the cross entropies of all predictions (for `mlqa` the mean of start and end)."""
    if task == "xnli":
        return functional.cross_entropy(scores, batch.target[:, 0], reduction="sum")
    if task == "ner":
        flat = scores.reshape(-1, scores.shape[-1])
        return functional.cross_entropy(flat, batch.target.reshape(-1), ignore_index=IGNORED, reduction="sum")
    padding = torch.arange(scores.shape[1], device=scores.device)[None, :] >= batch.lengths[:, None]
    both = scores.masked_fill(padding[:, :, None], float("-inf"))  # [B, L, 2]
    start = functional.cross_entropy(both[:, :, 0], batch.target[:, 0], reduction="sum")
    end = functional.cross_entropy(both[:, :, 1], batch.target[:, 1], reduction="sum")
    return (start + end) / 2
