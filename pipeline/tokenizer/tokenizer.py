"""A loaded tokenizer: texts in, ids with `<s>` and `</s>` and the code points that each token comes from out."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tokenizers import Encoding
from tokenizers import Tokenizer as Backend

from pipeline.tokenizer import xlmr

Ids = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Encoded:
    """A text's tokens. `ids[0]` is `<s>` and `ids[-1]` is `</s>`."""

    ids: Ids
    _backend: Encoding
    _kept: Ids | None
    _lone_meta: int
    _plain: bool
    """Whether every character of the text can be printed: only then nothing in it may be deleted."""

    @cached_property
    def offsets(self) -> Ids:
        """Where each token comes from: [tokens, 2], half-open, in code points; made when first asked for.

        Token i comes from `text[offsets[i, 0]:offsets[i, 1]]`. Both columns ascend; ranges may overlap where one
        character became several tokens (`㎞` → `k` `m`). `<s>`, `</s>` and a `▁` that stands alone (the mark of a
        word's beginning, not part of it) have empty ranges.
        """
        flat = np.fromiter(chain.from_iterable(self._backend.offsets), np.int32, count=2 * len(self.ids))
        pairs = flat.reshape(-1, 2)
        if self._kept is not None:  # places of the characters that the tokenizer was shown
            pairs = np.stack([self._kept[pairs[:, 0]], self._kept[np.maximum(pairs[:, 1], 1) - 1] + 1], axis=1)
        lone = self.ids == self._lone_meta
        pairs[lone, 1] = pairs[lone, 0]
        pairs[0] = 0
        pairs[-1] = pairs[:-1, 1].max()
        pairs[:, 1] = np.maximum.accumulate(pairs[:, 1])
        return pairs

    def touched(self, places: Iterable[tuple[int, int]]) -> list[tuple[int, int, bool]] | None:
        """The tokens that share a character with each place [start, end): first, last (half-open), and
        whether they cover more than it.

        Asks the tokenizer for single characters instead of making `offsets`, which takes longer than tokenizing does.
        None where that could differ from what `offsets` say: a place that is empty, that begins or ends with a
        character of no token or of several, or with a `▁` alone, or in a text of which something is deleted.
        """
        if self._kept is not None or not self._plain:
            return None
        token_of, characters_of, last_of_all = self._backend.char_to_token, self._backend.token_to_chars, len(self.ids)
        found = []
        for start, end in places:
            if start >= end:
                return None
            first, last = token_of(start), token_of(end - 1)
            if first is None or last is None or self.ids[first] == self._lone_meta or self.ids[last] == self._lone_meta:
                return None
            after = characters_of(last + 1) if last + 2 < last_of_all else None
            if after is not None and after[0] < end:
                return None
            begin, finish = characters_of(first), characters_of(last)
            assert begin is not None and finish is not None, "tokens of the text itself"
            found.append((first, last + 1, begin[0] < start or finish[1] > end))
        return found


@dataclass(frozen=True)
class Tokenizer:
    """XLM-R's kind of tokenizer, as `load_tokenizer` finds it in `source`.

    Special tokens written in a text (`</s>` in an article on HTML) are text: they become `<unk>`, never special ids.
    """

    source: Path
    backend: Backend = field(repr=False)
    model: bytes | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        self.backend.encode_special_tokens = True
        self.backend.no_padding()
        self.backend.no_truncation()

    @cached_property
    def json(self) -> str:
        """The tokenizer as canonical JSON: what `tokenizer.json` holds."""
        return xlmr.tokenizer_json(self.backend)

    @cached_property
    def digest(self) -> str:
        """Identity of the tokenizer, whichever file it was loaded from: 32 hexadecimal digits."""
        return hashlib.blake2b(self.json.encode(), digest_size=16).hexdigest()

    @cached_property
    def vocab_size(self) -> int:
        """Number of ids, specials included: the height of the model's embedding."""
        return self.backend.get_vocab_size(with_added_tokens=True)

    @cached_property
    def mask(self) -> int:
        """Id of `<mask>`: that of the last token of the original vocabulary."""
        found = self.backend.token_to_id(xlmr.MASK_TOKEN)
        assert found is not None, "checked when loaded"
        return found

    @cached_property
    def _lone_meta(self) -> int:
        found = self.backend.token_to_id(xlmr.META)
        return -1 if found is None else found

    def describe(self) -> dict[str, int | str]:
        """Digest, size and special ids: the `tokenizer` entry of a data set."""
        ids = {"bos": xlmr.BOS, "pad": xlmr.PAD, "eos": xlmr.EOS, "unk": xlmr.UNK, "mask": self.mask}
        return {"digest": self.digest, "vocab_size": self.vocab_size, **ids}

    def ids(self, texts: Sequence[str]) -> list[Ids]:
        """The ids of each text with `<s>` and `</s>`: the fast way, without offsets."""
        return self._rows(self.backend.encode_batch_fast(list(texts)))

    def encode(self, texts: Sequence[str]) -> list[Encoded]:
        """Ids and offsets of each text."""
        found = self.backend.encode_batch(list(texts))
        rows = self._rows(found)
        return [
            Encoded(ids, encoding, None, self._lone_meta, True)
            if text.isprintable()
            else self._without_deleted(text, ids, encoding)
            for text, ids, encoding in zip(texts, rows, found, strict=True)
        ]

    def _without_deleted(self, text: str, ids: Ids, encoding: Encoding) -> Encoded:
        """The offsets of a text with characters that the normaliser deletes (bidi marks, control characters).

        `tokenizers` counts them wrongly at the beginning and after a character that became several: so the text is
        encoded without them, unless that would change its ids.
        """
        normalizer = self.backend.normalizer
        kept = [
            at
            for at, character in enumerate(text)
            if character.isprintable() or (normalizer.normalize_str(character) if normalizer else character)
        ]
        if len(kept) < len(text):
            shown = self.backend.encode("".join(text[at] for at in kept))
            if shown.ids == encoding.ids:
                places = np.array([*kept, len(text)], dtype=np.int32)
                return Encoded(ids, shown, places, self._lone_meta, False)
        return Encoded(ids, encoding, None, self._lone_meta, False)

    def decode(self, ids: Sequence[int] | Ids) -> str:
        """The text of some ids, normalised, specials left out."""
        return self.backend.decode([int(token) for token in ids], skip_special_tokens=True)

    def write(self, folder: Path) -> None:
        """Writes the tokenizer's files into `folder` (see `xlmr.write_tokenizer_folder`)."""
        xlmr.write_tokenizer_folder(folder, self.json, self.model)

    def _rows(self, found: Sequence[Encoding]) -> list[Ids]:
        """The ids as one array cut into views; special ids inside a text become `<unk>`."""
        lists = [encoding.ids for encoding in found]
        ends = np.cumsum([len(row) for row in lists], dtype=np.int64)
        flat = np.fromiter(chain.from_iterable(lists), np.int32, count=int(ends[-1]) if lists else 0)
        special = (flat < xlmr.UNK) | (flat == self.mask)
        special[ends - 1] = special[ends[:-1]] = special[:1] = False
        flat[special] = xlmr.UNK
        return [flat[start:end] for start, end in pairwise([0, *ends.tolist()])]
