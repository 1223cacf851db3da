"""Masked language modelling.

1. A batch has rows of tokens, some of them corrupted, and P requests: the token at (row, position) was label.
2. logits_p = lm_head(state of request p) over the whole vocabulary, computed for these P positions only.
3. The sum is sum over p of -log softmax(logits_p)[label_p] in float32 (float64 if the model is); the count is P.
"""

import torch
from torch import Tensor
from torch.nn import functional
from transformers import XLMRobertaForMaskedLM


def prediction_sum(encoder: XLMRobertaForMaskedLM, states: Tensor, labels: Tensor) -> Tensor:
    """Sum of the cross-entropy of states [P, H] against labels [P]."""
    logits = encoder.lm_head(states)
    wide = torch.promote_types(logits.dtype, torch.float32)
    return functional.cross_entropy(logits.to(wide), labels, reduction="sum")
