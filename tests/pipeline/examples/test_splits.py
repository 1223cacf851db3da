"""Splits are disjoint, near their shares, and do not depend on what else there is."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.examples.duplicates import bucket_of, text_digest
from pipeline.examples.packing import pack
from pipeline.examples.splits import SPLITS, held_out_mask, page_split, triple_splits

TRIPLES = st.lists(st.tuples(st.integers(1, 30), st.integers(1, 4), st.integers(1, 30)), min_size=1, max_size=80)


@settings(max_examples=100, deadline=None)
@given(TRIPLES, st.integers(0, 2**70), st.floats(0, 0.9))
def test_triples_of_a_pair_are_on_one_side_and_held_out_entities_in_test(
    triples: list[tuple[int, int, int]], seed: int, share: float
) -> None:
    rows = np.array(triples, np.int64).T
    entities = np.arange(1, 31)
    held_out = entities[held_out_mask(seed, entities, 0.2)]
    splits = triple_splits(seed, rows[0], rows[2], held_out=held_out, share=share)
    sides: dict[frozenset[int], set[int]] = {}
    for (subject, _, target), split in zip(triples, splits.tolist(), strict=True):
        sides.setdefault(frozenset((subject, target)), set()).add(split)
        if {subject, target} & set(held_out.tolist()):
            assert SPLITS[split] == "test"
    assert all(len(found) == 1 for found in sides.values())
    last = slice(len(triples) - 1, None)
    assert triple_splits(seed, rows[0, last], rows[2, last], held_out=held_out, share=share) == splits[-1]


def test_shares_are_near_what_was_asked() -> None:
    found = [page_split(3, "it", page, valid=0.1, test=0.2) for page in range(20_000)]
    assert abs(found.count("valid") - 2000) < 150 and abs(found.count("test") - 4000) < 200
    qids = np.arange(100_000)
    assert abs(int(held_out_mask(3, qids, 0.05).sum()) - 5000) < 250
    splits = triple_splits(3, qids, qids + 7, held_out=qids[:0], share=0.1).tolist()
    assert abs(splits.count(1) - 5000) < 250 and abs(splits.count(2) - 5000) < 250


def test_seeds_and_kinds_are_independent() -> None:
    qids = np.arange(100_000)
    both = held_out_mask(1, qids, 0.1) & held_out_mask(2, qids, 0.1)
    assert abs(int(both.sum()) - 1000) < 150
    pairs = triple_splits(1, qids, qids, held_out=qids[:0], share=0.2) == 1
    assert abs(int((pairs & held_out_mask(1, qids, 0.1)).sum()) - 1000) < 150


@given(st.text(max_size=30), st.integers(0, 12))
def test_near_duplicates_meet_in_a_bucket(text: str, bits: int) -> None:
    digest = text_digest(5, text)
    assert 0 <= bucket_of(digest, bits) < 1 << bits
    if any(character.isalpha() for character in text):
        assert text_digest(5, f"  {text} !") == digest


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 40)), max_size=30))
def test_packing_keeps_order_keys_and_the_limit(rows: list[tuple[int, int]]) -> None:
    keys, lengths = [key for key, _ in rows], [length for _, length in rows]
    ranges = list(pack(keys, lengths, limit=30))
    assert [n for start, end in ranges for n in range(start, end)] == list(range(len(rows)))
    for start, end in ranges:
        assert len(set(keys[start:end])) == 1 and (sum(lengths[start:end]) <= 30 or end - start == 1)
