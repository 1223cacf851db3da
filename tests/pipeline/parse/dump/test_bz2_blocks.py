"""bz2 files cut anywhere: every byte once, nothing lost silently. The oracle is Python's bz2 on the whole file."""

import bz2
import contextlib
import itertools
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import InputError
from pipeline.parse.dump.block_decoder import PYTHON
from pipeline.parse.dump.bz2_marks import BLOCK_MAGIC, MAGIC_BITS, BitFile, Mark, find_marks
from pipeline.parse.dump.decode import decoded
from pipeline.parse.dump.files import FileRange, whole


def words(count: int, seed: int) -> bytes:
    """Text that packs to about a third: `count` random words."""
    rng = random.Random(seed)
    return " ".join(str(rng.getrandbits(rng.randrange(1, 40))) for _ in range(count)).encode()


BLOCKS = words(60_000, 1)
"""Five blocks at level 1."""
PACKED = bz2.compress(BLOCKS, 1)


def read_cut(path: Path, cuts: list[int]) -> bytes:
    """The file read in ranges that begin at `cuts`."""
    piece = whole(path)
    ends = sorted({0, piece.size, *(cut for cut in cuts if 0 < cut < piece.size)})
    ranges = [piece._replace(start=start, end=end) for start, end in itertools.pairwise(ends)]
    return b"".join(b"".join(decoded(one)) for one in ranges)


def shifted(data: bytes, bits: int) -> bytes:
    """`bits` one-bits, then `data`, then padding to a byte."""
    number = (((1 << bits) - 1) << 8 * len(data) | int.from_bytes(data, "big")) << (-bits % 8)
    return number.to_bytes(len(data) + -(-bits // 8), "big")


@pytest.mark.parametrize("bits", range(8))
def test_marks_are_found_at_every_bit(bits: int) -> None:
    data = shifted(BLOCK_MAGIC.to_bytes(6, "big") + b"!", bits)
    for before in range(5):
        assert find_marks(b"abcde"[:before] + data) == [Mark(8 * before + bits, False)]
        assert find_marks(b"abcde"[:before] + shifted(b"1AY&SX!", bits)) == []


def test_blocks_of_the_big_file_lie_at_odd_bits() -> None:
    marks = find_marks(PACKED)
    assert [mark.is_end for mark in marks] == [False] * 5 + [True]
    assert len({mark.bit % 8 for mark in marks}) > 2


@settings(max_examples=20, deadline=None)
@given(cuts=st.lists(st.integers(1, len(PACKED)), max_size=6))
def test_one_stream_of_several_blocks_cut_anywhere(tmp_path_factory: pytest.TempPathFactory, cuts: list[int]) -> None:
    path = tmp_path_factory.mktemp("b") / "x.bz2"
    path.write_bytes(PACKED)
    assert read_cut(path, cuts) == BLOCKS


@settings(max_examples=40, deadline=None)
@given(
    parts=st.lists(
        st.tuples(st.sampled_from([b"", b"a", b"zz" * 300, words(90, 2)]), st.integers(1, 9), st.integers(0, 3)),
        min_size=1,
        max_size=6,
    ),
    step=st.integers(1, 60),
)
def test_many_streams_empty_ones_and_padding_cut_anywhere(
    tmp_path_factory: pytest.TempPathFactory, parts: list[tuple[bytes, int, int]], step: int
) -> None:
    data = b"".join(bz2.compress(text, level) + bytes(padding) for text, level, padding in parts)
    path = tmp_path_factory.mktemp("b") / "x.bz2"
    path.write_bytes(data)
    assert read_cut(path, list(range(0, len(data), step))) == b"".join(text for text, _, _ in parts)


def test_streams_of_several_blocks_one_after_the_other(tmp_path: Path) -> None:
    path, texts = tmp_path / "x.bz2", [words(25_000, seed) for seed in (3, 4)]
    path.write_bytes(b"".join(bz2.compress(text, 1) for text in texts))
    for size in (10_000, 77_777, 1 << 20):
        assert read_cut(path, list(range(0, path.stat().st_size, size))) == b"".join(texts)


def test_a_file_without_any_text(tmp_path: Path) -> None:
    path = tmp_path / "x.bz2"
    path.write_bytes(bz2.compress(b"") * 3)
    assert read_cut(path, list(range(42))) == b""


@pytest.mark.parametrize("kept", [4, 9, 10, 14, 40, 0.2, 0.5, 0.99, -1, -4, -5, -9, -10, -11])
@pytest.mark.parametrize("step", [30_000, 1 << 20])
def test_a_truncated_stream_is_an_error_wherever_it_is_cut(tmp_path: Path, kept: float, step: int) -> None:
    size = int(len(PACKED) * kept) if isinstance(kept, float) else kept % len(PACKED)
    path = tmp_path / "x.bz2"
    path.write_bytes(PACKED[:size])
    message = "stream that begins at byte 0 has no end" if step > size else "has no end, but the file ends at byte"
    with pytest.raises(InputError, match=f"is truncated: the bz2 .*{message}"):
        read_cut(path, list(range(0, size, step)))


@settings(max_examples=25, deadline=None)
@given(at=st.integers(4, len(PACKED) - 1), bit=st.integers(0, 7), step=st.sampled_from([20_000, 1 << 20]))
def test_a_flipped_bit_is_an_error_or_nothing(
    tmp_path_factory: pytest.TempPathFactory, at: int, bit: int, step: int
) -> None:
    data = bytearray(PACKED)
    data[at] ^= 1 << bit
    path = tmp_path_factory.mktemp("b") / "x.bz2"
    path.write_bytes(data)
    cuts = list(range(0, len(data), step))
    if at >= len(PACKED) - 5:  # padding, or the checksum of a stream that began before the range
        with contextlib.suppress(InputError):
            assert read_cut(path, cuts) == BLOCKS
        return
    with pytest.raises(InputError, match=r"is damaged: bz2 data near byte|is truncated: the bz2"):
        read_cut(path, cuts)


def test_a_block_that_is_left_out_is_noticed(tmp_path: Path) -> None:
    marks = find_marks(PACKED)
    start, end = (marks[n].bit for n in (2, 3))
    total = 8 * len(PACKED)
    number = int.from_bytes(PACKED, "big")
    tail = number & ((1 << (total - end)) - 1)
    bits = start + total - end
    data = ((number >> (total - start) << (total - end) | tail) << (-bits % 8)).to_bytes(-(-bits // 8), "big")
    path = tmp_path / "x.bz2"
    path.write_bytes(data)
    with pytest.raises(InputError, match="the stream's checksum is not that of its blocks"):
        list(decoded(whole(path)))


def test_what_is_no_stream_between_streams(tmp_path: Path) -> None:
    path = tmp_path / "x.bz2"
    path.write_bytes(PACKED + b"<html>" + PACKED)
    for step in (30_000, 1 << 20):
        with pytest.raises(InputError, match=rf"damaged: bz2 data near byte {len(PACKED)} of .*no stream begins here"):
            read_cut(path, list(range(0, path.stat().st_size, step)))


@pytest.mark.parametrize("is_end", [False, True])
@pytest.mark.parametrize("block", [0, 2, 4])
def test_a_mark_by_accident_inside_a_block(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int, is_end: bool
) -> None:
    """No such file can be made on purpose, so the search is made to find what is not there."""
    marks = find_marks(PACKED)
    accident = Mark((marks[block].bit + marks[block + 1].bit) // 2, is_end)
    path = tmp_path / "x.bz2"
    path.write_bytes(PACKED)
    real = BitFile.marks

    def also(file: BitFile, start: int, end: int) -> list[Mark]:
        found = [*real(file, start, end)]
        return sorted([*found, accident] if 8 * start <= accident.bit < 8 * end else found)

    monkeypatch.setattr(BitFile, "marks", lambda *args: iter(also(*args)))
    inside = accident.bit // 8
    for cuts in ([], [inside], [inside - 1000, inside + 1], [inside, inside + 1]):
        assert read_cut(path, cuts) == BLOCKS
    data = bytearray(PACKED)
    data[marks[block].bit // 8 + 3000] ^= 16
    path.write_bytes(data)
    with pytest.raises(InputError, match="damaged"):
        read_cut(path, [inside])


def test_a_block_longer_than_a_chunk_comes_in_pieces(tmp_path: Path) -> None:
    path, text = tmp_path / "x.bz2", b"abc" + bytes(5 << 20)
    path.write_bytes(bz2.compress(text))
    chunks = list(decoded(whole(path)))
    assert b"".join(chunks) == text and max(map(len, chunks)) <= 1 << 20


def test_a_file_that_shrank_after_planning(tmp_path: Path) -> None:
    path = tmp_path / "x.bz2"
    path.write_bytes(PACKED)
    piece = FileRange(str(path), "bz2", 0, len(PACKED) + 9, len(PACKED) + 9)
    with pytest.raises(InputError, match=f"ends at byte {len(PACKED)}, expected {len(PACKED) + 9}"):
        list(decoded(piece))


def test_a_framed_block_needs_its_own_end() -> None:
    first, second = (mark.bit for mark in find_marks(PACKED)[:2])
    block, cut = (PYTHON.decode(PACKED, first, end) for end in (second, second - MAGIC_BITS))
    assert block is not None and 99_000 < len(block) <= 100_000 and BLOCKS.startswith(block)
    assert cut is None
