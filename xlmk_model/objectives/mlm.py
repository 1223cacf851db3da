"""Masked language modelling.

1. A batch has rows of tokens, some of them corrupted, and P requests: the token at (row, position) was label.
2. logits_p = lm_head(state of request p) over the whole vocabulary, computed for these P positions only.
3. The sum is sum over p of -log softmax(logits_p)[label_p] in float32 (float64 if the model is); the count is P.
"""

from torch import Tensor
from torch.nn import functional
from transformers import XLMRobertaForMaskedLM

from xlmk_model.cross_entropy import linear_cross_entropy


def prediction_sum(
    encoder: XLMRobertaForMaskedLM, states: Tensor, labels: Tensor, factor: float | None = None
) -> Tensor:
    """Sum of the cross-entropy of states [P, H] against labels [P].

    `factor`, which the caller multiplies the sum by before it goes backward: see `linear_cross_entropy`.
    """
    head = encoder.lm_head
    features = head.layer_norm(functional.gelu(head.dense(states)))  # [P, H]
    return linear_cross_entropy(features, head.decoder.weight, head.decoder.bias, labels, factor=factor)
