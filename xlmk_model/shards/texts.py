"""Texts of entities and properties by id, and facts by (subject, property): lookups in the cached arrays."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from xlmk_model.shards.cache import Arrays

Ints = npt.NDArray[np.int64]


class Texts:
    """All texts of one kind. A text is known by its number: its place in the cache."""

    def __init__(self, arrays: Arrays, *, kinds: Sequence[str], langs: Sequence[str], kind: str) -> None:
        """`kinds` and `langs` are the sorted names that the arrays' codes point to."""
        code = list(kinds).index(kind) if kind in kinds else len(kinds)
        kind_codes = arrays["text_kind"]
        self.first = int(np.searchsorted(kind_codes, code, side="left"))
        self.end = int(np.searchsorted(kind_codes, code, side="right"))
        self.langs = tuple(langs)
        self._ids = arrays["text_id"][self.first : self.end]
        self._lang = arrays["text_lang"][self.first : self.end]
        self._offsets = arrays["text_offsets"]
        self._tokens = arrays["text_tokens"]

    def __len__(self) -> int:
        return self.end - self.first

    def find(self, entity: int) -> dict[str, int]:
        """Language → number of that entity's text; empty if there is none."""
        low, high = int(self._ids.searchsorted(entity)), int(self._ids.searchsorted(entity, side="right"))
        return {self.langs[code]: self.first + low + at for at, code in enumerate(self._lang[low:high].tolist())}

    def tokens(self, number: int, limit: int | None = None) -> npt.NDArray[np.int32]:
        """Input ids of a text with `<s>` and `</s>`; cut to `limit` tokens, keeping its `</s>`."""
        ids = np.array(self._tokens[self._offsets[number] : self._offsets[number + 1]], np.int32)
        if limit is not None and len(ids) > limit:
            ids = np.concatenate([ids[: limit - 1], ids[-1:]])
        return ids

    def ids_in(self, lang: str) -> Ints:
        """Ascending ids that have a text in that language."""
        code = self.langs.index(lang) if lang in self.langs else -1
        return np.asarray(self._ids[self._lang == code], np.int64)

    def numbers_in(self, lang: str, without: Ints) -> Ints:
        """Numbers of the texts in a language, ascending, but for those of the entities `without`."""
        code = self.langs.index(lang) if lang in self.langs else -1
        chosen = (self._lang == code) & ~np.isin(self._ids, without)
        return np.flatnonzero(chosen) + self.first


class Facts:
    """All true triples of all splits, sorted by (subject, property, object)."""

    def __init__(self, facts: Ints) -> None:
        """`facts` [n, 3], ascending."""
        self._facts = facts
        self._subjects = facts[:, 0]

    def objects(self, subject: int, relation: int) -> Ints:
        """Ascending ids of all objects that are true of a subject and a property.

        >>> Facts(np.array([[1, 5, 7], [1, 5, 9], [1, 6, 8], [2, 5, 7]])).objects(1, 5)
        array([7, 9])
        """
        low, high = np.searchsorted(self._subjects, [subject, subject + 1])
        own = self._facts[low:high]
        return np.asarray(own[own[:, 1] == relation, 2], np.int64)
