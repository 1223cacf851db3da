"""Figures for reports, on the small world in literal numbers."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.config.resolve import ResolveConfig
from pipeline.jobs.engine import RunOptions
from pipeline.jobs.resolve import resolve
from pipeline.tables.connection import Connection
from pipeline.tables.statistics import (
    Links,
    Texts,
    link_density,
    mentions_by_status,
    shared_descriptions,
    table_rows,
    text_coverage,
)
from pipeline.tables.views import open_tables
from tests.pipeline.tables.world import rome, text

Opened = tuple[Connection, tuple[str, ...]]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    root: Path = tmp_path_factory.mktemp("statistics")
    world = rome(root)
    world.wikidata["entity_texts"] += [text("en", qid, None, "scientific article") for qid in (1000, 1001, 7275)]
    world.wikidata["entity_texts"] += [text("en", qid, None, "river") for qid in (50, 13712)]
    world.publish()
    resolve(ResolveConfig(root=root), RunOptions(runner="loop"))
    with open_tables(root) as opened:
        yield opened


def test_rows_of_the_tables_that_exist(opened: Opened) -> None:
    rows = table_rows(*opened)
    assert rows["mentions"] == 16 and rows["leads"] == 3 and rows["titles"] == 15
    assert "rejects" not in rows and "entity_texts_fallback" not in rows


def test_statuses(opened: Opened) -> None:
    statuses = mentions_by_status(opened[0])
    assert statuses["no"] == {"resolved": 1} and statuses["it"]["self_link"] == 3
    assert sum(statuses["it"].values()) == 15


def test_how_many_items_share_a_description(opened: Opened) -> None:
    coverage = text_coverage(opened[0])
    assert coverage["en"] == Texts(items=7, labels=2, descriptions=7, distinct_descriptions=4, alone=2, aliases=0)
    assert coverage["no"] == Texts(items=1, labels=1, descriptions=0, distinct_descriptions=0, alone=0, aliases=1)
    assert shared_descriptions(opened[0], "en") == [("scientific article", 3), ("river", 2)]
    assert shared_descriptions(opened[0], "en", limit=1) == [("scientific article", 3)]
    assert shared_descriptions(opened[0], "no") == []


def test_links_in_a_thousand_code_points(opened: Opened) -> None:
    density = link_density(opened[0])
    assert density["no"] == Links(passages=1, chars=29, links=1)
    assert round(density["no"].per_1000_chars, 1) == 34.5
    assert density["it"].links == 15 and density["it"].passages == 9
