"""Opening any XLM-R-shaped checkpoint for evaluation: a Hugging Face folder or a run of ours, with its tokenizer."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from transformers import AutoTokenizer, XLMRobertaConfig, XLMRobertaModel

from pipeline.errors import InputError
from pipeline.manifest.digests import digest, input_digest
from xlmk_model.checkpoint import latest_checkpoint
from xlmk_model.init import read_encoder_config, run_tensors
from xlmk_model.run_folder import is_run, read_identity

TOKENIZER_FILES = ("tokenizer.json", "sentencepiece.bpe.model")


@dataclass(frozen=True)
class Encoder:
    """`body` gives hidden states; `max_tokens` is the longest input with `<s>` and `</s>`; ids of special tokens."""

    body: nn.Module
    tokenizer: Any
    hidden: int
    max_tokens: int
    bos: int
    eos: int
    pad: int

    def states(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """Last hidden states [B, L, H] of right-padded rows ids [B, L] whose token counts are lengths [B]."""
        mask = (torch.arange(ids.shape[1], device=ids.device)[None, :] < lengths[:, None]).long()
        states: Tensor = self.body(input_ids=ids, attention_mask=mask).last_hidden_state
        return states

    def pieces(self, texts: list[str]) -> list[list[int]]:
        """Token ids of each text, without `<s>` and `</s>`."""
        if not texts:
            return []
        found: list[list[int]] = self.tokenizer(texts, add_special_tokens=False, verbose=False)["input_ids"]
        return found


def tokenizer_folder(model: Path) -> Path:
    """Where a checkpoint's tokenizer lies."""
    return model / "tokenizer" if is_run(model) else model


def open_tokenizer(model: Path) -> Any:
    """The tokenizer of a Hugging Face folder or of a run; raises InputError if there is none."""
    folder = tokenizer_folder(model)
    if not any((folder / name).is_file() for name in TOKENIZER_FILES):  # transformers would make up an empty one
        raise InputError(
            f"{folder} has no tokenizer: none of {', '.join(TOKENIZER_FILES)}", next_step="save it beside the model"
        )
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError) as error:
        reason = str(error).strip().split("\n")[0]
        raise InputError(
            f"{folder} has no tokenizer that loads: {reason}", next_step="save it beside the model"
        ) from None
    if not tokenizer.is_fast:
        raise InputError(f"{folder}: its tokenizer gives no offsets", next_step="save a tokenizer.json beside it")
    return tokenizer


def _folder_tensors(folder: Path) -> dict[str, Tensor]:
    """The encoder's weights of a Hugging Face folder, one file or several, whatever head was saved with them."""
    tensors: dict[str, Tensor] = {}
    for path in sorted(folder.glob("model*.safetensors")):
        tensors |= load_file(path)
    prefix = "roberta."
    if any(name.startswith(prefix) for name in tensors):
        return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}
    return tensors


def open_encoder(model: Path, *, dropout: float = 0.0) -> Encoder:
    """The encoder of an XLM-R-shaped Hugging Face folder (with or without MLM head) or of a run's latest checkpoint.

    Raises InputError if the folder holds neither, or if weights of the encoder are missing.
    """
    if is_run(model):
        identity = read_identity(model)
        assert identity is not None
        config = XLMRobertaConfig(**identity.encoder)
        tensors = run_tensors(model, "encoder.roberta.")
    else:
        config = read_encoder_config(model)
        tensors = _folder_tensors(model)
    config.hidden_dropout_prob = config.attention_probs_dropout_prob = dropout
    body = XLMRobertaModel(config, add_pooling_layer=False)
    missing = body.load_state_dict({name: value.float() for name, value in tensors.items()}, strict=False).missing_keys
    if missing:
        raise InputError(f"{model} lacks weights of the encoder: {', '.join(sorted(missing)[:5])} ...")
    tokenizer = open_tokenizer(model)
    if len(tokenizer) > config.vocab_size:
        raise InputError(f"{model}: the tokenizer has {len(tokenizer)} pieces, the model {config.vocab_size}")
    return Encoder(
        body=body,
        tokenizer=tokenizer,
        hidden=config.hidden_size,
        max_tokens=config.max_position_embeddings - config.pad_token_id - 1,
        bos=tokenizer.bos_token_id,
        eos=tokenizer.eos_token_id,
        pad=tokenizer.pad_token_id,
    )


def model_digest(model: Path) -> str:
    """Identity of a checkpoint by content (configuration and weights)."""
    if not is_run(model):
        read_encoder_config(model)  # says what is wrong with a folder that is no model
    folder = latest_checkpoint(model) if is_run(model) else model
    files = sorted({*folder.glob("*.safetensors"), model / "config.json"} - {folder / "optimizer.safetensors"})
    return digest([input_digest(path) for path in files])
