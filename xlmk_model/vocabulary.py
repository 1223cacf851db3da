"""A model for a vocabulary that was extended: old pieces keep id and row, new ones start from the pieces they replace.

`resize_token_embeddings` alone would draw new rows at random, all much shorter than trained ones. Here a new piece's
row is the mean of the rows of the old pieces that its text was made of before; so is its bias in the MLM head.
"""

from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor
from transformers import AutoTokenizer, XLMRobertaForMaskedLM

from pipeline.errors import InputError, MismatchError

TOKENIZER_FILE, MODEL_FILE = "tokenizer.json", "sentencepiece.bpe.model"


def read_tokenizer(folder: Path) -> Tokenizer:
    """The tokenizer in a Hugging Face folder.

    Raises InputError where there is none: transformers would invent an empty one.
    """
    if (folder / TOKENIZER_FILE).is_file():
        return Tokenizer.from_file(str(folder / TOKENIZER_FILE))
    if (folder / MODEL_FILE).is_file():
        found: Tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True).backend_tokenizer
        return found
    raise InputError(
        f"{folder} has no tokenizer: neither {TOKENIZER_FILE} nor {MODEL_FILE}", next_step="put the model's own there"
    )


def old_pieces(piece: str, old: Tokenizer) -> list[int]:
    """Ids of the old pieces that a new piece was made of: the old model's segmentation of it, `<unk>` left out."""
    unknown = old.token_to_id("<unk>")
    return [token.id for token in old.model.tokenize(piece) if token.id != unknown]


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
                f"the shards' tokenizer ({len(there)} pieces) neither equals nor extends the model's "
                f"({old.get_vocab_size()} pieces): {piece!r} has id {after} in the shards, {before} in the model",
                next_step="xlmk shards with the model's tokenizer, or one that `xlmk tokenizer extend` made from it",
            )
        moved[before] = after
    return moved


def extended_rows(rows: Tensor, old: Tokenizer, new: Tokenizer) -> Tensor:
    """Rows [old size, ...] → [new size, ...]: old pieces as they are, new ones the mean of their old pieces.

    A new piece of which no old piece knows a part starts from `<unk>`.
    """
    moved = moved_ids(old, new)
    size = max(new.get_vocab().values()) + 1
    result = rows[old.token_to_id("<unk>")].repeat(size, *[1] * (rows.ndim - 1))
    before = torch.tensor(list(moved.keys()))
    result[torch.tensor(list(moved.values()))] = rows[before]
    known = set(moved.values())
    for piece, after in new.get_vocab().items():
        pieces = old_pieces(piece, old)
        if after not in known and pieces:
            result[after] = rows[torch.tensor(pieces)].mean(dim=0)
    return result


def extend_encoder(encoder: XLMRobertaForMaskedLM, old: Tokenizer, new: Tokenizer) -> None:
    """Give a masked LM of tokenizer `old` rows and MLM biases for the pieces of `new`, in place.

    Texts without new pieces get the same hidden states, and for old ids the same logits. Nothing is changed where both
    have the same pieces. Raises MismatchError unless the new tokenizer equals or extends the old one.
    """
    if old.get_vocab() == new.get_vocab():
        return
    words = extended_rows(encoder.get_input_embeddings().weight.detach(), old, new)
    bias = extended_rows(encoder.lm_head.bias.detach(), old, new)
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        encoder.resize_token_embeddings(len(words), mean_resizing=False)
        encoder.get_input_embeddings().weight.copy_(words)
        encoder.lm_head.bias.copy_(bias)
    encoder.tie_weights()
