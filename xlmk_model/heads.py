"""Projection heads: hidden state [N, H] → vector of length 1 [N, D] that queries and keys are compared in."""

from torch import Tensor, nn
from torch.nn import functional

from xlmk_model.config.sections import HeadNorm


class ProjectionHead(nn.Module):
    """Two linear layers with a normalisation between them, and length 1 at the end.

    `layer` (default): linear, LayerNorm, GELU, linear. `none`: the same without LayerNorm.
    `batch`: linear, BatchNorm, ReLU, linear, BatchNorm without weights, no biases: as in the released code of the paper
    (github.com/microsoft/Unicoder, pretraining/xlmk/contrastive_utils.py); its statistics are those of the rows given,
    so callers hand it the whole global batch at once.
    """

    def __init__(self, hidden: int, width: int, norm: HeadNorm) -> None:
        """`hidden` in, `width` out."""
        super().__init__()
        self.norm = norm
        bias = norm != "batch"
        self.first = nn.Linear(hidden, hidden, bias=bias)
        self.last = nn.Linear(hidden, width, bias=bias)
        self.middle: nn.Module
        self.end: nn.Module = nn.Identity()
        if norm == "layer":
            self.middle = nn.Sequential(nn.LayerNorm(hidden), nn.GELU())
        elif norm == "batch":
            self.middle = nn.Sequential(nn.BatchNorm1d(hidden), nn.ReLU())
            self.end = nn.BatchNorm1d(width, affine=False)
        else:
            self.middle = nn.GELU()

    def forward(self, states: Tensor) -> Tensor:
        """[N, H] → [N, D], each row of length 1."""
        return functional.normalize(self.end(self.last(self.middle(self.first(states)))), dim=-1)
