"""Finds a tokenizer in a folder or file and checks that it is one of XLM-R's kind."""

import base64
import json
from pathlib import Path
from typing import Any

from pipeline.errors import InputError
from pipeline.tokenizer import xlmr
from pipeline.tokenizer.sentencepiece_model import read_model
from pipeline.tokenizer.tokenizer import Tokenizer

_NEXT = "xlmk tokenizer train --root KB --vocab-size N --out DIR"


def load_tokenizer(source: Path) -> Tokenizer:
    """The tokenizer in a folder (`tokenizer.json`, else `sentencepiece.bpe.model`) or in one of these files.

    Nothing is retrained or reordered. As transformers does, only pieces, scores and normaliser are taken from the file
    and the rest is XLM-R's own, so ids are those that transformers gives.
    Raises InputError where there is none, where it is broken, or where it is not laid out as XLM-R's.
    """
    if source.is_dir():
        for name in (xlmr.TOKENIZER_FILE, xlmr.MODEL_FILE):
            if (source / name).is_file():
                return load_tokenizer(source / name)
        raise InputError(f"no {xlmr.TOKENIZER_FILE} or {xlmr.MODEL_FILE} in {source}", next_step=_NEXT)
    if not source.is_file():
        raise InputError(f"no tokenizer at {source}", next_step=_NEXT)
    if source.suffix == ".json":
        vocabulary, charsmap = _read_json(source, source.read_bytes())
        beside = source.parent / xlmr.MODEL_FILE
        model = beside.read_bytes() if beside.is_file() else None
    else:
        found = read_model(source)
        vocabulary, charsmap, model = xlmr.xlmr_vocabulary(found), found.charsmap, source.read_bytes()
    return Tokenizer(source, xlmr.build_backend(vocabulary, charsmap), model)


def read_vocabulary(tokenizer: Tokenizer) -> tuple[list[tuple[str, float]], bytes]:
    """The pieces with their scores in the order of ids, specials included, and the normaliser's table."""
    return _read_json(tokenizer.source, tokenizer.json.encode())


def _read_json(path: Path, data: bytes) -> tuple[list[tuple[str, float]], bytes]:
    try:
        value: dict[str, Any] = json.loads(data)
        kind = value["model"].get("type", "Unigram")
        vocabulary = [(str(piece), float(score)) for piece, score in value["model"]["vocab"]]
        charsmap = _charsmap(value.get("normalizer"))
        added = [str(token["content"]) for token in value.get("added_tokens") or []]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path} is no unigram tokenizer.json: {error!r:.120}", next_step=_NEXT) from error
    names = [piece for piece, _ in vocabulary]
    if kind != "Unigram" or tuple(names[:4]) != xlmr.SPECIALS or xlmr.MASK_TOKEN not in names:
        raise InputError(
            f"{path} is a {kind} model that begins with {names[:4]}, expected a Unigram one with {list(xlmr.SPECIALS)}"
            f" and {xlmr.MASK_TOKEN}",
            next_step=_NEXT,
        )
    extra = sorted(set(added) - set(names))
    if extra:
        raise InputError(
            f"{path} has added tokens that are no pieces of the model: {extra[:3]}",
            next_step="put them into the vocabulary: xlmk tokenizer extend",
        )
    return vocabulary, charsmap


def _charsmap(normalizer: dict[str, Any] | None) -> bytes:
    """The table of the precompiled normaliser, wherever in a sequence it stands; none: empty."""
    if normalizer is None:
        return b""
    for step in normalizer.get("normalizers", [normalizer]):
        if step.get("type") == "Precompiled":
            return base64.b64decode(step["precompiled_charsmap"])
    return b""
