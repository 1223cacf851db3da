"""Columns that grow natively are those that Python makes: same arrays, same refusals."""

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.parse.columns import NATIVE, PYTHON, Columns, ColumnsMaker, new_builder
from pipeline.schemas import LINK

FIELDS = [
    pa.field("a", pa.int64(), nullable=False),
    pa.field("b", pa.list_(pa.field("element", pa.string(), nullable=False)), nullable=False),
    pa.field("c", pa.string()),
    pa.field("d", pa.list_(pa.field("element", LINK, nullable=False)), nullable=False),
    pa.field("e", pa.int32()),
]
TEXT = st.text(st.sampled_from("aé日😀\x00 "), max_size=6)
SMALL = st.integers(-(2**31), 2**31 - 1)
LINKS = st.lists(st.tuples(SMALL, SMALL, TEXT, st.none() | TEXT), max_size=3).map(tuple)
ROWS = st.tuples(
    st.integers(-(2**63), 2**63 - 1), st.lists(TEXT, max_size=3), st.none() | TEXT, LINKS, st.none() | SMALL
)
MAKERS = [one for one in (PYTHON, NATIVE) if one]
NOT_BUILT = "the native builder of columns was not built: no C compiler"


@pytest.mark.skipif(NATIVE is None, reason=NOT_BUILT)
@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(ROWS, max_size=12), max_size=4))
def test_both_make_the_same_arrays(batches: list[list[tuple[object, ...]]]) -> None:
    """Also when they go on after arrays were taken."""
    assert NATIVE is not None
    one, other = PYTHON.new(FIELDS), NATIVE.new(FIELDS)
    for rows in batches:
        for made in (one, other):
            made.extend(rows[:5])
            made.extend(tuple(rows[5:]))
        assert len(one) == len(other) == len(rows)
        for field, expected, found in zip(FIELDS, one.arrays(), other.arrays(), strict=True):
            found.validate(full=True)
            assert found.equals(expected) and found.type == field.type
            assert found.null_count == expected.null_count


def _arrays(made: Columns, row: tuple[object, ...]) -> list[pa.Array]:
    made.extend([row])
    return made.arrays()


@pytest.mark.parametrize("maker", MAKERS, ids=lambda one: one.name)
@pytest.mark.parametrize(
    "row",
    [
        (1, (), "x", (), 2**31),
        (2**63, (), "x", (), 1),
        (None, (), "x", (), 1),
        (1, (), 5, (), 1),
        (1, ("x", None), "x", (), 1),
        (1, (), "\ud800", (), 1),
        (1, 7, "x", (), 1),
        (1, (), "x", ((1, 2, "t"),), 1),
        (1, (), "x", ((1, 2, None, None),), 1),
        (1, (), "x", (), "1"),
        (1, (), "x", ()),
    ],
)
def test_what_does_not_fit_is_an_error(maker: ColumnsMaker, row: tuple[object, ...]) -> None:
    """And no array is made of half a row."""
    made = maker.new(FIELDS)
    made.extend([(1, ("x",), None, ((1, 2, "t", None),), None)])
    with pytest.raises((pa.ArrowException, AssertionError, OverflowError, TypeError, UnicodeError, ValueError)):
        _arrays(made, row)
    if maker is NATIVE:
        with pytest.raises(RuntimeError, match="half a row"):
            made.arrays()


@pytest.mark.skipif(NATIVE is None, reason=NOT_BUILT)
@pytest.mark.parametrize(
    "layout", ["x", "[", "[i", "[]", "[is]", "{i", "]", "?", "?[i]", "i?", "[" * 20 + "i" + "]" * 20]
)
def test_a_layout_that_is_none_is_refused(layout: str) -> None:
    with pytest.raises(ValueError, match="not a layout"):
        new_builder(layout)
