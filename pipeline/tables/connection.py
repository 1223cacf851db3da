"""DuckDB connections: bounded memory and threads, spilling into a folder of ours, no network and no extensions.

DuckDB itself is loaded when it is first needed: by then a job has left what was loaded out of the search for cycles
(`pipeline.transforms.collection`), and what is left out while DuckDB is there is reported by it as leaked at the end.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from pipeline.errors import ConfigError, InputError, TargetError
from pipeline.manifest.storage import remove_tree

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Connection: TypeAlias = "DuckDBPyConnection"
"""An open DuckDB connection: it has one unread result at a time."""
Parameters = Mapping[str, object]
"""Values bound to the `$name`s of a statement."""
_UNITS = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30}
_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*")
MIN_MEMORY_BYTES = 64 * 10**6
"""Below this DuckDB cannot sort even small tables."""


def parse_size(text: str, *, key: str) -> int:
    """Bytes of a size such as "1GB", "512MB", "2GiB" or "1000000".

    >>> parse_size("1.5GB", key="memory_limit"), parse_size("64 MiB", key="memory_limit")
    (1500000000, 67108864)

    Raises ConfigError, which names `key`.
    """
    match = _SIZE.fullmatch(text)
    if match is None or match[2].upper() not in _UNITS:
        raise ConfigError(f"{key} is {text!r}: expected a size such as '2GB' or '512MB'")
    return int(float(match[1]) * _UNITS[match[2].upper()])


@contextmanager
def connect(*, memory_bytes: int, threads: int = 1, spill: Path | None = None) -> Iterator[Connection]:
    """An empty in-memory database; what does not fit in `memory_bytes` goes to the folder `spill`, removed at the end.

    Nothing is loaded or installed from outside, and Python variables are not visible as tables. Without `spill` nothing
    is written to disk.
    """
    import duckdb  # noqa: PLC0415  # see above

    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": f"{memory_bytes}B",
        "threads": threads,
        "temp_directory": str(spill) if spill else "",
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "allow_community_extensions": False,
        "python_enable_replacements": False,
    }
    if spill is not None:
        remove_tree(spill)
        spill.mkdir(parents=True)
    connection = duckdb.connect(":memory:", config=config)
    try:
        yield connection
    except duckdb.Error as error:
        raise translated(error, memory_bytes) from error
    finally:
        connection.close()
        if spill is not None:
            remove_tree(spill)


def translated(error: Exception, memory_bytes: int) -> Exception:
    """The clear form of what a user can mend (memory, disk, a damaged file); any other error of ours as it is."""
    import duckdb  # noqa: PLC0415  # see above

    line = first_line(error)
    if isinstance(error, duckdb.OutOfMemoryException):
        return ConfigError(
            f"memory_limit of {memory_bytes // 10**6} MB for each worker is too small: {line}",
            next_step="a larger memory limit or fewer workers",
        )
    if isinstance(error, duckdb.IOException | duckdb.InvalidInputException):
        if "No space left" in line:
            return TargetError(f"no space left for temporary files: {line}", next_step="free space, then repeat")
        return InputError(f"a table cannot be read: {line}", next_step="make that table again with xlmk extract")
    return error


def first_line(error: Exception) -> str:
    """DuckDB's message without the quotation of the statement."""
    return str(error).strip().partition("\n")[0]


def fetch(connection: Connection, sql: str, parameters: Parameters | None = None) -> list[tuple[Any, ...]]:
    """Runs a statement to its end and returns its rows (of a CREATE or INSERT: nobody needs them)."""
    rows: list[tuple[Any, ...]] = connection.execute(sql, parameters or {}).fetchall()
    return rows


def fetch_counts(connection: Connection, sql: str, parameters: Parameters | None = None) -> dict[str, int]:
    """The one row of a query as column name → number."""
    result = connection.execute(sql, parameters or {})
    names = [column[0] for column in result.description or []]
    (row,) = result.fetchall()
    return dict(zip(names, row, strict=True))


def identifier(name: str) -> str:
    """A name quoted for SQL.

    >>> identifier('a"b')
    '"a""b"'
    """
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text quoted for SQL, for the few statements that cannot bind parameters (CREATE VIEW).

    >>> literal("it's")
    "'it''s'"
    """
    return "'" + text.replace("'", "''") + "'"
