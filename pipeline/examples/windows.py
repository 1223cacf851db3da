"""Cuts a passage into windows that a model can take: at sentence ends where possible, never losing a character.

    text      |The Tiber is a river. It flows through Rome.|
    tokens     ▁The ▁Tiber ▁is … .  ▁It ▁flows … .
    windows   [0, 22)                [22, 44)

All positions are half-open, in Unicode code points of the passage's text. Token offsets are those of a tokenizer: two
ascending columns (start, end), specials included.
"""

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import sentencex

Offsets = npt.NDArray[np.int32]

_WORD_START = re.compile(r"(?<=\s)\S")
FEWEST_SHARE = 0.25
"""A window is cut at a sentence's end only if it is then at least this full; otherwise at a space."""


class Window(NamedTuple):
    """`text[start:end]` of a passage. `clean`: both its ends are the passage's, or lie between words.

    The tokens of a clean window's text are exactly the passage's tokens from `first` to `last` (half-open, in a row
    with `<s>` at 0); others must be tokenized again.
    """

    start: int
    end: int
    first: int
    last: int
    clean: bool


def sentence_ends(text: str, lang: str) -> list[int]:
    """Where sentences end, after the space that follows, as the `sentencex` library finds them (some 300 languages).

    `lang` is a Wikipedia code; for languages that the library does not know it takes a general rule.

    >>> text = "Dr. Kim has 2.8 million! 東京は都市。大きい。"
    >>> ends = sentence_ends(text, "en")
    >>> [text[a:b] for a, b in zip([0, *ends], ends)]
    ['Dr. Kim has 2.8 million! ', '東京は都市。', '大きい。']
    """
    return [found["end_index"] for found in sentencex.get_sentence_boundaries(lang, text)]


def split_windows(
    text: str, offsets: Offsets, *, lang: str, max_tokens: int, mentions: Sequence[tuple[int, int]] = ()
) -> list[Window]:
    """Windows of at most `max_tokens` tokens (specials counted); joined they are the text.

    Cuts are, in this order of preference: a sentence's end, a space, any token's beginning; not inside a mention
    (`mentions`: (start, end)) unless there is no other place. One window if all fits.

    >>> offsets = np.array([[0, 0], [0, 2], [2, 3], [4, 6], [6, 7], [7, 7]])
    >>> [tuple(window) for window in split_windows("Aa. Bb.", offsets, lang="en", max_tokens=4)]
    [(0, 4, 1, 3, True), (4, 7, 3, 5, True)]
    """
    total = len(offsets) - 2
    if total + 2 <= max_tokens:
        return [Window(0, len(text), 1, total + 1, True)]
    assert max_tokens >= 3, "a window holds at least one token besides <s> and </s>"
    starts = offsets[1:-1, 0].tolist()
    sentences = sentence_ends(text, lang)
    words: list[int] | None = None
    inside = _inside(mentions)
    cuts, first = [0], 0
    while total - first > max_tokens - 2:
        low, high = starts[first] + 1, starts[first + max_tokens - 2]
        fair = starts[min(total - 1, first + int((max_tokens - 2) * FEWEST_SHARE))]
        found = _last(sentences, max(low, fair), high, inside)
        if found is None:
            words = [match.start() for match in _WORD_START.finditer(text)] if words is None else words
            found = (
                _last(words, max(low, fair), high, inside)
                or _last(words, low, high, inside)
                or _last(starts, low, high, inside)
                or max(low, high)
            )
        first = bisect_left(starts, found, first)
        if first == total:  # the rest is one character of more tokens than a window holds
            break
        cuts.append(found)
    cuts.append(len(text))
    return [_window(text, starts, a, b) for a, b in pairwise(cuts)]


def _window(text: str, starts: list[int], start: int, end: int) -> Window:
    first, last = bisect_left(starts, start), bisect_left(starts, end)
    return Window(start, end, first + 1, last + 1, _between_words(text, start) and _between_words(text, end))


def _between_words(text: str, at: int) -> bool:
    """Whether tokens before `at` cannot depend on what follows, nor the other way round.

    >>> _between_words("a b", 2), _between_words("a b", 1), _between_words("ab", 1), _between_words("ab", 2)
    (True, False, False, True)
    """
    if at in (0, len(text)):
        return True
    return text[at - 1] in " \n" and unicodedata.category(text[at])[0] not in "MCZ"


def _inside(mentions: Sequence[tuple[int, int]]) -> tuple[list[int], list[int]]:
    ordered = sorted(mentions)
    reach, ends = 0, []
    for _, end in ordered:
        reach = max(reach, end)
        ends.append(reach)
    return [start for start, _ in ordered], ends


def _last(places: list[int], low: int, high: int, inside: tuple[list[int], list[int]]) -> int | None:
    """The greatest of the ascending places in [low, high] that is in no mention's inside."""
    at = bisect_right(places, high) - 1
    starts, ends = inside
    while at >= 0 and places[at] >= low:
        before = bisect_left(starts, places[at]) - 1  # the last mention that begins before the place
        if before < 0 or ends[before] <= places[at]:
            return places[at]
        at -= 1
    return None
