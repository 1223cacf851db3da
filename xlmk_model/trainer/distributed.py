"""Several processes under torchrun: joining and leaving the group.

Gradients are summed over ranks by one exchange after the backward passes (`xlmk_model.optim.sum_gradients`), not by
torch's DistributedDataParallel: a step has many forward passes and, with GradCache, two for each row, which its hooks
on a single forward do not fit. What is lost is the overlap of the exchange with the backward pass.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch
import torch.distributed as dist


@contextmanager
def process_group() -> Iterator[None]:
    """Join the group of torchrun's environment: NCCL with GPUs, else gloo. Alone or joined already: nothing."""
    if int(os.environ.get("WORLD_SIZE", "1")) == 1 or dist.is_initialized():
        yield
        return
    dist.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
    try:
        yield
    finally:
        dist.destroy_process_group()
