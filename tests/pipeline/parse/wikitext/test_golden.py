"""The golden cases, one test each."""

import pytest

from tests.pipeline.parse.wikitext.golden import Case, cases, parse, shown


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_golden_case(case: Case) -> None:
    """The passages of the case's input are the lines of its output."""
    page = parse(case)
    assert [shown(passage) for passage in page.passages] == case.expected


def test_case_names_are_unique() -> None:
    """A name finds one case."""
    names = [(case.name, case.lang) for case in cases()]
    assert len(names) > 100
    assert len(names) == len(set(names))
