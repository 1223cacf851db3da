"""Native; see _groups.c."""

from collections.abc import Callable
from typing import Any

from pipeline.records import Statement

def prepare(
    row: type[tuple[object, ...]],
    value: type,
    identifier: type,
    kind: object,
    end: int,
    named: Callable[[Any], int | str],
    /,
) -> None: ...
def rows(subject: int, property_id: int, statements: list[Any], kinds: dict[str, int], /) -> list[Statement]: ...
