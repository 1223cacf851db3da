"""New pieces for a new language, appended to a vocabulary whose ids stay where they are.

    old   <s> <pad> </s> <unk>  pieces …  <mask>
    new   <s> <pad> </s> <unk>  pieces …  <mask>  new pieces …

`<mask>` keeps its id, so the new pieces come after it. SentencePiece's own file cannot say that: an extended tokenizer
is known by its `tokenizer.json` alone.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.tokenizer import xlmr
from pipeline.tokenizer.loading import read_vocabulary
from pipeline.tokenizer.tokenizer import Tokenizer

Pieces = Sequence[tuple[str, float]]
"""Pieces with their log probabilities."""


@dataclass(frozen=True, kw_only=True)
class Extension:
    """The longer tokenizer, and for each new id the old ids that its piece was written with."""

    tokenizer: Tokenizer
    old_ids: dict[int, list[int]]


def choose_pieces(old: Tokenizer, candidates: Pieces, *, count: int, share: float) -> list[tuple[str, float]]:
    """The `count` most probable candidates that the old vocabulary does not have, best first.

    `share` is the new language's part of the texts to come: a piece's probability in it is scaled by that, so that the
    new pieces win over the two or more old ones they replace, but not over frequent old pieces.
    """
    known = {piece for piece, _ in read_vocabulary(old)[0]}
    fresh = sorted(
        ((piece, score) for piece, score in candidates if piece not in known), key=lambda it: (-it[1], it[0])
    )
    return [(piece, score + math.log(share)) for piece, score in fresh[:count]]


def extend(old: Tokenizer, pieces: Pieces) -> Extension:
    """The old tokenizer with new pieces after its last id; each must be new.

    The old ids of a piece are the old model's own segmentation of it, without `<unk>` where anything else is left.
    """
    vocabulary, charsmap = read_vocabulary(old)
    first = len(vocabulary)
    assert not {piece for piece, _ in pieces} & {piece for piece, _ in vocabulary}, "pieces must be new"
    backend = xlmr.build_backend([*vocabulary, *pieces], charsmap)
    old_ids = {}
    for number, (piece, _) in enumerate(pieces):
        ids = [token.id for token in old.backend.model.tokenize(piece)]
        old_ids[first + number] = [token for token in ids if token != xlmr.UNK] or [xlmr.UNK]
    return Extension(tokenizer=Tokenizer(old.source, backend, None), old_ids=old_ids)
