"""States do not depend on how rows are put together: passes and padding against each row alone."""

import pytest
import torch

from xlmk_model.batches import Requests, Vocabulary
from xlmk_model.collate import pad_rows
from xlmk_model.config import ModelConfig
from xlmk_model.encoder import encoder_config, new_encoder, request_passes, states_at

VOCABULARY = Vocabulary(size=50, bos=0, pad=1, eos=2, unk=3, mask=49)
SIZES = ModelConfig(layers=2, hidden=16, ffn=32, heads=2, positions=40, dropout=0.0, init_std=0.3)


@pytest.mark.parametrize("limit", [1, 25, 10_000])
def test_passes_equal_rows_alone(limit: int) -> None:
    encoder = new_encoder(encoder_config(SIZES, VOCABULARY), 0).double().eval()
    generator = torch.Generator().manual_seed(0)
    lengths = [7, 3, 12, 3, 20, 9]
    rows = [torch.randint(4, 49, (length,), generator=generator) for length in lengths]
    row = torch.tensor([4, 0, 0, 5, 2, 4])  # row 1 and 3 are not asked for
    position = torch.tensor([19, 0, 6, 3, 11, 0])
    requests = Requests(tokens=pad_rows(rows, VOCABULARY.pad), row=row, position=position)
    with torch.no_grad():
        states = states_at(encoder, requests, limit)
        alone = torch.stack(
            [encoder.roberta(rows[r][None]).last_hidden_state[0, p] for r, p in zip(row, position, strict=True)]
        )
    assert torch.allclose(states, alone, atol=1e-12, rtol=0)
    sizes = [part.tokens.ids.numel() for _, part in request_passes(requests, limit)]
    assert max(sizes) <= max(limit, 20)


def test_fresh_weights_depend_on_the_seed_alone() -> None:
    config = encoder_config(SIZES, VOCABULARY)
    torch.manual_seed(5)
    before = torch.get_rng_state()
    first = new_encoder(config, 0)
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(6)
    second, other = new_encoder(config, 0), new_encoder(config, 1)
    weights = [place.roberta.embeddings.word_embeddings.weight for place in (first, second, other)]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])
    assert first.config.layer_norm_eps == 1e-5
    assert torch.equal(weights[0][VOCABULARY.pad], torch.zeros(16))
