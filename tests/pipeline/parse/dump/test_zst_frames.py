"""zst files of several frames are cut between them; one frame is one range."""

import random
from pathlib import Path

import pytest
import zstandard

from pipeline.errors import InputError
from pipeline.parse.dump.decode import decoded
from pipeline.parse.dump.plan import plan_ranges
from pipeline.parse.dump.zst_frames import frame_starts

RNG = random.Random(3)
TEXTS = [
    b"",
    b"a" * 400_000,
    *(RNG.randbytes(30_000) for _ in range(5)),
    *(f"Zeile {n}\n".encode() * n for n in range(1, 40)),
]
SKIPPABLE = (0x184D2A53).to_bytes(4, "little") + (5).to_bytes(4, "little") + b"hello"


def frames(**options: bool) -> list[bytes]:
    """Each text as a frame."""
    return [zstandard.ZstdCompressor(**options).compress(text) for text in TEXTS]


def read(path: Path, item_bytes: int) -> bytes:
    """The file in ranges."""
    return b"".join(b"".join(decoded(piece)) for piece in plan_ranges(path, item_bytes=item_bytes))


@pytest.mark.parametrize("sized", [True, False])
@pytest.mark.parametrize("checked", [True, False])
def test_frames_are_found_whatever_their_headers(tmp_path: Path, sized: bool, checked: bool) -> None:
    path, parts = tmp_path / "x.zst", frames(write_content_size=sized, write_checksum=checked)
    parts.insert(4, SKIPPABLE)
    path.write_bytes(b"".join(parts))
    expected = [sum(map(len, parts[:n])) for n in range(len(parts))]
    assert list(frame_starts(path, 1 << 30)) == expected
    for size, ranges in ((10_000, 6), (1 << 20, 1)):
        assert read(path, size) == b"".join(TEXTS)
        assert len(plan_ranges(path, item_bytes=size)) == ranges


def test_one_frame_and_a_giant_one_are_one_range(tmp_path: Path) -> None:
    path, giant = tmp_path / "x.zst", RNG.randbytes(300_000)  # three blocks
    path.write_bytes(zstandard.compress(giant))
    assert len(plan_ranges(path, item_bytes=100)) == 1
    path.write_bytes(zstandard.compress(giant) + zstandard.compress(b"more"))
    assert list(frame_starts(path, 1000)) == [0]
    assert read(path, 100) == giant + b"more"


@pytest.mark.parametrize("cut", [3, 9, 400, 100_000])
def test_truncated_and_damaged_frames_are_errors_as_before(tmp_path: Path, cut: int) -> None:
    path, data = tmp_path / "x.zst", b"".join(frames())
    path.write_bytes(data[: len(data) - cut % len(data)])
    with pytest.raises(InputError, match="truncated|damaged"):
        read(path, 3000)
    path.write_bytes(data + b"<html>")
    with pytest.raises(InputError, match="truncated|damaged"):
        read(path, 3000)
