"""Texts put together from words that were tokenized before: a word's tokens do not depend on the words around it.

XLM-R's tokenizer splits at white space before it looks for pieces, so a text's tokens are those of its words in a row.
Texts repeat their words, and tokenizing takes some thirty times as long as looking a word up. A text goes through the
tokenizer as it is where that does not hold: it has a word that is not `alone` (a character deleted by the normaliser,
or one that joins the space beside it), or one that is so long that it will not come again (scripts without spaces).
"""

from collections.abc import Callable, Sequence
from itertools import compress

import numpy as np
import numpy.typing as npt

from pipeline.tokenizer.tokens import Ids, Ints, Tokens
from pipeline.tokenizer.xlmr import BOS, EOS

LONGEST = 32
"""Code points of a word that is kept."""
MOST = 1 << 17
"""Words that are kept; with more, all are forgotten. They take some 30 MB."""
_TOGETHER = 64
"""New words tokenized as one text: one at a time takes twice as long."""


class _Numbers(dict[str, int]):
    """Word → its number; new words get the next one and are put into `new`."""

    def __init__(self) -> None:
        super().__init__({" ": 0})  # no word: words are what stands between spaces
        self.new: list[str] = []

    def __missing__(self, word: str) -> int:
        number = self[word] = len(self)
        self.new.append(word)
        return number


class WordTable:
    """Tokens of words by their number; `whole` tokenizes texts, `alone` says of a word whether it may be kept."""

    def __init__(self, whole: Callable[[Sequence[str]], Tokens], alone: Callable[[str], bool]) -> None:
        self._whole, self._alone = whole, alone
        self._clear()

    def _clear(self) -> None:
        self._numbers = _Numbers()
        self._kept: npt.NDArray[np.bool_] = np.zeros(1, np.bool_)
        self._first: Ints = np.zeros(1, np.int64)
        self._count: Ints = np.zeros(1, np.int64)
        self._ids: Ids = np.zeros(0, np.int32)
        self._offsets: Ids = np.zeros((0, 2), np.int32)

    def encode(self, texts: Sequence[str]) -> Tokens:
        """The tokens of some texts: what `whole` gives for them."""
        if not texts:
            return self._whole(texts)
        if len(self._numbers) > MOST:
            self._clear()
        size = np.fromiter((text.count(" ") for text in texts), np.int64, len(texts)) + 1
        words = " ".join(texts).split(" ")
        length = np.fromiter(map(len, words), np.int64, len(words))
        text_of = np.repeat(np.arange(len(texts)), size)
        start = np.cumsum(length + 1) - length - 1
        start -= np.repeat(start[np.cumsum(size) - size], size)
        apart = np.zeros(len(texts), np.bool_)
        apart[text_of[length > LONGEST]] = True
        numbers = np.zeros(len(words), np.int64)
        wanted = ~apart[text_of]
        numbers[wanted] = self._look_up(words if wanted.all() else list(compress(words, wanted.tolist())))
        apart[text_of[~self._kept[numbers]]] = True
        inside = ~apart[text_of]
        return self._put_together(texts, apart, text_of[inside], numbers[inside], start[inside])

    def _put_together(
        self, texts: Sequence[str], apart: npt.NDArray[np.bool_], text_of: Ints, numbers: Ints, start: Ints
    ) -> Tokens:
        """Words (their text, number, first code point in it) and the texts that are tokenized `apart`."""
        count = self._count[numbers]
        inner = np.bincount(text_of, weights=count, minlength=len(texts)).astype(np.int64)
        others = self._whole(list(compress(texts, apart.tolist())))
        bounds = np.zeros(len(texts) + 1, np.int64)
        size = inner + 2
        size[apart] = others.lengths
        np.cumsum(size, out=bounds[1:])
        ids, offsets = np.empty(bounds[-1], np.int32), np.empty((bounds[-1], 2), np.int32)
        # Words: token n of the words stands at `place[n]` and is number `source[n]` of the table.
        run = np.arange(int(count.sum()))
        source = run + np.repeat(self._first[numbers] - np.cumsum(count) + count, count)
        place = run + np.repeat(bounds[:-1] + 1 - np.cumsum(inner) + inner, inner)
        ids[place] = self._ids[source]
        offsets[place] = self._offsets[source] + np.repeat(start, count)[:, None].astype(np.int32)
        first, last = bounds[:-1][~apart], bounds[1:][~apart] - 1
        ids[first], ids[last] = BOS, EOS
        offsets[first] = 0
        offsets[last] = offsets[last - 1, 1:]
        place = np.arange(len(others.ids)) + np.repeat(bounds[:-1][apart] - others.bounds[:-1], others.lengths)
        ids[place], offsets[place] = others.ids, others.offsets
        return Tokens(ids, offsets, bounds)

    def _look_up(self, words: list[str]) -> Ints:
        """The number of each word; new ones are tokenized."""
        numbers = np.fromiter(map(self._numbers.__getitem__, words), np.int64, len(words))
        if self._numbers.new:
            self._learn(self._numbers.new)
            self._numbers.new = []
        return numbers

    def _learn(self, words: list[str]) -> None:
        """Appends the tokens of new words, in the order of their numbers."""
        kept = np.array([self._alone(word) for word in words])
        good = list(compress(words, kept.tolist()))
        groups = [good[start : start + _TOGETHER] for start in range(0, len(good), _TOGETHER)]
        tokens = self._whole([" ".join(group) for group in groups])
        inner = np.ones(len(tokens.ids), np.bool_)
        inner[tokens.bounds[:-1]] = inner[tokens.bounds[1:] - 1] = False
        # Places count on from group to group, so that a token's word is the last one that begins at it or before.
        length = np.fromiter(map(len, good), np.int64, len(good))
        begins = np.cumsum(length + 1) - length - 1
        base = np.repeat(begins[::_TOGETHER], tokens.lengths)
        place = (tokens.offsets + base[:, None])[inner]
        word = np.searchsorted(begins, place[:, 0], side="right") - 1
        count = np.zeros(len(words), np.int64)
        count[kept] = np.bincount(word, minlength=len(good))
        self._kept = np.concatenate([self._kept, kept])
        self._first = np.concatenate([self._first, len(self._ids) + np.cumsum(count) - count])
        self._count = np.concatenate([self._count, count])
        self._ids = np.concatenate([self._ids, tokens.ids[inner]])
        self._offsets = np.concatenate([self._offsets, (place - begins[word][:, None]).astype(np.int32)])
