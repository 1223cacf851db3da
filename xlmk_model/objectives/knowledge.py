"""Masked entity prediction and object entailment: which states are queries and keys.

MEP
1. Query n is the state of the first token of a mention of entity qid[n], hidden by `<mask>` or not.
2. Its positive is the `<s>` state of one text of that entity.
3. Its candidates are the texts of all ranks' mentions (and the queue); never a negative: `excluded_mask` 1-3.

OE
1. Query n is the `<s>` state of "subject text `</s></s>` relation text".
2. Its positive is the `<s>` state of one text of the object qid[n].
3. Its candidates are the texts of all ranks' objects (and the queue); never a negative: `excluded_mask` 1-4.
"""

from typing import Literal

from torch import Tensor

from xlmk_model.batches import KnowledgeBatch
from xlmk_model.config import KnowledgeConfig
from xlmk_model.model import XlmkModel
from xlmk_model.objectives.contrast import ContrastiveSums, contrastive_sums

Objective = Literal["mep", "oe"]


def knowledge_sums(
    model: XlmkModel,
    name: Objective,
    batch: KnowledgeBatch,
    *,
    query_states: Tensor,
    key_states: Tensor,
    config: KnowledgeConfig,
) -> ContrastiveSums:
    """The contrastive sums of MEP or OE, given the states of its queries [N, H] and of its keys' `<s>` [M, H].

    The queue takes part in training mode only.
    """
    return contrastive_sums(
        query_states=query_states,
        key_states=key_states,
        query_qid=batch.qid,
        positive=batch.positive,
        key_qid=batch.keys.qid,
        key_text=batch.keys.text,
        query_head=model.heads[f"{name}_query"],
        key_head=model.heads[f"{name}_key"],
        queue=model.queue(name) if model.training else None,
        config=config,
        true_query=batch.true_query,
        true_object=batch.true_object,
    )
