"""What is drawn for MEP: languages of texts, mentions by flattened frequency, the other links to the same entity."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
import torch

from tests.xlmk_model.synthetic_shards import World
from xlmk_model.collate import StepMaker
from xlmk_model.collate.entity_texts import draw_language
from xlmk_model.config import TrainConfig, with_overrides
from xlmk_model.shards import open_dataset


def test_languages_are_drawn_as_stated() -> None:
    weights = {"en": 3.0, "de": 1.0, "ru": 5.0}
    drawn: Counter[str] = Counter()
    generator = torch.Generator().manual_seed(0)
    for _ in range(4000):
        drawn[draw_language(["de", "en", "ru"], own="ru", same=0.4, weights=weights, generator=generator)] += 1
    assert abs(drawn["ru"] / 4000 - 0.4) < 0.03
    assert abs(drawn["en"] / drawn["de"] - 3.0) < 0.5
    assert draw_language(["ru"], own="ru", same=0.0, weights=weights, generator=generator) == "ru"


def test_languages_weigh_by_a_power_of_their_texts(world: World, fast_config: TrainConfig) -> None:
    config = with_overrides(fast_config, ["alpha=0.5"])
    source = StepMaker(open_dataset(world.folder), config).source
    texts = {lang: len(source.texts.ids_in(lang)) for lang in ("aa", "bb", "cc")}
    assert texts["cc"] < texts["aa"]
    without = {lang: sum(q not in world.held_out for q in source.texts.ids_in(lang).tolist()) for lang in texts}
    expected = {lang: count**0.5 / sum(n**0.5 for n in without.values()) for lang, count in without.items()}
    assert source.weights == pytest.approx(expected)


class OneRow:
    """Stands for a language's passages: every draw is the same row."""

    def __init__(self, row: dict[str, Any]) -> None:
        """`row` as `ShuffledRows` gives it."""
        self.row = row

    def __getitem__(self, _draw: int) -> dict[str, Any]:
        return self.row


@pytest.fixture
def rigged(world: World, fast_config: TrainConfig) -> StepMaker:
    """A passage that links entity 1 twice and entity 2 once; 1 is a mention 16 times as often."""
    maker = StepMaker(open_dataset(world.folder), replace(fast_config, seed=1))
    maker.config = with_overrides(maker.config, ["flatten_entities=0.5", "mask_mentions=1"])
    spans = [(1, 3, 1), (4, 5, 2), (6, 7, 1)]
    mentions = [{"start": start, "end": end, "qid": qid} for start, end, qid in spans]
    maker.passages["mep", "aa"] = OneRow({"input_ids": [0, *range(5, 12), 2], "mentions": mentions})  # type: ignore[assignment]
    maker._frequency_qid, maker._frequency = torch.tensor([1, 2]).numpy(), torch.tensor([16, 1]).numpy()
    return maker


def test_mentions_are_drawn_by_flattened_frequency(rigged: StepMaker) -> None:
    drawn: Counter[int] = Counter()
    for seed in range(600):
        row = rigged.mention_row("aa", 0, torch.Generator().manual_seed(seed))
        assert row is not None
        drawn[row.text.qid] += 1
    # weights 16^-0.5 = 1/4 for each of the two mentions of 1, and 1 for that of 2
    assert abs(drawn[1] / 600 - 0.5 / 1.5) < 0.06


def test_other_links_to_the_same_entity_are_hidden_too(rigged: StepMaker) -> None:
    mask = rigged.vocabulary.mask
    seen = set()
    for seed in range(40):
        row = rigged.mention_row("aa", 0, torch.Generator().manual_seed(seed))
        assert row is not None
        ids = row.passage[0].tolist()
        expected = [0, mask, mask, 7, 8, 9, mask, 11, 2] if row.text.qid == 1 else [0, 5, 6, 7, mask, 9, 10, 11, 2]
        assert ids == expected
        assert row.position in ((1, 6) if row.text.qid == 1 else (4,))
        seen.add(row.position)
    assert seen == {1, 4, 6}
