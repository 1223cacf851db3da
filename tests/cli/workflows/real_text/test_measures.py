"""Probes item by item, the head that is fitted alone, the cuts of the evaluation files, and what a report says."""

from pathlib import Path

import pytest
import torch

from cli.workflows.real_text import sets
from cli.workflows.real_text.head import fit_head
from cli.workflows.real_text.intervals import measures
from cli.workflows.real_text.probes import item_scores, vectors
from tests.xlmk_model.evaluation.toy import toy_encoder
from tests.xlmk_model.synthetic_shards import write_shards
from xlmk_model.config import preset, with_overrides
from xlmk_model.evaluation.encoder import open_encoder
from xlmk_model.evaluation.ner.examples import read_tagged
from xlmk_model.evaluation.nli.examples import read_pairs
from xlmk_model.evaluation.qa.examples import read_questions
from xlmk_model.init import new_model
from xlmk_model.shards import open_dataset


def test_scores_of_items_are_means_over_pairs_of_languages() -> None:
    texts = {"de": {"a": "x", "b": "y", "c": "same"}, "en": {"a": "p", "b": "q", "c": "same"}, "fr": {"b": "r"}}
    one, two, three = torch.eye(3)
    states = {"de": torch.stack([one, two, three]), "en": torch.stack([one, three, two]), "fr": torch.stack([two])}
    found = item_scores(texts, states)
    assert found["a"] == [1.0, 1.0, 1.0]
    # b: de->en third of three (ties count against it), en->de the same, de->fr and en->fr alone, fr->de 1, fr->en 3
    assert found["b"] == pytest.approx([3 / 6, 1.0, (1 / 3 + 1 / 3 + 1 + 1 + 1 + 1 / 3) / 6])
    assert "c" not in found  # the same text in both languages asks nothing


def test_vectors_of_a_batch_equal_those_of_one_text_at_a_time(tmp_path: Path) -> None:
    encoder = open_encoder(toy_encoder(tmp_path))
    encoder.body.eval()
    texts = ["Anna besucht Rom .", "Boris", "Carla kennt Berlin ."]
    together = vectors(encoder, texts)
    for n, text in enumerate(texts):
        alone = vectors(encoder, [text])
        for pooling, found in together.items():
            assert torch.allclose(found[n], alone[pooling][0], atol=1e-5)
    assert not torch.allclose(together["mean"][0], together["bos"][0])


def test_the_head_alone_is_fitted(tmp_path: Path) -> None:
    world = write_shards(tmp_path / "shards", rows=100)
    settings = "hidden=32 ffn=64 heads=2".split()
    dataset = open_dataset(world.folder)
    encoder = new_model(with_overrides(preset("tiny", shards=world.folder, out=tmp_path), settings), dataset).encoder
    before = {name: value.clone() for name, value in encoder.state_dict().items()}
    fitted = fit_head(encoder, dataset, rows=200, batch=64)
    moved = {name for name, value in encoder.state_dict().items() if not value.equal(before[name])}
    assert fitted.loss_after < fitted.loss_before
    assert moved == {
        *(f"lm_head.{part}.{kind}" for part in ("dense", "layer_norm") for kind in ("weight", "bias")),
        "lm_head.bias",
        "lm_head.decoder.bias",
    }
    assert all(parameter.requires_grad for parameter in encoder.parameters())


def test_intervals_see_a_difference_and_its_absence() -> None:
    start = {str(n): [float(n % 2)] * 3 for n in range(40)}
    better = {str(n): [1.0] * 3 for n in range(40)}
    row = measures("probe", start, {0: start, 1: start}, {0: better, 1: start})[0]
    assert (row.first, row.second, row.difference, row.items) == (50.0, 75.0, 25.0, 40)
    assert row.by_seed == {"first": [50.0, 50.0], "second": [100.0, 50.0]}
    assert 10 < row.low < 25 < row.high < 40
    same = measures("probe", start, {0: start}, {0: start})[0]
    assert (same.difference, same.low, same.high) == (0.0, 0.0, 0.0)


def test_cuts_for_testing_share_nothing_with_those_for_training(shared_data: Path, tmp_path: Path) -> None:
    data = shared_data / "eval"
    xnli, ner, qa = (cut(data, tmp_path) for cut in (sets.xnli_cuts, sets.ner_cuts, sets.qa_cuts))
    assert len(read_pairs(xnli.train)) == 1500
    english = tmp_path / "in-english.tsv"
    english.write_text("\n".join(sets._lines(data / "xnli-dev" / "dev-en.tsv.gz")[2200:2320]))
    seen = {pair.premise for path in (xnli.train, xnli.dev) for pair in read_pairs(path)}
    assert not seen & {pair.premise for pair in read_pairs(english)}
    assert {lang: len(read_tagged(path).sentences) for lang, path in ner.tests.items()} == dict.fromkeys(
        sets.NER_LANGUAGES, 120
    )
    assert len(read_tagged(ner.train).sentences) == 1000
    asked = {path: {item.id for item in read_questions(path)} for path in (qa.train, qa.dev, *qa.tests.values())}
    tested = [asked[path] for path in qa.tests.values()]
    assert all(own == tested[0] and not own & (asked[qa.train] | asked[qa.dev]) for own in tested)


def test_parallel_sentences_have_the_same_keys_in_all_languages(shared_data: Path) -> None:
    for name, texts in sets.parallel_sentences(shared_data / "eval").items():
        assert len({tuple(own) for own in texts.values()}) == 1, name
        assert len(next(iter(texts.values()))) == {"xnli premises": 120, "xquad questions": 100}[name]
