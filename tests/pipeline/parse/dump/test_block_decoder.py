"""The native bz2 decoder says what Python's bz2 says, for whole, cut and damaged blocks; either reads every file."""

import bz2
import itertools
import random
from pathlib import Path

import pytest

from pipeline.errors import ConfigError
from pipeline.parse.dump import block_decoder
from pipeline.parse.dump.block_decoder import NATIVE, PYTHON, BlockDecoder, choose
from pipeline.parse.dump.bz2_marks import find_marks
from tests.pipeline.parse.dump.test_bz2_blocks import BLOCKS, PACKED, read_cut, words

RNG = random.Random(5)
TEXTS = {
    "one byte": b"x",
    "all bytes": bytes(range(256)) * 3,
    "random": RNG.randbytes(30_000),
    "runs": b"".join(bytes([RNG.randrange(3)]) * RNG.randrange(1, 600) for _ in range(300)),
    "runs of four": b"aaaabbbbbccccccc" * 5,
    "zeros": bytes(1_000_000),
    "words": words(9_000, 6),
    "several blocks": BLOCKS,
}


@pytest.fixture
def native() -> BlockDecoder:
    """The native decoder; without it there is nothing to compare."""
    if NATIVE is None:
        pytest.skip("the native decoder was not built: no C compiler")
    return NATIVE


def spans_of(data: bytes) -> tuple[tuple[int, int], ...]:
    """The bits of all blocks."""
    marks = find_marks(data)
    return tuple((one.bit, other.bit) for one, other in itertools.pairwise(marks) if not one.is_end)


def blocks_of(decoder: BlockDecoder, data: bytes) -> list[bytes | None]:
    """What the decoder makes of each block."""
    return [decoder.decode(data, start, end) for start, end in spans_of(data)]


@pytest.mark.parametrize("name", TEXTS)
def test_both_give_the_same_bytes(native: BlockDecoder, name: str) -> None:
    data = bz2.compress(TEXTS[name], 1)
    blocks = blocks_of(native, data)
    assert blocks == blocks_of(PYTHON, data)
    assert b"".join(block or b"" for block in blocks) == TEXTS[name]


@pytest.mark.parametrize("size", [*range(1, 41), 511, 512, 513, 1024, 1025, 4095])
def test_blocks_of_every_size(native: BlockDecoder, size: int) -> None:
    """With fewer bytes than pieces are followed, as many, and more; also where the block repeats itself."""
    for text in (TEXTS["words"][:size], TEXTS["random"][:size], (b"abc" * size)[:size], bytes(size)):
        assert blocks_of(native, bz2.compress(text)) == [text]


@pytest.mark.parametrize("unit", [b"ab", b"abcdefg", bytes(range(256)), RNG.randbytes(999)])
def test_a_block_that_repeats_itself(native: BlockDecoder, unit: bytes) -> None:
    """Its chain is several rings of which one is followed again and again."""
    for text in (unit * (60_000 // len(unit)), unit * (60_000 // len(unit)) + b"x"):
        assert blocks_of(native, bz2.compress(text, 1)) == [text]


def test_damaged_and_cut_blocks_are_none_and_do_not_harm_the_next(native: BlockDecoder) -> None:
    rng, alone = random.Random(7), block_decoder._bz2_blocks.decode
    text = words(700, 8)
    packed = bz2.compress(text)
    ((start, end),) = spans_of(packed)
    for _ in range(250):
        data = bytearray(packed)
        for _ in range(rng.choice((1, 1, 2, 9))):
            data[rng.randrange(4, len(data) - 10)] ^= 1 << rng.randrange(8)
        cut = rng.choice([end, end, end, end - rng.randrange(1, 99), rng.randrange(start + 1, 8 * len(data))])
        expected = PYTHON.decode(bytes(data), start, cut)
        assert native.decode(bytes(data), start, cut) == expected
        assert alone(bytes(data), start, cut) in (None, expected)
        assert alone(packed, start, end) == text


def test_what_the_native_decoder_does_not_take_is_read_by_pythons(native: BlockDecoder) -> None:
    packed = bytearray(bz2.compress(b"some text"))
    ((start, end),) = spans_of(bytes(packed))
    packed[(start + 80) // 8] ^= 0x80  # "randomised": in so short a block that changes no byte
    assert block_decoder._bz2_blocks.decode(bytes(packed), start, end) is None
    assert native.decode(bytes(packed), start, end) == PYTHON.decode(bytes(packed), start, end) == b"some text"


@pytest.mark.parametrize("span", [(5, 5), (9, 3), (0, 8 * len(PACKED) + 1), (1 << 62, (1 << 62) + 9)])
def test_a_block_outside_of_the_data_is_an_error(native: BlockDecoder, span: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="the block is not inside the data"):
        native.decode(PACKED, *span)


@pytest.mark.parametrize("name", ["python", "native"])
def test_either_reads_files_cut_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    if name == "native" and NATIVE is None:
        pytest.skip("the native decoder was not built: no C compiler")
    monkeypatch.setattr(block_decoder, "current", choose(name))
    path = tmp_path / "x.bz2"
    path.write_bytes(PACKED + bz2.compress(b"") + PACKED)
    for step in (9_999, 1 << 20):
        assert read_cut(path, list(range(0, path.stat().st_size, step))) == BLOCKS * 2


def test_the_decoder_can_be_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    assert choose(None) == (NATIVE or PYTHON)
    with pytest.raises(ConfigError, match="XLMK_BZ2 is 'fast': expected 'native' or 'python'"):
        choose("fast")
    monkeypatch.setattr(block_decoder, "NATIVE", None)
    monkeypatch.setattr(block_decoder, "_bz2_blocks", None)
    with pytest.raises(ConfigError, match="the native decoder was not built; next: install xlmk anew"):
        choose("native")
    assert choose("") == PYTHON
