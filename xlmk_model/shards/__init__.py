"""Reading shards: `open_dataset` checks a folder and gives rows, texts and facts."""

from xlmk_model.shards.dataset import Dataset, open_dataset
from xlmk_model.shards.rows import ShuffledRows
from xlmk_model.shards.texts import Facts, Texts

__all__ = ["Dataset", "Facts", "ShuffledRows", "Texts", "open_dataset"]
