"""Where a model's weights come from: from scratch, a Hugging Face masked-LM folder, or a run of ours."""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from transformers import XLMRobertaConfig, XLMRobertaForMaskedLM
from transformers.utils import logging

from pipeline.errors import InputError, MismatchError
from xlmk_model.checkpoint import latest_checkpoint
from xlmk_model.config import TrainConfig
from xlmk_model.encoder import encoder_config, new_encoder
from xlmk_model.model import XlmkModel
from xlmk_model.run_folder import is_run, read_identity
from xlmk_model.sampling import keyed_seed
from xlmk_model.shards import Dataset
from xlmk_model.vocabulary import extend_encoder, read_tokenizer

SHAPES = ("xlm-roberta", "roberta")
"""Values of `model_type` in config.json that this trainer can start from."""


def tokenizer_folder(init: Path) -> Path:
    """Where the tokenizer of a run or of a Hugging Face folder lies."""
    return init / "tokenizer" if is_run(init) else init


def extension_note(init: Path, dataset: Dataset) -> str | None:
    """What to tell who starts from `init` with shards of an extended vocabulary; None if it is not extended."""
    before = read_tokenizer(tokenizer_folder(init)).get_vocab_size()
    after = read_tokenizer(dataset.folder / "tokenizer").get_vocab_size()
    if before == after:
        return None
    return f"vocabulary of {init} extended from {before:,} to {after:,} pieces; new rows start from their old pieces"


def read_encoder_config(folder: Path) -> XLMRobertaConfig:
    """config.json of a Hugging Face folder; raises InputError unless it is XLM-R-shaped."""
    path = folder / "config.json"
    if not path.is_file():
        raise InputError(f"{folder} is neither a Hugging Face model nor a run: no config.json", next_step="--init DIR")
    content = json.loads(path.read_text(encoding="utf-8"))
    if content.get("model_type") not in SHAPES:
        raise InputError(f"{path}: model_type is {content.get('model_type')!r}, needed is one of {', '.join(SHAPES)}")
    if not (folder / "model.safetensors").is_file() and not (folder / "model.safetensors.index.json").is_file():
        raise InputError(
            f"{folder} has no model.safetensors; files that hold pickled code are not read",
            next_step="save the model with save_pretrained (safetensors)",
        )
    config: XLMRobertaConfig = XLMRobertaConfig.from_pretrained(folder)
    return config


def load_encoder(folder: Path, *, dropout: float = 0.0, attention_dropout: float = 0.0) -> XLMRobertaForMaskedLM:
    """The masked LM of a Hugging Face folder or of a run's latest checkpoint, as it is but for its dropout."""
    if is_run(folder):
        encoder = load_run(folder).encoder
    else:
        config = read_encoder_config(folder)
        logging.disable_progress_bar()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(keyed_seed(0, "missing weights"))
            encoder, loading = XLMRobertaForMaskedLM.from_pretrained(
                folder, config=config, use_safetensors=True, local_files_only=True, output_loading_info=True
            )
        missing = sorted(loading["missing_keys"])
        if missing:
            raise InputError(f"{folder} lacks weights of a masked language model: {', '.join(missing[:5])} ...")
    encoder.config.hidden_dropout_prob, encoder.config.attention_probs_dropout_prob = dropout, attention_dropout
    for name, module in encoder.named_modules():
        if isinstance(module, nn.Dropout):
            module.p = attention_dropout if name.endswith("self.dropout") else dropout
    return encoder.float()


def run_tensors(run: Path, prefix: str) -> dict[str, Tensor]:
    """Tensors of a run's latest checkpoint whose names start with `prefix`, which is taken off."""
    tensors = load_file(latest_checkpoint(run) / "model.safetensors")
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}


def load_run(run: Path) -> XlmkModel:
    """The whole model of a run's latest checkpoint, in evaluation mode."""
    identity = read_identity(run)
    if identity is None or not is_run(run):
        raise InputError(f"{run} is not a run", next_step="xlmk train --out RUN ...")
    config = identity.config
    encoder = new_encoder(XLMRobertaConfig(**identity.encoder), 0)
    model = XlmkModel(encoder, config.model, queue=config.knowledge.queue, seed=0)
    model.load_tensors(run_tensors(run, ""))
    return model.eval()


def freeze(body: nn.Module, layers: int) -> None:
    """Take an XLM-R body's embeddings and its `layers` lowest blocks out of training, if `layers` is not 0.

    Raises MismatchError unless the encoder has more blocks than that.
    """
    embeddings: Any = body.embeddings
    stack: Any = body.encoder
    blocks = stack.layer
    if layers >= len(blocks):
        raise MismatchError(
            f"frozen_layers = {layers}, but the encoder has {len(blocks)} blocks: nothing would be trained",
            next_step=f"frozen_layers={len(blocks) - 1} at most",
        )
    for part in [embeddings, *blocks[:layers]] if layers else []:
        part.requires_grad_(False)


def new_model(config: TrainConfig, dataset: Dataset) -> XlmkModel:
    """The model at step 0. Heads of another run are taken over if they have the shape asked for; queues start empty.

    If the shards' tokenizer extends that of `init`, the new pieces start from their old ones (`xlmk_model.vocabulary`).
    Raises MismatchError if it neither equals nor extends it, InputError if `init` is no masked LM with its tokenizer.
    """
    if config.init is None:
        encoder = new_encoder(encoder_config(config.model, dataset.vocabulary), config.seed)
    else:
        tokenizers = [read_tokenizer(place) for place in (tokenizer_folder(config.init), dataset.folder / "tokenizer")]
        encoder = load_encoder(
            config.init, dropout=config.model.dropout, attention_dropout=config.model.attention_dropout
        )
        extend_encoder(encoder, *tokenizers)
        longest = encoder.config.max_position_embeddings - 2
        if config.data.max_tokens > longest:
            raise MismatchError(
                f"data.max_tokens = {config.data.max_tokens}, but {config.init} has positions for {longest}",
                next_step=f"--set data.max_tokens={longest}",
            )
    if config.run.activation_checkpointing:
        encoder.gradient_checkpointing_enable()
    freeze(encoder.roberta, config.optim.frozen_layers)
    model = XlmkModel(encoder, config.model, queue=config.knowledge.queue, seed=config.seed)
    if config.init is not None and is_run(config.init):
        heads = run_tensors(config.init, "heads.")
        own = model.heads.state_dict()
        if {name: value.shape for name, value in heads.items()} == {name: value.shape for name, value in own.items()}:
            model.heads.load_state_dict(heads)
    return model
