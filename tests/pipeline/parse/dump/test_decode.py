"""Packed files → bytes: whole, cut into ranges, truncated, damaged, exploding."""

import bz2
import gzip
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from pipeline.errors import InputError
from pipeline.parse.dump import decode
from pipeline.parse.dump.decode import decoded, read_head
from pipeline.parse.dump.files import compression_of, whole

Pack = Callable[[bytes], bytes]
PACKS: dict[str, Pack] = {"bz2": bz2.compress, "gz": gzip.compress, "zst": zstandard.compress}
TEXT = "".join(f"Zeile {n} {n * n % 7919}\n" for n in range(60_000)).encode()


def write(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "dump"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("name", PACKS)
@pytest.mark.parametrize("parts", [1, 3, 400])
def test_all_streams_of_a_file_one_after_the_other(tmp_path: Path, name: str, parts: int) -> None:
    size = -(-len(TEXT) // parts)
    packed = b"".join(PACKS[name](TEXT[start : start + size]) for start in range(0, len(TEXT), size))
    path = write(tmp_path, packed + (b"" if name == "zst" else b"\0" * 100))
    assert compression_of(path) == name
    assert b"".join(decoded(whole(path))) == TEXT


@pytest.mark.parametrize("name", PACKS)
@pytest.mark.parametrize("cut", [5, 20, 0.3, 0.5, 0.99])
def test_a_truncated_file_says_which_stream_has_no_end(tmp_path: Path, name: str, cut: float) -> None:
    first, second = PACKS[name](b"first"), PACKS[name](TEXT)
    data = first + second
    kept = len(first) + (int(cut) if cut >= 1 else int(len(second) * cut))
    path = write(tmp_path, data[:kept])
    message = f"the {name} stream that begins at byte {len(first)} has no end, but the file ends at byte {kept}"
    with pytest.raises(InputError, match=message):
        list(decoded(whole(path)))


@pytest.mark.parametrize("name", ["bz2", "gz"])
def test_a_damaged_file_says_where(tmp_path: Path, name: str) -> None:
    data = bytearray(PACKS[name](TEXT))
    middle = len(data) // 2
    data[middle : middle + 8] = bytes(255 - byte for byte in data[middle : middle + 8])
    with pytest.raises(InputError, match=rf"dump is damaged: {name} data near byte \d+ of {len(data)}"):
        list(decoded(whole(write(tmp_path, bytes(data)))))


@pytest.mark.parametrize("name", PACKS)
def test_something_else_after_the_last_stream_is_damage(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="damaged|truncated"):
        list(decoded(whole(write(tmp_path, PACKS[name](TEXT) + b"<html>not a stream, but an error page</html>"))))


@pytest.mark.parametrize("name", PACKS)
def test_a_decompression_bomb_is_refused(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decode, "MAX_EXPANSION", 10)
    path = write(tmp_path, PACKS[name](b"\0" * (30 << 20)))
    with pytest.raises(InputError, match="expands more than 10-fold near byte"):
        list(decoded(whole(path)))


def test_chunks_are_bounded(tmp_path: Path) -> None:
    for pack in (bz2.compress, gzip.compress, zlib.compress):
        path = write(tmp_path, pack(bytes(8 << 20)))
        assert max(map(len, decoded(whole(path)))) <= decode.CHUNK_BYTES


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "iso-8859-1"])
def test_other_encodings_become_utf_8(tmp_path: Path, encoding: str) -> None:
    text = "Ä" * 300_000 + "z"
    path = write(tmp_path, text.encode(encoding))
    assert b"".join(decoded(whole(path, encoding))).decode() == text
    if encoding != "iso-8859-1":
        with pytest.raises(InputError, match=f"is not valid {encoding}"):
            list(decoded(whole(write(tmp_path, text.encode(encoding)[:-1]), encoding)))


def test_a_head_is_read_without_the_rest(tmp_path: Path) -> None:
    assert read_head(whole(write(tmp_path, bz2.compress(TEXT)[:-2000])), 10) == TEXT[:10]


@pytest.mark.parametrize(
    ("data", "message"),
    [(b"", r"is empty \(0 bytes\)"), (b"\xfd7zXZ\0\0", "is a xz archive"), (b"PK\x03\x04", "is a zip archive")],
)
def test_files_that_cannot_be_dumps(tmp_path: Path, data: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        whole(write(tmp_path, data))
    with pytest.raises(InputError, match="no such file"):
        whole(tmp_path / "none")
    with pytest.raises(InputError, match="is a folder"):
        whole(tmp_path)


def test_a_file_that_shrank_after_planning(tmp_path: Path) -> None:
    piece = whole(write(tmp_path, b"x" * 100))
    write(tmp_path, b"x" * 50)
    with pytest.raises(InputError, match="ends at byte 50, expected 100"):
        list(decoded(piece))
