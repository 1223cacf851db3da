"""What goes into training, validation and test: a pure function of a seed and of what a thing is.

Nothing here looks at other rows, so a split does not change when pages, triples or languages are added.
"""

from typing import Literal

import numpy as np
import numpy.typing as npt

from pipeline.manifest.digests import keyed_unit

Split = Literal["train", "valid", "test"]
SPLITS: tuple[Split, ...] = ("train", "valid", "test")
Ints = npt.NDArray[np.int64]
_ENTITY = 0x656E74697479
"""Keeps the digest of an entity apart from that of a pair."""
_MIX = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))


def page_split(seed: int, lang: str, page_id: int, *, valid: float, test: float) -> Split:
    """The split of a page and of everything on it; `valid` and `test` are shares of the pages.

    >>> [page_split(0, "it", page_id, valid=0.3, test=0.3) for page_id in range(6)]
    ['train', 'valid', 'test', 'test', 'test', 'test']
    """
    place = keyed_unit(seed, "page", lang, page_id)
    if place < test:
        return "test"
    return "valid" if place < test + valid else "train"


def held_out_mask(seed: int, qids: Ints, share: float) -> npt.NDArray[np.bool_]:
    """Which entities are kept out of training.

    >>> int(held_out_mask(0, np.arange(10_000), 0.05).sum())
    506
    """
    return mix(seed, qids, np.full(len(qids), _ENTITY)) / np.float64(2**64) < share


def pair_units(seed: int, subjects: Ints, objects: Ints) -> npt.NDArray[np.float64]:
    """A number in [0, 1) for each pair of entities, whichever of them is the subject: how triples are split.

    All facts between the same two entities fall on the same side, in either direction and by whatever property:
    "borders" both ways, "capital" and "capital of", "country" and "located in".

    >>> pair_units(0, np.array([38, 220]), np.array([220, 38])).tolist()
    [0.8189129894216978, 0.8189129894216978]
    """
    low, high = np.minimum(subjects, objects), np.maximum(subjects, objects)
    return mix(seed, low, high) / np.float64(2**64)


def mix(seed: int, *columns: Ints) -> npt.NDArray[np.uint64]:
    """A 64-bit digest of each row of integer columns, keyed by the seed.

    SplitMix64's finaliser (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014) once per column:
    BLAKE2b row by row would take a minute per ten million triples.

    >>> mix(0, np.array([1, 1]), np.array([2, 3])).tolist()
    [13608149317741381227, 9716232063330790915]
    """
    step, first, second = _MIX
    state = np.full(len(columns[0]), np.uint64(seed % 2**64), np.uint64)
    for column in columns:
        state = (state ^ column.astype(np.uint64)) + step
        state = (state ^ (state >> np.uint64(30))) * first
        state = (state ^ (state >> np.uint64(27))) * second
        state = state ^ (state >> np.uint64(31))
    return state


def triple_splits(seed: int, subjects: Ints, objects: Ints, *, held_out: Ints, share: float) -> npt.NDArray[np.int8]:
    """The split of each triple as an index into `SPLITS`; `held_out` are ascending ids.

    1. A triple with a held-out entity at either end is in `test`.
    2. Of the others, `share` of the pairs of entities are held out: half of them in `valid`, half in `test`.
    3. The rest is `train`.
    """
    units = pair_units(seed, subjects, objects)
    splits = np.where(units < share / 2, 1, np.where(units < share, 2, 0)).astype(np.int8)
    splits[is_in(subjects, held_out) | is_in(objects, held_out)] = 2
    return splits


def is_in(values: Ints, ascending: Ints) -> npt.NDArray[np.bool_]:
    """Which values occur among ascending ids.

    >>> is_in(np.array([5, 1, 9]), np.array([1, 5])).tolist()
    [True, True, False]
    """
    if not len(ascending):
        return np.zeros(len(values), np.bool_)
    at = np.minimum(np.searchsorted(ascending, values), len(ascending) - 1)
    found: npt.NDArray[np.bool_] = ascending[at] == values
    return found
