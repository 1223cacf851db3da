"""docs/tables.md says what the schemas declare, and its queries run."""

import re
from pathlib import Path

import pyarrow as pa
import pytest

from pipeline.config.resolve import ResolveConfig
from pipeline.jobs.engine import RunOptions
from pipeline.jobs.resolve import resolve
from pipeline.schemas import TABLES
from pipeline.tables.query import run_query
from pipeline.tables.views import VIEWS
from tests.pipeline.tables.world import rome

PAGE = Path(__file__).resolve().parents[3] / "docs" / "tables.md"
TEXT = PAGE.read_text(encoding="utf-8")
QUERIES = re.findall(r"```sql\n(.*?)```", TEXT, re.DOTALL)


def documented(table: str) -> list[tuple[str, str, bool]]:
    """Columns of a table's section: name, type, whether it says what null means."""
    section = re.search(rf"^## {table}\n(.*?)(?=^## |\Z)", TEXT, re.DOTALL | re.MULTILINE)
    assert section, f"no section {table}"
    rows = re.findall(r"^\| (\w+) \| ([\w<>, ]+) \| .* \|(.*)\|$", section[1], re.MULTILINE)
    return [(name, kind, bool(null.strip())) for name, kind, null in rows if kind.startswith(("int", "str", "list<"))]


def declared_type(kind: pa.DataType) -> str:
    """A type as the page writes it."""
    if pa.types.is_list(kind):
        return f"list<{declared_type(kind.value_type)}>"
    return f"struct<{', '.join(field.name for field in kind)}>" if pa.types.is_struct(kind) else str(kind)


@pytest.mark.parametrize("name", TABLES)
def test_every_column_is_described(name: str) -> None:
    table = TABLES[name]
    partition = [(table.partition, "string", False)] if table.partition else []
    declared = [(field.name, declared_type(field.type), field.nullable) for field in table.schema]
    assert documented(name) == partition + declared


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    world = rome(tmp_path_factory.mktemp("docs"))
    world.publish()
    resolve(ResolveConfig(root=world.root), RunOptions(runner="loop"))
    return world.root


@pytest.mark.parametrize("sql", QUERIES)
def test_its_queries_run(root: Path, sql: str) -> None:
    assert run_query(root, sql).rows


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_is_described_with_its_columns(root: Path, view: str) -> None:
    row = re.search(rf"^\| {view} \| ([^|]*) \|", TEXT, re.MULTILINE)
    assert row
    assert tuple(row[1].split(", ")) == run_query(root, f"from {view} limit 0").columns
