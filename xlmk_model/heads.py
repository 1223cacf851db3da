"""Projection heads: hidden state [N, H] → vector of length 1 [N, D] that queries and keys are compared in."""

from torch import Tensor, nn
from torch.nn import functional

from xlmk_model.config.sections import HeadNorm


class ProjectionHead(nn.Module):
    """Linear layers with normalisation, and length 1 at the end.

    Two layers (default), `layer` (default): linear, LayerNorm, GELU, linear. `none`: the same without LayerNorm.
    `batch`: linear, BatchNorm, ReLU, linear, BatchNorm without weights, no biases: as in the released code of the paper
    (github.com/microsoft/Unicoder, pretraining/xlmk/contrastive_utils.py); its statistics are those of the rows given,
    so callers hand it the whole global batch at once.
    One layer: linear, then LayerNorm, BatchNorm without weights, or nothing; what is learnt has to be in the states.
    """

    def __init__(self, hidden: int, width: int, norm: HeadNorm, layers: int = 2) -> None:
        """`hidden` in, `width` out; `layers` is 1 or 2."""
        super().__init__()
        self.norm = norm
        bias = norm != "batch"
        self.first: nn.Module = nn.Linear(hidden, hidden, bias=bias) if layers == 2 else nn.Identity()
        self.last = nn.Linear(hidden, width, bias=bias)
        self.middle: nn.Module = nn.Identity()
        self.end: nn.Module = nn.Identity()
        if layers == 1:
            if norm != "none":
                self.end = nn.LayerNorm(width) if norm == "layer" else nn.BatchNorm1d(width, affine=False)
        elif norm == "layer":
            self.middle = nn.Sequential(nn.LayerNorm(hidden), nn.GELU())
        elif norm == "batch":
            self.middle = nn.Sequential(nn.BatchNorm1d(hidden), nn.ReLU())
            self.end = nn.BatchNorm1d(width, affine=False)
        else:
            self.middle = nn.GELU()

    def forward(self, states: Tensor) -> Tensor:
        """[N, H] → [N, D], each row of length 1."""
        return functional.normalize(self.end(self.last(self.middle(self.first(states)))), dim=-1)
