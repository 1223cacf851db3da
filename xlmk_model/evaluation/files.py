"""Reading evaluation files: plain or gzip'd text, JSON, JSON lines, Parquet; errors name file, line and reason."""

import gzip
import json
import zlib
from collections.abc import Iterator, Mapping
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.errors import InputError

GZIP_MAGIC = b"\x1f\x8b"
PARQUET_MAGIC = b"PAR1"


def input_error(path: Path, line: int | None, reason: str) -> InputError:
    """An error about a line (from 1) of an evaluation file.

    >>> str(input_error(Path("dev.tsv"), 7, "2 columns, expected 3"))
    'dev.tsv:7: 2 columns, expected 3'
    """
    return InputError(f"{path}:{line}: {reason}" if line is not None else f"{path}: {reason}")


def read_bytes(path: Path) -> bytes:
    """The whole file, decompressed if it is gzip'd (told by content, not by name); raises InputError."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise input_error(path, None, f"cannot be read: {error.strerror}") from error
    if data.startswith(GZIP_MAGIC):
        try:
            data = gzip.decompress(data)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise input_error(path, None, f"broken gzip file: {error}") from error
    if not data:
        raise input_error(path, None, "is empty (0 bytes)")
    return data


def numbered_lines(path: Path) -> Iterator[tuple[int, str]]:
    """(line number from 1, line without its end) of a UTF-8 text; only "\\n" and "\\r\\n" end a line."""
    yield from lines_of(read_bytes(path), path)


def lines_of(data: bytes, path: Path) -> Iterator[tuple[int, str]]:
    """`numbered_lines` of content already read from `path`."""
    line = 0
    try:
        for line, text in enumerate(TextIOWrapper(BytesIO(data), encoding="utf-8-sig", newline="\n"), start=1):
            yield line, text.rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise input_error(path, line + 1, f"is not UTF-8 from here on: {error.reason}") from error


def is_structured(data: bytes) -> bool:
    """Whether content is Parquet or JSON (lines) rather than columns of text.

    >>> is_structured(b' {"id": 1}'), is_structured(b"PAR1..."), is_structured(b"Berlin\\tB-LOC")
    (True, True, False)
    """
    if data.startswith(PARQUET_MAGIC):
        return True
    head = data[:4096].decode("utf-8-sig", errors="ignore").lstrip()
    if head.startswith("{"):
        return head[1:].lstrip()[:1] in ('"', "}")
    return head.startswith("[") and head[1:].lstrip()[:1] in ("{", "[", '"', "]")


def read_json(path: Path, data: bytes | None = None) -> Any:
    """The JSON value of a file; `data` is its content if already read."""
    content = read_bytes(path) if data is None else data
    try:
        return json.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise input_error(path, None, f"is not UTF-8: {error.reason} at byte {error.start}") from error
    except json.JSONDecodeError as error:
        raise input_error(path, error.lineno, f"is not JSON: {error.msg} (column {error.colno})") from error


def _json_lines(path: Path, data: bytes) -> Iterator[tuple[int, dict[str, Any]]]:
    for line, text in lines_of(data, path):
        if not text.strip():
            continue
        try:
            row = json.loads(text)
        except json.JSONDecodeError as error:
            raise input_error(path, line, f"is not JSON: {error.msg} (column {error.colno})") from error
        if not isinstance(row, dict):
            raise input_error(path, line, f"a JSON object expected, found {type(row).__name__}")
        yield line, row


def class_names(path: Path, data: bytes) -> dict[str, list[str]]:
    """Column → names of its integer classes, as the Hugging Face features in a Parquet file's metadata give them."""
    if not data.startswith(PARQUET_MAGIC):
        return {}
    metadata: Mapping[bytes, bytes] = pq.read_schema(BytesIO(data)).metadata or {}
    features = json.loads(metadata.get(b"huggingface", b"{}")).get("info", {}).get("features", {})
    names = {}
    for column, feature in features.items():
        inner = feature.get("feature", feature) if isinstance(feature, dict) else {}
        if isinstance(inner, dict) and "names" in inner:
            names[column] = [str(name) for name in inner["names"]]
    return names


def read_rows(path: Path, data: bytes | None = None) -> Iterator[tuple[int, dict[str, Any]]]:
    """(line or row number from 1, row) of a Hugging Face data set's file.

    Parquet, JSON lines, a JSON list of objects, or a JSON object whose "data" (or "rows", each with "row") is such a
    list. Raises InputError for anything else.
    """
    content = read_bytes(path) if data is None else data
    if content.startswith(PARQUET_MAGIC):
        try:
            table = pq.read_table(BytesIO(content))
        except (pa.ArrowInvalid, OSError) as error:
            raise input_error(path, None, f"is not a whole Parquet file: {error}") from error
        yield from enumerate(table.to_pylist(), start=1)
        return
    first, _, rest = content.lstrip().partition(b"\n")
    if first.startswith(b"{") and first.rstrip().endswith(b"}") and (rest.strip() or b'"data"' not in first):
        yield from _json_lines(path, content)
        return
    value = read_json(path, content)
    if isinstance(value, dict):
        value = value.get("data", value.get("rows", [value]))
    if not isinstance(value, list):
        raise input_error(path, None, "a list of rows expected")
    for number, row in enumerate(value, start=1):
        if not isinstance(row, dict):
            raise input_error(path, None, f"row {number}: a JSON object expected, found {type(row).__name__}")
        yield number, row.get("row", row)
