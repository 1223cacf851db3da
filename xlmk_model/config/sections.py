"""What is trained and on what: the sections of `TrainConfig` about model, data and objectives.

Every knob has its unit and meaning in the docstring under it; `docs/training.md` lists them all.
"""

from dataclasses import dataclass
from typing import Literal

from pipeline.errors import ConfigError

HeadNorm = Literal["layer", "batch", "none"]
MaskStyle = Literal["subwords", "single"]


def require(condition: bool, key: str, value: object, rule: str) -> None:
    """Raise ConfigError naming the key, its value and the rule unless the condition holds.

    >>> require(False, "optim.lr", -1.0, "must be above 0")
    Traceback (most recent call last):
    ...
    pipeline.errors.ConfigError: optim.lr = -1.0: must be above 0; next: --set optim.lr=VALUE
    """
    if not condition:
        raise ConfigError(f"{key} = {value!r}: {rule}", next_step=f"--set {key}=VALUE")


def require_share(key: str, value: float) -> None:
    """Raise ConfigError unless 0 <= value <= 1."""
    require(0.0 <= value <= 1.0, key, value, "must lie between 0 and 1")


@dataclass(frozen=True, kw_only=True)
class ModelConfig:
    """Shape of the encoder (XLM-R's architecture) and of the projection heads. With `init`, its sizes win."""

    layers: int = 12
    """Transformer blocks."""
    hidden: int = 768
    """Width of a hidden state."""
    ffn: int = 3072
    """Width inside the feed-forward layer."""
    heads: int = 12
    """Attention heads; must divide `hidden`."""
    positions: int = 514
    """Rows of the position table: longest input + 2, since positions start at pad id + 1 = 2."""
    dropout: float = 0.1
    """Probability of dropping a hidden unit."""
    attention_dropout: float = 0.0
    """Probability of dropping an attention weight; above 0 the fast attention kernels are off."""
    init_std: float = 0.02
    """Standard deviation of fresh weight matrices and embeddings; narrow models learn faster with 1 / sqrt(hidden)."""
    projection: int = 256
    """Width of the vectors that MEP and OE compare."""
    head_norm: HeadNorm = "layer"
    """Normalisation inside the projection heads; `batch` takes its statistics from the global batch."""
    head_layers: int = 2
    """Linear layers of a projection head, 1 or 2."""

    def __post_init__(self) -> None:
        for name in ("layers", "hidden", "ffn", "heads", "projection"):
            require(getattr(self, name) >= 1, f"model.{name}", getattr(self, name), "must be at least 1")
        require(self.hidden % self.heads == 0, "model.heads", self.heads, f"must divide model.hidden = {self.hidden}")
        require(self.positions >= 10, "model.positions", self.positions, "must be at least 10")
        require(self.head_layers in (1, 2), "model.head_layers", self.head_layers, "must be 1 or 2")
        require(self.init_std > 0, "model.init_std", self.init_std, "must be above 0")
        require_share("model.dropout", self.dropout)
        require_share("model.attention_dropout", self.attention_dropout)


@dataclass(frozen=True, kw_only=True)
class DataConfig:
    """How many rows of each kind make a step, and how languages are drawn. Counts are global: over all ranks."""

    mlm_rows: int = 256
    """Passages a step for MLM."""
    mep_rows: int = 256
    """Passages a step for MEP, each with one mention and the text of its entity."""
    oe_rows: int = 128
    """Triples a step for OE."""
    max_tokens: int = 512
    """Longest passage in tokens, `<s>` and `</s>` included; longer rows are cut, mentions beyond not drawn."""
    text_tokens: int = 64
    """Longest description in tokens, `<s>` and `</s>` included."""
    alpha: float = 0.3
    """Exponent of p(language) ∝ rows^alpha; 0.3 is XLM-R's (Conneau et al. 2020, section 3.1)."""
    same_language: float = 0.3
    """Probability that a description is drawn in its passage's own language when it exists there."""
    flatten_entities: float = 0.5
    """Exponent b: a passage's mention is drawn ∝ frequency^-b of its entity; 0 draws evenly."""
    workers: int = 0
    """Processes that prepare batches ahead; the batches do not depend on it."""
    forward_tokens: int = 16384
    """Most padded tokens whose activations a rank holds: batches are cut by length, exactly; contrastive ones are held
    whole without `knowledge.grad_cache`."""

    def __post_init__(self) -> None:
        for name in ("mlm_rows", "mep_rows", "oe_rows", "workers"):
            require(getattr(self, name) >= 0, f"data.{name}", getattr(self, name), "must not be negative")
        rows = self.mlm_rows + self.mep_rows + self.oe_rows
        require(rows > 0, "data.mlm_rows", self.mlm_rows, "some of mlm_rows, mep_rows, oe_rows must be above 0")
        for name in ("max_tokens", "text_tokens"):
            require(getattr(self, name) >= 4, f"data.{name}", getattr(self, name), "must be at least 4")
        room = self.max_tokens - self.text_tokens
        require(room >= 8, "data.text_tokens", self.text_tokens, "must leave 8 of data.max_tokens to a relation")
        require(self.forward_tokens >= 1, "data.forward_tokens", self.forward_tokens, "must be at least 1")
        require_share("data.same_language", self.same_language)
        require_share("data.alpha", self.alpha)
        require(self.flatten_entities >= 0, "data.flatten_entities", self.flatten_entities, "must not be negative")


@dataclass(frozen=True, kw_only=True)
class MlmConfig:
    """Masked language modelling."""

    weight: float = 1.0
    """Factor of the MLM loss (mean over masked tokens of the global batch)."""
    mask_share: float = 0.15
    """Share of a row's tokens that are predicted (BERT's)."""
    keep_share: float = 0.1
    """Of those, the share left as they are."""
    random_share: float = 0.1
    """Of those, the share replaced by a random piece; the rest becomes `<mask>`."""
    text_rows: int = 0
    """Descriptions a step, global, that MLM also trains on, beside `data.mlm_rows` passages."""
    relation_rows: int = 0
    """OE inputs (subject text, relation text) a step, global, that MLM also trains on."""

    on_mentions: bool = False
    """Whether MLM also predicts tokens outside the mention in MEP's passages, in the same pass (released code does);
    with `knowledge.mep_weight` 0 these passages are read for MLM alone, mentions included."""
    on_texts: bool = False
    """Whether MLM also predicts tokens of the descriptions and OE inputs that MEP and OE read, in the same pass; with
    `knowledge.oe_weight` 0 those of OE are read for MLM alone."""

    def __post_init__(self) -> None:
        require(self.weight >= 0, "mlm.weight", self.weight, "must not be negative")
        for name in ("text_rows", "relation_rows"):
            require(getattr(self, name) >= 0, f"mlm.{name}", getattr(self, name), "must not be negative")
        for name in ("mask_share", "keep_share", "random_share"):
            require_share(f"mlm.{name}", getattr(self, name))
        require_share("mlm.keep_share", self.keep_share + self.random_share)


@dataclass(frozen=True, kw_only=True)
class KnowledgeConfig:
    """Masked entity prediction (MEP) and object entailment (OE): both one InfoNCE."""

    mep_weight: float = 1.0
    """Factor of the MEP loss (mean over the global batch's mentions)."""
    oe_weight: float = 1.0
    """Factor of the OE loss (mean over the global batch's triples)."""
    start_step: int = 0
    """Steps of MLM alone before MEP and OE set in."""
    mask_mentions: float = 1.0
    """Probability that a drawn mention is masked; otherwise its words stay visible."""
    mask_style: MaskStyle = "subwords"
    """`subwords`: each piece becomes `<mask>`; `single`: the whole span becomes one `<mask>`."""
    temperature: float = 0.05
    """Cosine similarities are divided by it."""
    queue: int = 0
    """Earlier keys kept as further negatives, for MEP and OE each; 0 = none."""
    hard_negatives: int = 0
    """Mined texts that each query brings as further keys: of entities near its answer, of the same type (MEP) or in the
    range of the same relation (OE), never true answers; 0 = none."""
    mine_every: int = 1000
    """Steps between two minings, each with the model as it is then; the first is at `start_step`."""
    mine_entities: int = 65536
    """Entities, and answers of relations, that a mining compares at most, drawn as often as queries ask for them."""
    mine_near: int = 32
    """Nearest entities that a mining keeps for each; steps draw their `hard_negatives` out of these."""
    own_side: bool = False
    """Whether the other queries are negatives too, as in the released code."""
    bidirectional: bool = False
    """Whether texts also choose among queries, half the loss each way, as in the released code."""
    all_positives: bool = False
    """Whether each key with the query's entity is a positive, instead of the drawn one alone."""
    grad_cache: bool = False
    """Whether contrastive batches run twice through the encoder to hold one pass's activations at a time (exact)."""

    def __post_init__(self) -> None:
        for name in ("mine_every", "mine_entities", "mine_near"):
            require(getattr(self, name) >= 1, f"knowledge.{name}", getattr(self, name), "must be at least 1")
        most = f"must be at most knowledge.mine_near = {self.mine_near}"
        require(self.hard_negatives <= self.mine_near, "knowledge.hard_negatives", self.hard_negatives, most)
        for name in ("mep_weight", "oe_weight", "start_step", "queue", "hard_negatives"):
            require(getattr(self, name) >= 0, f"knowledge.{name}", getattr(self, name), "must not be negative")
        require(self.temperature > 0, "knowledge.temperature", self.temperature, "must be above 0")
        require_share("knowledge.mask_mentions", self.mask_mentions)
