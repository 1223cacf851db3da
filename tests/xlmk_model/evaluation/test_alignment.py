"""Alignment of texts across languages: what is a query, how the view is chosen, groups; against loops."""

import pytest
import torch
from torch import Tensor

from xlmk_model.evaluation.alignment import AlignmentTexts, View, best_view, chooses, grouped_scores, pair_ranks
from xlmk_model.evaluation.class_transfer import class_transfer, fold_of
from xlmk_model.evaluation.pooling import pooled
from xlmk_model.evaluation.ranking import centred


def texts_of(digests: dict[str, dict[int, int]]) -> AlignmentTexts:
    return AlignmentTexts(
        ids={lang: sorted(own) for lang, own in digests.items()},
        rows={lang: [[0, own[qid], 2] for qid in sorted(own)] for lang, own in digests.items()},
        digests={lang: torch.tensor([own[qid] for qid in sorted(own)]) for lang, own in digests.items()},
    )


@pytest.fixture
def texts() -> AlignmentTexts:
    """Entity 3 is written alike in both languages, 5 is only in `aa`, 7 and 8 share a text in `bb`."""
    return texts_of({"aa": {1: 11, 3: 13, 5: 15, 7: 17, 8: 18}, "bb": {1: 21, 3: 13, 7: 27, 8: 27}})


def vectors_for(texts: AlignmentTexts, width: int = 6) -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(4)
    return {lang: centred(torch.randn(len(ids), width, generator=generator)) for lang, ids in texts.ids.items()}


def test_ranks_against_a_loop(texts: AlignmentTexts) -> None:
    vectors = vectors_for(texts)
    qids, ranks = pair_ranks(texts, vectors, "aa", "bb")
    assert qids == [1, 7, 8]  # 3 is the same text, 5 has none there
    expected = []
    for qid in qids:
        query = vectors["aa"][texts.ids["aa"].index(qid)]
        right = texts.ids["bb"].index(qid)
        scores = [float(query @ candidate) for candidate in vectors["bb"]]
        digests = texts.digests["bb"].tolist()
        rivals = [n for n in range(len(scores)) if digests[n] != digests[right]]
        expected.append(1 + sum(scores[n] >= scores[right] for n in rivals))
    assert ranks == expected


def test_groups_are_scored_apart(texts: AlignmentTexts) -> None:
    vectors = {"aa": torch.eye(5), "bb": torch.eye(5)[[0, 1, 3, 4]]}  # everything is found
    vectors["aa"][4], vectors["bb"][3] = torch.zeros(5), torch.zeros(5)  # but entity 8
    found = grouped_scores(texts, vectors, {"some": {1, 7}, "other": {8}, "none": {99}})
    assert (found["some"].queries, found["some"].recall_at_1) == (4, 1.0)
    assert (found["other"].queries, found["other"].recall_at_1) == (2, 0.0)
    assert found["none"].queries == 0


def test_about_a_fifth_of_the_entities_choose_the_view_and_always_the_same() -> None:
    chosen = [qid for qid in range(5000) if chooses(qid)]
    assert 0.17 < len(chosen) / 5000 < 0.23
    assert chosen == [qid for qid in range(5000) if chooses(qid)]


def test_the_view_with_the_highest_value_is_chosen() -> None:
    values = {View(0, "mean"): 0.1, View(2, "bos"): 0.3, View(1, "mean"): 0.3}
    assert best_view(values) == View(1, "mean")


def test_pooling_leaves_padding_out() -> None:
    states = torch.tensor([[[1.0, 2.0], [3.0, 4.0], [100.0, 100.0]]])
    real = torch.tensor([[True, True, False]])
    assert pooled(states, real, "mean").tolist() == [[2.0, 3.0]]
    assert pooled(states, real, "bos").tolist() == [[1.0, 2.0]]


@pytest.mark.parametrize("aligned", [True, False])
def test_a_class_carries_over_where_languages_are_aligned(aligned: bool) -> None:
    """Two classes are two directions; in the second language the same ones, or random ones."""
    generator = torch.Generator().manual_seed(1)
    entities = list(range(60))
    classes = {qid: 500 + qid % 2 for qid in entities}
    base = torch.tensor([[1.0, 0.0, 0.0] if qid % 2 else [-1.0, 0.0, 0.0] for qid in entities])
    noise = [0.1 * torch.randn(60, 3, generator=generator) for _ in range(2)]
    other = base + noise[1] if aligned else torch.randn(60, 3, generator=generator)
    vectors = {"aa": centred(base + noise[0]), "bb": centred(other)}
    groups = {"all": set(entities), "first": set(entities[:20])}
    found = class_transfer({"aa": entities, "bb": entities}, vectors, classes, groups, source="aa")
    assert (found["all"].queries, found["first"].queries) == (60, 20)  # each once, in the other language
    assert found["all"].majority < 0.7
    assert (found["all"].accuracy > 0.95) is aligned


def test_folds_are_of_like_size() -> None:
    sizes = [sum(fold_of(qid) == fold for qid in range(1000)) for fold in range(5)]
    assert sum(sizes) == 1000 and min(sizes) > 150
