"""Made-up figures in which every gate is just met."""

from cli.workflows.knowledge.branches import Branch
from cli.workflows.knowledge.gates import FIGURES, Figure

VALUES: dict[Branch, tuple[float, ...]] = {
    "mlm": (1.0, 8.0, 6.0, 4.0, 4.0, 25.0),
    "mlm+mep+oe": (6.0, 20.0, 12.0, 40.0, 16.0, 35.0),
    "permuted": (1.5, 8.0, 7.0, 8.0, 8.0, 30.0),
}


def figures(seeds: int = 3) -> dict[Branch, dict[Figure, list[float]]]:
    return {
        branch: {name: [value] * seeds for name, value in zip(FIGURES, values, strict=True)}
        for branch, values in VALUES.items()
    }
