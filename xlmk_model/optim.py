"""AdamW, the learning rate of a step, and the optimizer's state as named tensors."""

import math

import torch
import torch.distributed as dist
from torch import Tensor, nn

from xlmk_model.config import OptimConfig
from xlmk_model.contrastive import rank_and_world


def learning_rate(step: int, *, steps: int, config: OptimConfig) -> float:
    """Learning rate of step `step` (from 0) of `steps`: linear warm-up, then the schedule's fall.

    >>> config = OptimConfig(lr=1.0, warmup_steps=2, schedule="linear")
    >>> [learning_rate(step, steps=6, config=config) for step in range(6)]
    [0.5, 1.0, 1.0, 0.75, 0.5, 0.25]
    """
    warmup = min(config.warmup_steps, steps)
    if step < warmup:
        return config.lr * (step + 1) / warmup
    done = (step - warmup) / max(1, steps - warmup)
    remaining = {"constant": 1.0, "linear": 1.0 - done, "cosine": (1.0 + math.cos(math.pi * done)) / 2}
    return config.lr * (config.final_lr_share + (1.0 - config.final_lr_share) * remaining[config.schedule])


def new_optimizer(model: nn.Module, config: OptimConfig) -> torch.optim.AdamW:
    """AdamW with decay on matrices alone; word embeddings are a group of their own, `lr_scale` times as fast.

    A piece's row has a gradient only in the steps that read it: with the learning rate that the dense weights bear,
    the rows of rare names hardly move.
    """
    trained = {name: parameter for name, parameter in model.named_parameters() if parameter.requires_grad}
    words = [parameter for name, parameter in trained.items() if name.endswith("word_embeddings.weight")]
    others = [parameter for name, parameter in trained.items() if not name.endswith("word_embeddings.weight")]
    groups = [
        {"params": words, "weight_decay": config.weight_decay, "lr_scale": config.embedding_lr_scale},
        {"params": [p for p in others if p.ndim >= 2], "weight_decay": config.weight_decay, "lr_scale": 1.0},
        {"params": [p for p in others if p.ndim < 2], "weight_decay": 0.0, "lr_scale": 1.0},
    ]
    groups = [group for group in groups if group["params"]]
    betas = (config.beta1, config.beta2)
    groups = [group for group in groups if group["params"]]
    return torch.optim.AdamW(groups, lr=config.lr, betas=betas, eps=config.eps, fused=True)


def set_learning_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Give each group this rate times its own `lr_scale`."""
    for group in optimizer.param_groups:
        group["lr"] = rate * group["lr_scale"]


def optimizer_tensors(model: nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """The optimizer's state by `PARAMETER/KEY`, such as `heads.mep_key.first.weight/exp_avg`."""
    return {
        f"{name}/{key}": value.detach().contiguous()
        for name, parameter in model.named_parameters()
        for key, value in optimizer.state.get(parameter, {}).items()
    }


def load_optimizer(model: nn.Module, optimizer: torch.optim.Optimizer, tensors: dict[str, Tensor]) -> None:
    """Inverse of `optimizer_tensors`."""
    parameters = dict(model.named_parameters())
    for full, value in tensors.items():
        name, _, key = full.rpartition("/")
        parameter = parameters[name]
        where = torch.device("cpu") if key == "step" else parameter.device
        optimizer.state[parameter][key] = value.to(where)


def sum_gradients(model: nn.Module) -> None:
    """Replace each gradient by its sum over ranks, in one exchange; a parameter no rank used keeps none."""
    if rank_and_world()[1] == 1:
        return
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    for parameter in parameters:
        if parameter.grad is None:
            parameter.grad = torch.zeros_like(parameter)
    gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
    flat = torch.cat([gradient.flatten() for gradient in gradients])
    dist.all_reduce(flat)
    for gradient, part in zip(gradients, torch.split(flat, [gradient.numel() for gradient in gradients]), strict=True):
        gradient.copy_(part.view_as(gradient))


def reset_gradients(model: nn.Module, kept: Tensor) -> None:
    """Forget all gradients; the memory of that of `kept`, the largest parameter, is zeroed and used again."""
    memory = kept.grad
    model.zero_grad(set_to_none=True)
    if memory is not None:
        kept.grad = memory.zero_()


def gradient_norm(model: nn.Module) -> float:
    """Euclidean norm of all gradients together; inf or nan if one of them is."""
    gradients = [parameter.grad for parameter in model.parameters() if parameter.grad is not None]
    return float(torch.nn.utils.get_total_norm(gradients)) if gradients else 0.0


def clip_gradients(model: nn.Module, norm: float, limit: float) -> None:
    """Scale all gradients down to norm `limit` if their norm is above it; a limit of 0 is none."""
    if limit and norm > limit:
        for parameter in model.parameters():
            if parameter.grad is not None:
                parameter.grad.mul_(limit / norm)
