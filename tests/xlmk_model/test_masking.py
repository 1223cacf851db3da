"""Masking against plain loops, and the shares that MLM promises."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from xlmk_model.batches import Vocabulary
from xlmk_model.config import MlmConfig
from xlmk_model.masking import mask_spans, mlm_mask

VOCABULARY = Vocabulary(size=50, bos=0, pad=1, eos=2, unk=3, mask=49)


@given(st.lists(st.integers(3, 49), min_size=0, max_size=30), st.integers(0, 2**31))
def test_mlm_mask_changes_predicted_tokens_only(inner: list[int], seed: int) -> None:
    ids = torch.tensor([0, *inner, 2])
    config = MlmConfig(mask_share=0.5, keep_share=0.2, random_share=0.3)
    hidden, positions = mlm_mask(
        ids, vocabulary=VOCABULARY, config=config, generator=torch.Generator().manual_seed(seed)
    )
    predicted = set(positions.tolist())
    for at, (before, after) in enumerate(zip(ids.tolist(), hidden.tolist(), strict=True)):
        if at not in predicted:
            assert before == after
        else:
            assert before not in (0, 1, 2, 49)
            assert after == 49 or 3 < after < 49 or after == before


def test_shares() -> None:
    ids = torch.full((200_000,), 7)
    hidden, positions = mlm_mask(
        ids, vocabulary=VOCABULARY, config=MlmConfig(), generator=torch.Generator().manual_seed(0)
    )
    share = len(positions) / len(ids)
    masked = (hidden[positions] == 49).float().mean()
    kept = (hidden[positions] == 7).float().mean()
    assert abs(share - 0.15) < 0.005
    assert abs(float(masked) - 0.8) < 0.01
    assert abs(float(kept) - (0.1 + 0.1 / 45)) < 0.01


def test_random_pieces_are_all_but_special_ones_wherever_the_mask_stands() -> None:
    ids, everything = torch.full((2000,), 7), MlmConfig(mask_share=1.0, keep_share=0.0, random_share=1.0)
    vocabulary = Vocabulary(size=12, bos=0, pad=1, eos=2, unk=3, mask=9)
    hidden, _ = mlm_mask(ids, vocabulary=vocabulary, config=everything, generator=torch.Generator().manual_seed(0))
    assert set(hidden.tolist()) == {4, 5, 6, 7, 8, 10, 11}


@given(st.data())
def test_mask_spans_against_a_loop(data: st.DataObject) -> None:
    length = data.draw(st.integers(3, 20))
    cuts = sorted(data.draw(st.sets(st.integers(1, length - 1), min_size=2, max_size=8)))
    spans = list(zip(cuts[::2], cuts[1::2], strict=False))
    drawn = data.draw(st.integers(0, len(spans) - 1))
    single = data.draw(st.booleans())
    ids = torch.arange(100, 100 + length)
    hidden, position = mask_spans(ids, spans, drawn=drawn, mask=49, single=single)
    expected, place = [], None
    for at, value in enumerate(ids.tolist()):
        inside = next((span for span in spans if span[0] <= at < span[1]), None)
        if inside is not None and at == spans[drawn][0]:
            place = len(expected)
        if inside is None:
            expected.append(value)
        elif not single or at == inside[0]:
            expected.append(49)
    assert hidden.tolist() == expected
    assert position == place
