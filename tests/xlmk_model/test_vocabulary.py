"""An extended vocabulary: old texts give the same states and logits; new pieces start between their old ones."""

from copy import deepcopy
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer, pre_tokenizers
from tokenizers.models import Unigram
from transformers import PreTrainedTokenizerFast, XLMRobertaForMaskedLM

from pipeline.errors import InputError, MismatchError
from xlmk_model.batches import Vocabulary
from xlmk_model.config import ModelConfig
from xlmk_model.encoder import encoder_config, new_encoder
from xlmk_model.vocabulary import extend_encoder, read_tokenizer

SPECIAL = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
OLD = [("▁", -3.0), ("a", -4.0), ("b", -4.0), ("▁ab", -3.5), ("c", -4.0)]


def write_tokenizer(folder: Path, pieces: list[tuple[str, float]]) -> Path:
    tokenizer = Tokenizer(Unigram([*SPECIAL, *pieces, ("<mask>", 0.0)], unk_id=3))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="<pad>", mask_token="<mask>").save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def encoder() -> XLMRobertaForMaskedLM:
    vocabulary = Vocabulary(size=10, bos=0, pad=1, eos=2, unk=3, mask=9)
    sizes = ModelConfig(layers=1, hidden=8, ffn=16, heads=2, positions=40, init_std=0.5)
    made = new_encoder(encoder_config(sizes, vocabulary), 0)
    torch.nn.init.normal_(made.lm_head.bias, generator=torch.Generator().manual_seed(1))
    return made.eval()


def test_old_texts_give_the_same_logits(encoder: XLMRobertaForMaskedLM, tmp_path: Path) -> None:
    old = read_tokenizer(write_tokenizer(tmp_path / "old", OLD))
    new = read_tokenizer(write_tokenizer(tmp_path / "new", [*OLD, ("▁cab", -3.0), ("abba", -3.0), ("é", -3.0)]))
    larger, ids = deepcopy(encoder), torch.tensor([[0, 7, 5, 8, 2]])
    extend_encoder(larger, old, new)
    larger.save_pretrained(tmp_path / "saved")
    for after in (larger, XLMRobertaForMaskedLM.from_pretrained(tmp_path / "saved").eval()):
        assert after.config.vocab_size == 13
        with torch.no_grad():
            ours, theirs = encoder(ids).logits, after(ids).logits
            states = [place.roberta(ids).last_hidden_state for place in (encoder, after)]
        assert torch.equal(*states)
        assert torch.allclose(ours[..., :9], theirs[..., :9], atol=1e-6, rtol=0)
        assert torch.allclose(ours[..., 9], theirs[..., 12], atol=1e-6, rtol=0)  # <mask> moved to the end
        assert after.lm_head.decoder.weight.data_ptr() == after.get_input_embeddings().weight.data_ptr()
        assert after.lm_head.decoder.bias.data_ptr() == after.lm_head.bias.data_ptr()
        rows, bias = encoder.get_input_embeddings().weight, encoder.lm_head.bias
        for row, pieces in ((9, ["▁", "c", "a", "b"]), (10, ["a", "b", "b", "a"]), (11, ["<unk>"])):
            before = [old.token_to_id(piece) for piece in pieces]
            assert torch.allclose(after.get_input_embeddings().weight[row], rows[before].mean(dim=0))
            assert torch.allclose(after.lm_head.bias[row], bias[before].mean())


def test_same_pieces_change_nothing(encoder: XLMRobertaForMaskedLM, tmp_path: Path) -> None:
    old, same = deepcopy(encoder), read_tokenizer(write_tokenizer(tmp_path / "old", OLD))
    extend_encoder(old, same, same)
    assert torch.equal(old.get_input_embeddings().weight, encoder.get_input_embeddings().weight)


def test_a_tokenizer_that_moves_ids_is_refused(encoder: XLMRobertaForMaskedLM, tmp_path: Path) -> None:
    old = read_tokenizer(write_tokenizer(tmp_path / "old", OLD))
    other = read_tokenizer(write_tokenizer(tmp_path / "other", [OLD[1], OLD[0], *OLD[2:]]))
    with pytest.raises(
        MismatchError, match=r"\(10 pieces\).*\(10 pieces\): '▁' has id 5 in the shards, 4 in the model"
    ):
        extend_encoder(deepcopy(encoder), old, other)


def test_a_folder_without_a_tokenizer_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"has no tokenizer: neither tokenizer\.json nor sentencepiece\.bpe\.model"):
        read_tokenizer(tmp_path)
