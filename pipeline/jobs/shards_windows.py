"""Passages → windows with their tokens: whole where they fit, cut where they do not."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from pipeline.examples.spans import Ints, Mentions
from pipeline.examples.windows import split_windows
from pipeline.tokenizer import Tokenizer, Tokens

Place = tuple[int, int, int]
"""Number of a passage in the batch, and [start, end) of a piece in its code points; mentions outside of it are cut."""
NO_END = 1 << 40
"""The end of a passage that is not cut."""


class Windows(NamedTuple):
    """Pieces of passages, in their order: `tokens` are the tokenizer's of exactly the `texts`.

    passage  [windows]  number of the passage in the batch
    start    [windows]  code point of the passage at which the piece begins
    mentions            in code points of the windows' texts
    """

    passage: Ints
    start: Ints
    texts: list[str]
    tokens: Tokens
    mentions: Mentions


class _Piece(NamedTuple):
    place: Place
    text: str
    tokens: Tokens
    """Of this text alone."""


def tokenize_windows(
    tokenizer: Tokenizer, texts: list[str], mentions: Mentions, *, lang: str, max_tokens: int, counts: Counter[str]
) -> Windows:
    """The windows of some passages. All are tokenized in one batch, pieces cut inside a word once more.

    Counts `mentions_cut_by_window` (mentions that lie in no single window) and `truncated_windows` (one character of
    more tokens than a window holds).
    """
    tokens = tokenizer.encode(texts)
    if (tokens.lengths <= max_tokens).all():
        return Windows(np.arange(len(texts)), np.zeros(len(texts), np.int64), texts, tokens, mentions)
    pieces: list[_Piece] = []
    pending: list[tuple[Place, str]] = [((number, 0, NO_END), text) for number, text in enumerate(texts)]
    while pending:
        again: list[tuple[Place, str]] = []
        for piece in map(_Piece._make, zip(*zip(*pending, strict=True), _each(tokens), strict=True)):
            if len(piece.tokens.ids) <= max_tokens:
                pieces.append(piece)
                continue
            for part, clean in _cut(piece, mentions, lang, max_tokens):
                if clean:
                    pieces.append(part)
                elif part.text == piece.text:
                    counts["truncated_windows"] += 1
                    pieces.append(part._replace(tokens=_truncated(piece.tokens, max_tokens)))
                else:
                    again.append((part.place, part.text))
        pending = again
        tokens = tokenizer.encode([text for _, text in pending])
    return _windows(sorted(pieces, key=lambda piece: piece.place), mentions, counts)


def _each(tokens: Tokens) -> Iterator[Tokens]:
    """The tokens of each text alone: views."""
    for start, end in pairwise(tokens.bounds.tolist()):
        yield Tokens(tokens.ids[start:end], tokens.offsets[start:end], np.array([0, end - start]))


def _cut(piece: _Piece, mentions: Mentions, lang: str, max_tokens: int) -> Iterator[tuple[_Piece, bool]]:
    """The windows of a text that is too long, and whether their tokens are those of their own text."""
    number, begin, limit = piece.place
    first, last = np.searchsorted(mentions.text, [number, number + 1])
    places = [
        (start - begin, end - begin)
        for start, end in zip(mentions.start[first:last].tolist(), mentions.end[first:last].tolist(), strict=True)
        if start >= begin and end <= limit
    ]
    ids, offsets, _ = piece.tokens
    for part in split_windows(piece.text, offsets, lang=lang, max_tokens=max_tokens, mentions=places):
        own = piece.text[part.start : part.end].rstrip()
        inner = offsets[part.first : part.last] - np.int32(part.start)
        edges = np.zeros((1, 2), np.int32), np.full((1, 2), len(own), np.int32)
        found = Tokens(
            np.concatenate([ids[:1], ids[part.first : part.last], ids[-1:]]),
            np.concatenate([edges[0], inner, edges[1]]),
            np.array([0, part.last - part.first + 2]),
        )
        place = number, begin + part.start, begin + part.end
        yield _Piece(place, own, found), part.clean and len(found.ids) <= max_tokens


def _truncated(tokens: Tokens, max_tokens: int) -> Tokens:
    """The first tokens, and `</s>`."""
    ids, offsets, _ = tokens
    kept = [*range(max_tokens - 1), len(ids) - 1]
    return Tokens(ids[kept], offsets[kept], np.array([0, max_tokens]))


def _windows(pieces: Sequence[_Piece], mentions: Mentions, counts: Counter[str]) -> Windows:
    """Pieces in order as columns, each mention in the window that holds it."""
    passage, start, end = np.array([piece.place for piece in pieces], np.int64).T
    key = passage * NO_END + start
    window = np.searchsorted(key, mentions.text * NO_END + mentions.start, side="right") - 1
    inside = mentions.end <= end[window]
    counts["mentions_cut_by_window"] += int((~inside).sum())
    window, own = window[inside], mentions.take(inside)
    bounds = np.zeros(len(pieces) + 1, np.int64)
    np.cumsum([len(piece.tokens.ids) for piece in pieces], out=bounds[1:])
    tokens = Tokens(
        np.concatenate([piece.tokens.ids for piece in pieces]),
        np.concatenate([piece.tokens.offsets for piece in pieces]),
        bounds,
    )
    own = Mentions(window, own.start - start[window], own.end - start[window], own.qid)
    return Windows(passage, start, [piece.text for piece in pieces], tokens, own)
