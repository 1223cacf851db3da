"""A loaded tokenizer: texts in, ids with `<s>` and `</s>` and the code points that each token comes from out."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer as Backend

from pipeline.tokenizer import xlmr
from pipeline.tokenizer.tokens import Ids, Tokens, flat, settle
from pipeline.tokenizer.words import WordTable


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
        """The ids of each text with `<s>` and `</s>`."""
        return self.encode(texts).rows()

    def encode(self, texts: Sequence[str]) -> Tokens:
        """Ids and offsets of the tokens of all texts. What words became is kept, so words that come again are cheap."""
        return self._words.encode(texts)

    def encode_whole(self, texts: Sequence[str]) -> Tokens:
        """The same without the table of words: each text goes through the `tokenizers` library as it is."""
        found = flat(self.backend.encode_batch(list(texts)))
        ids, offsets, bounds = found
        for number, text in enumerate(texts):
            if not text.isprintable():
                tokens = slice(bounds[number], bounds[number + 1])
                self._without_deleted(text, ids[tokens], offsets[tokens])
        special = (ids < xlmr.UNK) | (ids == self.mask)
        special[bounds[1:] - 1] = special[bounds[:-1]] = False
        ids[special] = xlmr.UNK
        settle(found, self._lone_meta)
        return found

    @cached_property
    def _words(self) -> WordTable:
        return WordTable(self.encode_whole, self._stands_alone)

    @cached_property
    def _normalised(self) -> Callable[[str], str]:
        normalizer = self.backend.normalizer
        return normalizer.normalize_str if normalizer else str

    def _stands_alone(self, word: str) -> bool:
        """Whether nothing is deleted from a word, and it is normalised apart from the spaces beside it."""
        if word.isascii() and word.isprintable():
            return True
        if not all(character.isprintable() or self._normalised(character) for character in word):
            return False
        return self._normalised(f" {word} ") == f" {self._normalised(word)} "

    def _without_deleted(self, text: str, ids: Ids, offsets: Ids) -> None:
        """The offsets, in place, of a text with characters that the normaliser deletes (bidi marks, controls).

        `tokenizers` counts them wrongly at the beginning and after a character that became several: so the text is
        encoded without them, unless that would change its ids.
        """
        normalised = self._normalised
        kept = [at for at, character in enumerate(text) if character.isprintable() or normalised(character)]
        if len(kept) == len(text):
            return
        shown = flat([self.backend.encode("".join(text[at] for at in kept))])
        if np.array_equal(shown.ids, ids):
            places = np.array([*kept, len(text)], dtype=np.int32)
            offsets[:, 0] = places[shown.offsets[:, 0]]
            offsets[:, 1] = places[np.maximum(shown.offsets[:, 1], 1) - 1] + 1

    def decode(self, ids: Sequence[int] | Ids) -> str:
        """The text of some ids, normalised, specials left out."""
        return self.backend.decode([int(token) for token in ids], skip_special_tokens=True)

    def write(self, folder: Path) -> None:
        """Writes the tokenizer's files into `folder` (see `xlmr.write_tokenizer_folder`)."""
        xlmr.write_tokenizer_folder(folder, self.json, self.model)
