"""A SentencePiece unigram model as the tokenizer of XLM-R: fairseq's order of ids, and the normaliser carried over.

| id | token |
|---|---|
| 0 1 2 3 | `<s>` `<pad>` `</s>` `<unk>` |
| 4 … | piece p of the SentencePiece model (p ≥ 3) at p + 1 |
| last | `<mask>` |
"""

import json
from collections.abc import Sequence
from pathlib import Path

from tokenizers import AddedToken, Tokenizer, decoders, normalizers, pre_tokenizers, processors
from tokenizers.models import Unigram

from pipeline.manifest.storage import write_bytes, write_json
from pipeline.tokenizer.sentencepiece_model import SentencePieceModel

BOS, PAD, EOS, UNK = 0, 1, 2, 3
SPECIALS = ("<s>", "<pad>", "</s>", "<unk>")
"""Their ids are 0, 1, 2, 3."""
MASK_TOKEN = "<mask>"  # noqa: S105 - a token of text
META = "▁"
"""Stands for the space before a word in a piece."""
MODEL_FILE, TOKENIZER_FILE, CONFIG_FILE = "sentencepiece.bpe.model", "tokenizer.json", "tokenizer_config.json"
MAX_POSITIONS = 512


def xlmr_vocabulary(model: SentencePieceModel) -> list[tuple[str, float]]:
    """(token, score) in the order of ids; specials have score 0 as in the released tokenizer."""
    return [*((token, 0.0) for token in SPECIALS), *model.pieces[3:], (MASK_TOKEN, 0.0)]


def build_backend(vocabulary: Sequence[tuple[str, float]], charsmap: bytes) -> Tokenizer:
    """The `tokenizers` pipeline: normalise, split at whitespace, `▁` before each word, unigram pieces, `<s> … </s>`.

    `charsmap` is the SentencePiece model's compiled normaliser; without it full-width forms, ligatures and the like
    would become unknown.
    """
    backend = Tokenizer(Unigram(list(vocabulary), unk_id=UNK, byte_fallback=False))
    if charsmap:
        backend.normalizer = normalizers.Precompiled(charsmap)
    spaces = pre_tokenizers.Metaspace(replacement=META, prepend_scheme="always")
    backend.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), spaces])
    backend.decoder = decoders.Metaspace(replacement=META, prepend_scheme="always")
    backend.add_special_tokens([AddedToken(token, normalized=False, special=True) for token in SPECIALS])
    backend.add_special_tokens([AddedToken(MASK_TOKEN, lstrip=True, normalized=False, special=True)])
    backend.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", BOS), ("</s>", EOS)]
    )
    return backend


def write_tokenizer_folder(folder: Path, tokenizer_json: str, model: bytes | None) -> None:
    """Writes a folder that `AutoTokenizer.from_pretrained` loads as XLM-R's tokenizer.

    `model` is the SentencePiece file, or None where there is none (a tokenizer known by its `tokenizer.json` alone).
    """
    config = {
        "tokenizer_class": "XLMRobertaTokenizer",
        "model_max_length": MAX_POSITIONS,
        **{f"{name}_token": token for name, token in special_tokens().items()},
    }
    write_bytes(folder / TOKENIZER_FILE, tokenizer_json.encode())
    write_json(folder / CONFIG_FILE, config)
    write_json(folder / "special_tokens_map.json", {f"{k}_token": v for k, v in special_tokens().items()})
    if model is not None:
        write_bytes(folder / MODEL_FILE, model)
    else:
        (folder / MODEL_FILE).unlink(missing_ok=True)


def special_tokens() -> dict[str, str]:
    """What XLM-R calls its special tokens.

    >>> special_tokens()["cls"], special_tokens()["sep"]
    ('<s>', '</s>')
    """
    bos, pad, eos, unk = SPECIALS
    return {"bos": bos, "cls": bos, "eos": eos, "sep": eos, "pad": pad, "unk": unk, "mask": MASK_TOKEN}


def tokenizer_json(backend: Tokenizer) -> str:
    """The backend as one canonical JSON text: equal tokenizers give equal texts."""
    return json.dumps(json.loads(backend.to_str()), ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n"
