"""Reads a SentencePiece model file: its pieces, scores and normaliser, without a protobuf runtime.

The `sentencepiece` package's generated classes need a newer protobuf runtime than Beam 2.77 admits (<7), and its
processor does not show the normaliser's table. The few fields needed are read from the wire format itself
(https://protobuf.dev/programming-guides/encoding/); field numbers are those of sentencepiece_model.proto.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import InputError

UNIGRAM = 1
"""`TrainerSpec.model_type` of a unigram model (the default where the field is missing)."""
NORMAL, UNKNOWN, CONTROL = 1, 2, 3
"""`SentencePiece.Type`."""
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


@dataclass(frozen=True, kw_only=True)
class SentencePieceModel:
    """The pieces in the order of their SentencePiece ids, with log probabilities, and the normaliser's table.

    `charsmap` is the compiled normalisation table (empty: the text is taken as it is).
    """

    pieces: tuple[tuple[str, float], ...]
    types: tuple[int, ...]
    charsmap: bytes
    model_type: int


def parse_model(data: bytes) -> SentencePieceModel:
    """The parts of a `.model` file that decide ids.

    Raises ValueError where the bytes are no such file.
    """
    pieces: list[tuple[str, float]] = []
    types: list[int] = []
    charsmap, model_type = b"", UNIGRAM
    for field, value in _fields(data):
        if field == 1:
            piece, score, kind = _piece(_bytes(value))
            pieces.append((piece, score))
            types.append(kind)
        elif field == 2:
            kinds = [number for name, number in _fields(_bytes(value)) if name == 3]
            model_type = int(kinds[-1]) if kinds else UNIGRAM
        elif field == 3:
            maps = [table for name, table in _fields(_bytes(value)) if name == 2]
            charsmap = _bytes(maps[-1]) if maps else b""
    return SentencePieceModel(pieces=tuple(pieces), types=tuple(types), charsmap=charsmap, model_type=model_type)


def read_model(path: Path) -> SentencePieceModel:
    """The model in `path`.

    Raises InputError where it is missing, no SentencePiece model, not a unigram model, or not laid out as XLM-R's
    (`<unk>`, `<s>`, `</s>` first, then normal pieces).
    """
    next_step = "give a sentencepiece.bpe.model, or make one: xlmk tokenizer train --root KB --vocab-size N --out DIR"
    try:
        model = parse_model(path.read_bytes())
    except FileNotFoundError as error:
        raise InputError(f"no tokenizer model at {path}", next_step=next_step) from error
    except (ValueError, IndexError, struct.error, UnicodeDecodeError) as error:
        raise InputError(f"{path} is no SentencePiece model: {error}", next_step=next_step) from error
    first = tuple(piece for piece, _ in model.pieces[:3])
    if first != ("<unk>", "<s>", "</s>"):
        raise InputError(
            f"{path} begins with the pieces {first}, expected ('<unk>', '<s>', '</s>') as in XLM-R", next_step=next_step
        )
    if model.model_type != UNIGRAM or any(kind != NORMAL for kind in model.types[3:]):
        raise InputError(
            f"{path} is no plain unigram model (type {model.model_type}, kinds of pieces {sorted(set(model.types))})",
            next_step=next_step,
        )
    return model


def _piece(data: bytes) -> tuple[str, float, int]:
    piece, score, kind = "", 0.0, NORMAL
    for field, value in _fields(data):
        if field == 1:
            piece = _bytes(value).decode()
        elif field == 2:
            score = struct.unpack("<f", _bytes(value))[0]
        elif field == 3:
            kind = int(value)
    return piece, score, kind


def _bytes(value: int | bytes) -> bytes:
    if isinstance(value, int):
        raise ValueError("a number where bytes should be")
    return value


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at
        if shift > 63:
            raise ValueError("a number is too long")


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    r"""(field number, value) in the order of the file; numbers of fixed size stay bytes.

    >>> list(_fields(b"\x08\x96\x01\x12\x02hi"))
    [(1, 150), (2, b'hi')]
    """
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        field, wire = tag >> 3, tag & 7
        if not field:
            raise ValueError(f"no field at byte {at - 1}")
        value: int | bytes
        if wire == _VARINT:
            value, at = _varint(data, at)
            yield field, value
            continue
        if wire == _BYTES:
            size, at = _varint(data, at)
        elif wire in (_FIXED32, _FIXED64):
            size = 4 if wire == _FIXED32 else 8
        else:
            raise ValueError(f"wire type {wire} at byte {at}")
        value = data[at : at + size]
        if len(value) != size:
            raise ValueError(f"ends in the middle of a field of {size} bytes")
        yield field, value
        at += size
