"""InfoNCE with exact masks, gathering over ranks, and the queue of earlier keys."""

from xlmk_model.contrastive.gather import gather_rows, global_sum, rank_and_world
from xlmk_model.contrastive.infonce import excluded_mask, info_nce, true_table
from xlmk_model.contrastive.queue import EMPTY, KeyQueue

__all__ = [
    "EMPTY",
    "KeyQueue",
    "excluded_mask",
    "gather_rows",
    "global_sum",
    "info_nce",
    "rank_and_world",
    "true_table",
]
