"""`xlmk query`: SQL over the tables that can read them and do nothing else, within bounded memory and time."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Timer

import duckdb

from pipeline.errors import ConfigError, MissingTableError
from pipeline.tables.connection import Connection, fetch, first_line, literal, parse_size
from pipeline.tables.views import open_tables


@dataclass(frozen=True, kw_only=True)
class QueryResult:
    """Names of the columns and the rows; `truncated` where there were more rows than the limit."""

    columns: tuple[str, ...]
    rows: list[tuple[object, ...]]
    truncated: bool


def run_query(
    root: Path,
    sql: str,
    *,
    limit: int | None = 1000,
    memory_limit: str = "1GB",
    threads: int = 1,
    seconds: float = 600,
) -> QueryResult:
    """Runs one SELECT (also DESCRIBE, SHOW TABLES, FROM …, VALUES) over the tables under `root`.

    It can write nothing, change no setting and read no file outside the tables' folder. At most `limit` rows are
    returned (None: all).

    Raises MissingTableError where there are no tables, ConfigError for SQL that is wrong, is no SELECT, or takes longer
    than `seconds` or more memory than `memory_limit` and the temporary folder.
    """
    memory = parse_size(memory_limit, key="memory_limit")
    with (
        tempfile.TemporaryDirectory(prefix="xlmk-query-") as folder,
        open_tables(root, memory_bytes=memory, threads=threads, spill=Path(folder) / "spill") as (connection, names),
    ):
        if not names:
            raise MissingTableError(
                f"no tables under {root}/tables", next_step=f"xlmk extract wikipedia --root {root} …"
            )
        _lock(connection, root)
        with _clear_errors(names), _time_limit(connection, seconds):
            _check_select(connection, sql, names)
            result = connection.execute(sql)
            columns = tuple(column[0] for column in result.description or [])
            rows = result.fetchall() if limit is None else result.fetchmany(limit + 1)
    truncated = limit is not None and len(rows) > limit
    return QueryResult(columns=columns, rows=rows[:limit], truncated=truncated)


def _lock(connection: Connection, root: Path) -> None:
    """From here on only the tables' folder can be reached, and no setting can be changed back."""
    folder = (root / "tables").absolute()
    fetch(connection, f"set allowed_directories = [{literal(str(folder))}]")
    fetch(connection, "set enable_external_access = false")
    fetch(connection, "set lock_configuration = true")


def _check_select(connection: Connection, sql: str, names: tuple[str, ...]) -> None:
    statements = connection.extract_statements(sql)
    kinds = [statement.type for statement in statements]
    if kinds != [duckdb.StatementType.SELECT]:
        found = ", ".join(kind.name for kind in kinds) or "nothing"
        raise ConfigError(f"expected one SELECT, found {found}: the tables are read-only", next_step=_try(names))


def _try(names: tuple[str, ...]) -> str:
    return f"SELECT from {', '.join(names)}, or DESCRIBE one of them"


@contextmanager
def _clear_errors(names: tuple[str, ...]) -> Iterator[None]:
    try:
        yield
    except duckdb.InterruptException as error:
        raise ConfigError("the query took too long and was stopped", next_step="a narrower query") from error
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.IOException:
        raise
    except duckdb.Error as error:
        raise ConfigError(f"the query cannot run: {first_line(error)}", next_step=_try(names)) from error


@contextmanager
def _time_limit(connection: Connection, seconds: float) -> Iterator[None]:
    timer = Timer(seconds, connection.interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
