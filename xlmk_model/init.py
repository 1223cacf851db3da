"""Where a model's weights come from: from scratch, a Hugging Face masked-LM folder, or a run of ours."""

import json
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from transformers import AutoTokenizer, XLMRobertaConfig, XLMRobertaForMaskedLM
from transformers.utils import logging

from pipeline.errors import InputError, MismatchError
from xlmk_model.checkpoint import latest_checkpoint
from xlmk_model.config import TrainConfig
from xlmk_model.encoder import encoder_config, new_encoder
from xlmk_model.model import XlmkModel
from xlmk_model.run_folder import is_run, read_identity
from xlmk_model.sampling import keyed_seed
from xlmk_model.shards import Dataset

SHAPES = ("xlm-roberta", "roberta")
"""Values of `model_type` in config.json that this trainer can start from."""


def check_vocabulary(folder: Path, dataset: Dataset) -> None:
    """Raise MismatchError, showing the first difference, unless both tokenizers give the same ids."""
    theirs: dict[str, int] = AutoTokenizer.from_pretrained(folder).get_vocab()
    ours: dict[str, int] = AutoTokenizer.from_pretrained(dataset.folder / "tokenizer").get_vocab()
    if theirs == ours:
        return
    differing = sorted(piece for piece in ours.keys() | theirs.keys() if ours.get(piece) != theirs.get(piece))
    first = differing[0]
    raise MismatchError(
        f"shards were made with another tokenizer than {folder}: {len(ours)} and {len(theirs)} pieces; "
        f"first difference: {first!r} has id {ours.get(first)} in the shards, {theirs.get(first)} in the model",
        next_step=f"xlmk shards --tokenizer {folder} ...",
    )


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


def freeze(encoder: XLMRobertaForMaskedLM, layers: int) -> None:
    """Take the embeddings and the `layers` lowest blocks out of training, if `layers` is not 0.

    Raises MismatchError unless the encoder has more blocks than that.
    """
    blocks = encoder.roberta.encoder.layer
    if layers >= len(blocks):
        raise MismatchError(
            f"optim.frozen_layers = {layers}, but the encoder has {len(blocks)} blocks: nothing would be trained",
            next_step=f"--set optim.frozen_layers={len(blocks) - 1}",
        )
    for part in [encoder.roberta.embeddings, *blocks[:layers]] if layers else []:
        part.requires_grad_(False)


def new_model(config: TrainConfig, dataset: Dataset) -> XlmkModel:
    """The model at step 0. Heads of another run are taken over if they have the shape asked for; queues start empty."""
    if config.init is None:
        encoder = new_encoder(encoder_config(config.model, dataset.vocabulary), config.seed)
    else:
        check_vocabulary(config.init / "tokenizer" if is_run(config.init) else config.init, dataset)
        encoder = load_encoder(
            config.init, dropout=config.model.dropout, attention_dropout=config.model.attention_dropout
        )
        longest = encoder.config.max_position_embeddings - 2
        if config.data.max_tokens > longest:
            raise MismatchError(
                f"data.max_tokens = {config.data.max_tokens}, but {config.init} has positions for {longest}",
                next_step=f"--set data.max_tokens={longest}",
            )
    if config.run.activation_checkpointing:
        encoder.gradient_checkpointing_enable()
    freeze(encoder, config.optim.frozen_layers)
    model = XlmkModel(encoder, config.model, queue=config.knowledge.queue, seed=config.seed)
    if config.init is not None and is_run(config.init):
        heads = run_tensors(config.init, "heads.")
        own = model.heads.state_dict()
        if {name: value.shape for name, value in heads.items()} == {name: value.shape for name, value in own.items()}:
            model.heads.load_state_dict(heads)
    return model
