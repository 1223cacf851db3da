"""Passages → windows with their tokens: whole where they fit, cut where they do not."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.examples.windows import split_windows
from pipeline.tokenizer import Encoded, Tokenizer

Ids = npt.NDArray[np.int32]
Mentions = list[tuple[int, int, int]]
"""(start, end, qid), half-open, in code points."""


class PassageText(NamedTuple):
    """A passage as it comes from its table, and its usable mentions."""

    page_id: int
    passage_index: int
    section: tuple[str, ...]
    text: str
    mentions: Mentions


class TextWindow(NamedTuple):
    """A piece of a passage: `ids` are the tokenizer's of exactly `text`, `<s>` and `</s>` included.

    `place` is (number of the passage in the batch, code point at which the piece begins in it). `mentions` are in code
    points of `text`, and so are `tokens`: what the tokenizer says of the text, or of a piece the offsets [tokens, 2].
    """

    place: tuple[int, int]
    text: str
    ids: Ids
    tokens: Encoded | Ids
    mentions: Mentions


def tokenize_windows(
    tokenizer: Tokenizer, passages: Sequence[PassageText], *, lang: str, max_tokens: int, counts: Counter[str]
) -> list[TextWindow]:
    """The windows of some passages in order. All are tokenized in one batch, pieces cut inside a word once more.

    Counts `mentions_cut_by_window` (mentions that lie in no single window) and `truncated_windows` (one character of
    more tokens than a window holds).
    """
    windows: list[TextWindow] = []
    pending = [((number, 0), passage.text, passage.mentions) for number, passage in enumerate(passages)]
    while pending:
        again = []
        encoded = tokenizer.encode([text for _, text, _ in pending])
        for (place, text, mentions), found in zip(pending, encoded, strict=True):
            if len(found.ids) <= max_tokens:
                windows.append(TextWindow(place, text, found.ids, found, mentions))
                continue
            inside = 0
            for window, clean in _pieces(place, text, mentions, found, lang, max_tokens):
                inside += len(window.mentions)
                if clean:
                    windows.append(window)
                elif window.text == text:
                    counts["truncated_windows"] += 1
                    windows.append(window._replace(ids=np.append(found.ids[: max_tokens - 1], found.ids[-1:])))
                else:
                    again.append((window.place, window.text, window.mentions))
            counts["mentions_cut_by_window"] += len(mentions) - inside
        pending = again
    return sorted(windows, key=lambda window: window.place)


def _pieces(
    place: tuple[int, int], text: str, mentions: Mentions, encoded: Encoded, lang: str, max_tokens: int
) -> Iterator[tuple[TextWindow, bool]]:
    """The windows of a text that is too long, and whether their tokens are those of their own text."""
    offsets = encoded.offsets
    places = [mention[:2] for mention in mentions]
    for part in split_windows(text, offsets, lang=lang, max_tokens=max_tokens, mentions=places):
        own = text[part.start : part.end].rstrip()
        inside = [
            (start - part.start, end - part.start, qid)
            for start, end, qid in mentions
            if start >= part.start and end <= part.end
        ]
        edge = np.array([[len(own), len(own)]], np.int32)
        inner = offsets[part.first : part.last] - np.int32(part.start)
        ids = np.concatenate([encoded.ids[:1], encoded.ids[part.first : part.last], encoded.ids[-1:]])
        window = TextWindow(
            place=(place[0], place[1] + part.start),
            text=own,
            ids=ids,
            tokens=np.concatenate([np.zeros((1, 2), np.int32), inner, edge]) if inside else inner,
            mentions=inside,
        )
        yield window, part.clean and len(ids) <= max_tokens
