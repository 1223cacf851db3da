"""How it is trained: optimizer, the run itself, and `TrainConfig`, which holds all sections."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from xlmk_model.config.sections import DataConfig, KnowledgeConfig, MlmConfig, ModelConfig, require, require_share

Schedule = Literal["linear", "cosine", "constant"]
Precision = Literal["float32", "bfloat16"]


@dataclass(frozen=True, kw_only=True)
class OptimConfig:
    """AdamW and its learning rate."""

    lr: float = 2e-4
    """Peak learning rate."""
    embedding_lr_scale: float = 1.0
    """Learning rate of the word embeddings as a multiple of all others'."""
    warmup_steps: int = 1000
    """Steps of linear rise from 0."""
    schedule: Schedule = "linear"
    """Fall after warm-up, to `final_lr_share` of the peak at the last step."""
    final_lr_share: float = 0.0
    """Learning rate at the last step as a share of the peak."""
    beta1: float = 0.9
    """Decay of the mean of gradients."""
    beta2: float = 0.98
    """Decay of the mean of squared gradients (RoBERTa's)."""
    eps: float = 1e-6
    """Added to the root of the second moment (RoBERTa's)."""
    weight_decay: float = 0.01
    """Decoupled decay of matrices; biases and normalisation weights have none."""
    clip_norm: float = 1.0
    """Largest global gradient norm; 0 = no clipping."""
    frozen_layers: int = 0
    """Lowest blocks that are not trained, nor are the embeddings then (and MLM's decoder tied to them); 0 = none."""

    def __post_init__(self) -> None:
        require(self.lr > 0, "optim.lr", self.lr, "must be above 0")
        require(self.eps > 0, "optim.eps", self.eps, "must be above 0")
        require(self.embedding_lr_scale > 0, "optim.embedding_lr_scale", self.embedding_lr_scale, "must be above 0")
        for name in ("warmup_steps", "weight_decay", "clip_norm", "frozen_layers"):
            require(getattr(self, name) >= 0, f"optim.{name}", getattr(self, name), "must not be negative")
        for name in ("beta1", "beta2", "final_lr_share"):
            require_share(f"optim.{name}", getattr(self, name))


@dataclass(frozen=True, kw_only=True)
class RunConfig:
    """Where and how the run goes. Only `precision` changes what is learnt; a resumed run may change the rest."""

    device: str = "auto"
    """`auto` takes a GPU if there is one; else torch's name: cpu, cuda, cuda:1, mps."""
    precision: Precision = "float32"
    """`bfloat16`: autocast of the encoder; weights, softmax and contrastive logits stay float32."""
    threads: int = 0
    """CPU threads of torch; 0 leaves torch's own choice."""
    activation_checkpointing: bool = False
    """Whether blocks recompute their activations in the backward pass: less memory, about a third more time."""
    log_every: int = 10
    """Steps between two lines of metrics."""
    tensorboard: bool = False
    """Whether metrics also go to RUN/tensorboard; needs the package tensorboard (`pip install 'xlmk[tensorboard]'`)."""
    validate_every: int = 100
    """Steps between two validations; step 0 and the last step always are. 0 = those two only."""
    validate_rows: int = 512
    """Rows of each kind in a validation, at most."""
    checkpoint_every: int = 100
    """Steps between two checkpoints; the last step always is one. 0 = the last only."""
    keep_checkpoints: int = 2
    """Newest checkpoints that stay, beside the best one."""
    stop_at: int = 0
    """Step after which this session saves and ends (the schedule is unaffected); 0 = at `steps`."""
    bad_steps: int = 10
    """Steps in a row that may be skipped for a bad loss or gradient before the run stops."""
    spike_factor: float = 0.0
    """A gradient norm above this many times its running mean skips the step; 0 = only values that are not finite."""

    def __post_init__(self) -> None:
        for name in ("threads", "validate_every", "checkpoint_every", "stop_at", "spike_factor"):
            require(getattr(self, name) >= 0, f"run.{name}", getattr(self, name), "must not be negative")
        for name in ("log_every", "validate_rows", "keep_checkpoints", "bad_steps"):
            require(getattr(self, name) >= 1, f"run.{name}", getattr(self, name), "must be at least 1")


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """A whole training run. `xlmk_model.config.preset` makes one; `with_overrides` changes keys by name."""

    shards: Path = Path("shards")
    """Folder of shards, as `xlmk shards` writes it."""
    out: Path = Path("run")
    """Folder of the run; an unfinished run there is resumed."""
    init: Path | None = None
    """Start from this Hugging Face masked-LM folder (safetensors) or run of ours; None = from scratch."""
    preset: str = "base"
    """Name of the preset the configuration came from."""
    steps: int = 100_000
    """Optimizer steps of the whole schedule."""
    seed: int = 0
    """Seed of everything random: weights, order, languages, masks, dropout."""
    model: ModelConfig = field(default_factory=ModelConfig)
    """Shape of encoder and heads."""
    data: DataConfig = field(default_factory=DataConfig)
    """Rows and languages of a step."""
    mlm: MlmConfig = field(default_factory=MlmConfig)
    """Masked language modelling."""
    knowledge: KnowledgeConfig = field(default_factory=KnowledgeConfig)
    """Masked entity prediction and object entailment."""
    optim: OptimConfig = field(default_factory=OptimConfig)
    """Optimizer and learning rate."""
    run: RunConfig = field(default_factory=RunConfig)
    """Device, logging, checkpoints."""

    def __post_init__(self) -> None:
        require(self.steps >= 1, "steps", self.steps, "must be at least 1")
        require(self.seed >= 0, "seed", self.seed, "must not be negative")
        longest = self.data.max_tokens
        limit = self.model.positions - 2
        require(longest <= limit, "data.max_tokens", longest, f"must be at most model.positions - 2 = {limit}")
