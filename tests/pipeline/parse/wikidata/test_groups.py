"""The statements of a property that are read natively and in Python: same rows, same counts."""

import json
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.parse.wikidata import groups
from pipeline.parse.wikidata.groups import NATIVE, PYTHON, GroupReader
from pipeline.parse.wikidata.model import decoders
from pipeline.records import Statement
from tests.pipeline.parse.wikidata.builder import statement

MAKERS = [one for one in (PYTHON, NATIVE) if one]
NUMBER = st.sampled_from([0, -1, 5, 7, 2**53 - 1, 2**53, 2**62])
ITEM = st.fixed_dictionaries(
    {},
    optional={
        "entity-type": st.sampled_from(["item", "property", "lexeme", None]),
        "numeric-id": NUMBER,
        "id": st.sampled_from(["Q5", "Q0", "L5", "P5"]),
    },
)
VALUE = st.tuples(ITEM | st.just("text"), st.sampled_from(["wikibase-entityid", "string", "time", "unheard of", "<b>"]))
SNAK = st.fixed_dictionaries(
    {"snaktype": st.sampled_from(["value", "value", "somevalue", "novalue"])},
    optional={"datavalue": st.none() | VALUE.map(lambda pair: {"value": pair[0], "type": pair[1]})},
)
GROUP = st.lists(
    st.fixed_dictionaries({"mainsnak": SNAK, "rank": st.sampled_from(["normal", "preferred", "deprecated"])}),
    max_size=6,
)


def rows(
    reader: GroupReader, group: Sequence[object], *, strict: bool = True
) -> tuple[list[Statement], dict[str, int]]:
    of = decoders(("en",))
    kinds = {"time": 3}
    found = (of.claims if strict else of.any_claims).decode(json.dumps({"P31": group}).encode())
    assert isinstance(found, dict)
    return reader.rows(42, 31, found["P31"], kinds), kinds


@pytest.mark.skipif(NATIVE is None, reason="the native reader of statements was not built: no C compiler")
@settings(max_examples=150, deadline=None)
@given(GROUP, st.booleans())
def test_both_give_the_same_rows_and_counts(group: list[object], strict: bool) -> None:
    assert NATIVE is not None
    expected, found = rows(PYTHON, group, strict=strict), rows(NATIVE, group, strict=strict)
    assert found == expected
    assert {type(row) for row in found[0]} <= {Statement}


@pytest.mark.parametrize("reader", MAKERS, ids=lambda one: one.name)
def test_rows_keep_their_order_and_others_are_counted(reader: GroupReader) -> None:
    group = [statement(7), statement(5, "deprecated"), statement(7), statement("x", kind="string"), statement(0)]
    assert rows(reader, group) == (
        [Statement(42, 31, 7, "normal"), Statement(42, 31, 5, "deprecated"), Statement(42, 31, 7, "normal")],
        {"time": 3, "string": 1, "value_item": 1},
    )


@pytest.mark.parametrize("reader", MAKERS, ids=lambda one: one.name)
def test_what_cannot_be_read_is_an_error(reader: GroupReader) -> None:
    with pytest.raises(AttributeError):
        reader.rows(42, 31, [object()], {})  # type: ignore[arg-type]


@pytest.mark.skipif(NATIVE is None, reason="the native reader of statements was not built: no C compiler")
@pytest.mark.parametrize("arguments", [(1, 2, ()), (1, 2, (), {}), (1, 2, [], None)])
def test_native_refuses_other_arguments(arguments: tuple[object, ...]) -> None:
    assert NATIVE is not None
    with pytest.raises(TypeError, match="expected rows"):
        NATIVE.rows(*arguments)  # type: ignore[arg-type]


def test_choice() -> None:
    assert groups.choose("python") is PYTHON
    assert groups.choose(None) is (NATIVE or PYTHON)
