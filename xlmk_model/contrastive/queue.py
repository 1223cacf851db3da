"""Earlier keys as further negatives: buffers, so that checkpoints hold them and devices move them."""

import torch
from torch import Tensor, nn

EMPTY = -1
"""Entity id of a slot without a key."""


class KeyQueue(nn.Module):
    """A ring of the last `size` normalised keys with the entity and the text digest of each.

    Keys in it have no gradient. An empty slot has entity EMPTY and is never a negative.
    """

    keys: Tensor
    qid: Tensor
    text: Tensor
    place: Tensor

    def __init__(self, size: int, width: int) -> None:
        """`size` slots, all empty."""
        super().__init__()
        self.register_buffer("keys", torch.zeros(size, width))
        self.register_buffer("qid", torch.full((size,), EMPTY, dtype=torch.int64))
        self.register_buffer("text", torch.zeros(size, dtype=torch.int64))
        self.register_buffer("place", torch.zeros((), dtype=torch.int64))

    @torch.no_grad()
    def push(self, keys: Tensor, qid: Tensor, text: Tensor) -> None:
        """Write keys [M, D] over the oldest slots; of more than `size` keys the last stay.

        >>> queue = KeyQueue(2, 1)
        >>> queue.push(torch.ones(3, 1), torch.tensor([7, 8, 9]), torch.zeros(3, dtype=torch.int64))
        >>> sorted(queue.qid.tolist())
        [8, 9]
        """
        size = len(self.qid)
        if not size:
            return
        keys, qid, text = keys[-size:], qid[-size:], text[-size:]
        slots = (self.place + torch.arange(len(qid), device=qid.device)) % size
        self.keys[slots] = keys.to(self.keys.dtype)
        self.qid[slots], self.text[slots] = qid, text
        self.place.copy_((self.place + len(qid)) % size)
