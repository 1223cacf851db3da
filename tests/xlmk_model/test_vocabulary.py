"""An extended vocabulary: old texts give the same states and logits; new pieces start between their old ones."""

from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer, pre_tokenizers
from tokenizers.models import Unigram
from transformers import PreTrainedTokenizerFast, XLMRobertaForMaskedLM

from pipeline.errors import MismatchError, TargetError
from xlmk_model.batches import Vocabulary
from xlmk_model.config import ModelConfig
from xlmk_model.encoder import encoder_config, new_encoder
from xlmk_model.vocabulary import extend_model, read_tokenizer

SPECIAL = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
OLD = [("▁", -3.0), ("a", -4.0), ("b", -4.0), ("▁ab", -3.5), ("c", -4.0)]


def write_tokenizer(folder: Path, pieces: list[tuple[str, float]]) -> Path:
    tokenizer = Tokenizer(Unigram([*SPECIAL, *pieces, ("<mask>", 0.0)], unk_id=3))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="<pad>", mask_token="<mask>").save_pretrained(folder)
    return folder


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = write_tokenizer(tmp_path / "model", OLD)
    vocabulary = Vocabulary(size=10, bos=0, pad=1, eos=2, unk=3, mask=9)
    sizes = ModelConfig(layers=1, hidden=8, ffn=16, heads=2, positions=40, init_std=0.5)
    encoder = new_encoder(encoder_config(sizes, vocabulary), 0)
    torch.nn.init.normal_(encoder.lm_head.bias, generator=torch.Generator().manual_seed(1))
    encoder.save_pretrained(folder)
    return folder


def test_old_texts_give_the_same_logits(model: Path, tmp_path: Path) -> None:
    new = write_tokenizer(tmp_path / "new", [*OLD, ("▁cab", -3.0), ("▁abba", -3.0)])
    folder = extend_model(model, new, tmp_path / "extended")
    before, after = (XLMRobertaForMaskedLM.from_pretrained(place).eval() for place in (model, folder))
    ids = torch.tensor([[0, 7, 5, 8, 2]])
    with torch.no_grad():
        ours, theirs = before(ids).logits, after(ids).logits
        states = [place.roberta(ids).last_hidden_state for place in (before, after)]
    assert torch.equal(*states)
    assert torch.allclose(ours[..., :9], theirs[..., :9], atol=1e-6, rtol=0)
    assert torch.allclose(ours[..., 9], theirs[..., 11], atol=1e-6, rtol=0)  # <mask> moved to the end
    rows, bias = before.get_input_embeddings().weight, before.lm_head.bias
    pieces = read_tokenizer(model).encode(" cab", add_special_tokens=False).ids
    assert len(pieces) > 1
    assert torch.allclose(after.get_input_embeddings().weight[9], rows[pieces].mean(dim=0))
    assert torch.allclose(after.lm_head.bias[9], bias[pieces].mean())


def test_a_tokenizer_that_moves_ids_is_refused(model: Path, tmp_path: Path) -> None:
    other = write_tokenizer(tmp_path / "other", [OLD[1], OLD[0], *OLD[2:]])
    with pytest.raises(MismatchError, match="'▁' has id 4 there and 5 here"):
        extend_model(model, other, tmp_path / "extended")
    with pytest.raises(TargetError, match="exists already"):
        extend_model(model, model, model)
