"""A model for a vocabulary that was extended: old pieces keep id and row, new ones start from the pieces they replace.

`resize_token_embeddings` would draw new rows at random, all much shorter than trained ones. Here a new piece's row is
the mean of the rows of the old pieces that its text was made of before; so is its bias in the MLM head.
"""

import json
import shutil
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor
from transformers import XLMRobertaForMaskedLM

from pipeline.errors import MismatchError, TargetError
from xlmk_model.init import load_encoder


def read_tokenizer(folder: Path) -> Tokenizer:
    """tokenizer.json of a folder."""
    return Tokenizer.from_file(str(folder / "tokenizer.json"))


def old_pieces(piece: str, old: Tokenizer) -> list[int]:
    """Ids of the old pieces that a new piece's text was made of; the mark of a word's start (▁) stands for a space."""
    ids: list[int] = old.encode(piece.replace("▁", " "), add_special_tokens=False).ids
    return ids


def moved_ids(old: Tokenizer, new: Tokenizer) -> dict[int, int]:
    """Old id → new id of each old piece. Only `<mask>`, which comes last, may move.

    Raises MismatchError, naming the first piece, if another one moved or is gone.
    """
    there: dict[str, int] = new.get_vocab()
    moved = {}
    for piece, before in sorted(old.get_vocab().items(), key=lambda entry: entry[1]):
        after = there.get(piece)
        if after is None or (after != before and piece != "<mask>"):
            raise MismatchError(
                f"the new tokenizer does not extend the old one: {piece!r} has id {before} there and {after} here",
                next_step="xlmk tokenizer extend",
            )
        moved[before] = after
    return moved


def extended_rows(rows: Tensor, old: Tokenizer, new: Tokenizer) -> Tensor:
    """Rows [old size, ...] → [new size, ...]: old pieces as they are, new ones the mean of their old pieces."""
    moved = moved_ids(old, new)
    size = max(new.get_vocab().values()) + 1
    result = rows.mean(dim=0, keepdim=True).repeat(size, *[1] * (rows.ndim - 1))
    before = torch.tensor(list(moved.keys()))
    result[torch.tensor(list(moved.values()))] = rows[before]
    known = set(moved.values())
    for piece, after in new.get_vocab().items():
        pieces = old_pieces(piece, old)
        if after not in known and pieces:
            result[after] = rows[torch.tensor(pieces)].mean(dim=0)
    return result


def extend_model(model: Path, tokenizer: Path, to: Path) -> Path:
    """Write to the new folder `to` the masked LM of folder `model` with the extended `tokenizer`; returns `to`.

    Texts without new pieces get the same hidden states, and for old ids the same logits. Raises MismatchError if the
    tokenizer does not extend the model's, TargetError if `to` exists or cannot be written.
    """
    if to.exists():
        raise TargetError(f"{to} exists already", next_step="choose another folder, or remove it")
    old, new = read_tokenizer(model), read_tokenizer(tokenizer)
    encoder = load_encoder(model)
    words = extended_rows(encoder.get_input_embeddings().weight.detach(), old, new)
    bias = extended_rows(encoder.lm_head.bias.detach(), old, new)
    config = encoder.config
    config.vocab_size = len(words)
    larger = XLMRobertaForMaskedLM(config)
    names = {"roberta.embeddings.word_embeddings.weight": words, "lm_head.decoder.weight": words}
    biases = {"lm_head.bias": bias, "lm_head.decoder.bias": bias}
    larger.load_state_dict({**encoder.state_dict(), **names, **biases})
    try:
        shutil.copytree(tokenizer, to)
        larger.save_pretrained(to)
        (to / "xlmk_extended.json").write_text(json.dumps({"from": str(model), "old_pieces": old.get_vocab_size()}))
    except OSError as error:
        raise TargetError(f"{to} cannot be written: {error}", next_step="another folder") from error
    return to
