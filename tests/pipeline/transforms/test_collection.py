"""Python's search for cycles is rare while an item is done, and as before afterwards, also after an error."""

import gc

import pytest

from pipeline.transforms.collection import few_collections, keep_what_is_loaded


def test_cycles_are_sought_rarely_inside_and_as_before_outside() -> None:
    before = gc.get_threshold()
    with few_collections():
        inside = gc.get_threshold()
        assert gc.isenabled() and inside[0] >= 100 * before[0]
        with few_collections():
            assert gc.get_threshold() == inside
        assert gc.get_threshold() == inside
    assert gc.get_threshold() == before


def test_an_error_puts_it_back() -> None:
    before = gc.get_threshold()
    with pytest.raises(KeyError), few_collections():
        raise KeyError
    assert gc.get_threshold() == before


def test_what_is_loaded_is_left_out_once() -> None:
    keep_what_is_loaded()
    frozen = gc.get_freeze_count()
    later = [[number] for number in range(100)]
    keep_what_is_loaded()
    assert gc.get_freeze_count() <= frozen and frozen > 10_000
    assert any(found is later for found in gc.get_objects())  # still searched
