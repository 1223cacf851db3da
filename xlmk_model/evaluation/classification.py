"""A linear probe: logistic regression on fixed vectors, in float64, without any random choice."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

ITERATIONS = 200


class LogisticProbe:
    """Multinomial logistic regression with an L2 penalty."""

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        """`weight` [classes, H], `bias` [classes]."""
        self.weight, self.bias = weight, bias

    def predict(self, vectors: Tensor) -> list[int]:
        """The likeliest class of each vector [N, H]."""
        logits = vectors.to(self.weight.dtype) @ self.weight.T + self.bias
        found: list[int] = logits.argmax(dim=1).tolist()
        return found


def fit_logistic(vectors: Tensor, labels: Sequence[int], classes: int, *, penalty: float = 1.0) -> LogisticProbe:
    """Minimise the sum of cross-entropies of vectors [N, H] plus `penalty` / 2 times the squared weights (no bias).

    The problem is convex and is solved by L-BFGS from zero: the same input gives the same probe.

    >>> points = torch.tensor([[0.0, 1.0], [0.1, 0.9], [1.0, 0.0], [0.9, 0.1]])
    >>> fit_logistic(points, [0, 0, 1, 1], 2).predict(torch.tensor([[0.0, 2.0], [3.0, 0.0]]))
    [0, 1]
    """
    x, y = vectors.detach().double(), torch.tensor(labels)
    weight = torch.zeros(classes, x.shape[1], dtype=x.dtype, requires_grad=True)
    bias = torch.zeros(classes, dtype=x.dtype, requires_grad=True)
    solver = torch.optim.LBFGS([weight, bias], max_iter=ITERATIONS, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        solver.zero_grad()
        value = functional.cross_entropy(x @ weight.T + bias, y, reduction="sum") + penalty / 2 * weight.square().sum()
        torch.autograd.backward(value)
        return value

    solver.step(loss)  # type: ignore[no-untyped-call]
    return LogisticProbe(weight.detach(), bias.detach())
