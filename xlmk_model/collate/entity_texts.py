"""Which text stands for an entity or a relation in a row: languages drawn, lengths cut, inputs put together."""

import hashlib
from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from xlmk_model.sampling import draw_one, language_probabilities
from xlmk_model.shards import Dataset, Texts
from xlmk_model.shards.texts import Ints


def text_digest(ids: Tensor) -> int:
    """63-bit digest of a row of tokens: equal texts (after cutting) have equal digests.

    >>> text_digest(torch.tensor([0, 5, 2])) == text_digest(torch.tensor([0, 5, 2]))
    True
    """
    return int.from_bytes(hashlib.blake2b(ids.numpy().tobytes(), digest_size=8).digest(), "big") >> 1


def draw_language(
    available: Sequence[str],
    *,
    own: str | None,
    same: float,
    weights: Mapping[str, float],
    generator: torch.Generator,
) -> str:
    """Draw one of the available languages.

    1. With probability `same`, `own`, if it is available.
    2. Otherwise another one, in proportion to `weights` (absent = 0; evenly if all are 0).
    3. Where only `own` is available it is `own`.

    >>> draw_language(["de", "en"], own="de", same=0.0, weights={"en": 1.0}, generator=torch.Generator())
    'en'
    """
    others = [lang for lang in available if lang != own]
    chance = float(torch.rand((), generator=generator))
    if own in available and (not others or chance < same):
        return str(own)
    portions = [weights.get(lang, 0.0) for lang in others]
    return others[draw_one(portions if any(portions) else [1.0] * len(others), generator)]


class TextSource:
    """Draws texts of entities and relations; in training those of held-out entities do not exist."""

    def __init__(self, dataset: Dataset, *, alpha: float, limit: int, training: bool) -> None:
        """`alpha` as in p(language) ∝ texts^alpha; `limit` in tokens."""
        self.texts = dataset.texts(dataset.entity_text)
        self.relations = [dataset.texts(kind) for kind in ("property_label", "property_description")]
        self.limit = limit
        self._hidden = dataset.held_out if training else dataset.held_out[:0]
        self._hidden_ids = set(self._hidden.tolist())
        self.langs = self.texts.langs
        self._numbers = {lang: self.texts.numbers_in(lang, self._hidden) for lang in self.langs}
        counts = [len(self._numbers[lang]) for lang in self.langs]
        self.probabilities = language_probabilities(counts, alpha) if any(counts) else torch.zeros(len(counts))
        self.weights = dict(zip(self.langs, self.probabilities.tolist(), strict=True))

    @cached_property
    def entities(self) -> Ints:
        """Ascending ids of the entities that have a text that may be used."""
        known: Ints = np.unique(np.concatenate([self.texts.ids_in(lang) for lang in self.langs] or [self._hidden[:0]]))
        return known[~np.isin(known, self._hidden)]

    def available(self, qid: int) -> dict[str, int]:
        """Language → number of the entity's texts that may be used."""
        return {} if qid in self._hidden_ids else self.texts.find(qid)

    def tokens(self, texts: Texts, number: int, limit: int | None = None) -> Tensor:
        """Input ids of a text, cut to the limit, int64."""
        return torch.from_numpy(texts.tokens(number, min(limit or self.limit, self.limit))).long()

    def draw(self, qid: int, *, own: str | None, same: float, generator: torch.Generator) -> tuple[Tensor, str]:
        """A text of the entity and its language; the entity must have one."""
        found = self.available(qid)
        lang = draw_language(list(found), own=own, same=same, weights=self.weights, generator=generator)
        return self.tokens(self.texts, found[lang]), lang

    def draw_any(self, generator: torch.Generator) -> Tensor:
        """A text of any entity: language by p ∝ texts^alpha, then evenly."""
        lang = self.langs[draw_one(list(self.weights.values()), generator)]
        numbers = self._numbers[lang]
        at = int(torch.randint(len(numbers), (), generator=generator))
        return self.tokens(self.texts, int(numbers[at]))

    def relation_input(self, subject: Tensor, relation: int, lang: str, limit: int) -> Tensor | None:
        """`<s> subject </s></s> relation </s>`, the relation's label in `lang`, else in another.

        None if the relation has no text. `subject` has its `<s>` and `</s>`.
        """
        for texts in self.relations:
            found = texts.find(relation)
            if found:
                number = found.get(lang, found[min(found)])
                ids = self.tokens(texts, number, limit - len(subject))
                return torch.cat([subject, subject[-1:], ids[1:]])
        return None
