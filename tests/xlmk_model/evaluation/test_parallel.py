"""Parallel-sentence retrieval: reading and aligning files, vectors against a loop, and what must be found."""

import gzip
from pathlib import Path

import pytest
import torch

from pipeline.errors import ConfigError, InputError
from tests.xlmk_model.evaluation.toy import toy_encoder
from xlmk_model.evaluation.encoder import open_encoder
from xlmk_model.evaluation.parallel import evaluate_parallel, read_sentences, sentence_vectors

TEXTS = ["Anna besucht Rom .", "Boris", "Carla kennt Berlin . Neu", "ja nein", "Dieter liebt Wien ."]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return toy_encoder(tmp_path_factory.mktemp("parallel"))


@pytest.mark.parametrize("pooling", ["mean", "bos"])
def test_vectors_equal_those_of_one_sentence_at_a_time(model: Path, pooling: str) -> None:
    encoder = open_encoder(model)
    encoder.body.eval()
    found = sentence_vectors(encoder, TEXTS, pooling=pooling, layer=-1)  # type: ignore[arg-type]
    for text, vector in zip(TEXTS, found, strict=True):
        ids = torch.tensor([[encoder.bos, *encoder.pieces([text])[0], encoder.eos]])
        with torch.no_grad():
            states = encoder.body(input_ids=ids).last_hidden_state[0]
        expected = states[0] if pooling == "bos" else states.mean(dim=0)
        assert torch.allclose(vector, expected, atol=1e-5)


def test_sentences_of_the_same_words_are_found(model: Path, tmp_path: Path) -> None:
    for lang, mark in (("de", "."), ("en", "?")):
        lines = [
            f"{name} {verb} {city} {mark}\n"
            for name in ("Anna", "Emil")
            for verb in ("kennt", "liebt")
            for city in ("Rom", "Wien")
        ]
        (tmp_path / f"{lang}.txt").write_text("".join(lines))
    report = evaluate_parallel(model, {lang: tmp_path / f"{lang}.txt" for lang in ("de", "en")}, layer=0)
    assert report.sentences == 8
    assert report.pairs["de->en"].recall_at_1 == 1.0
    assert report.macro.queries == 16
    with pytest.raises(ConfigError, match="the model has layers 0 to 1"):
        evaluate_parallel(model, {lang: tmp_path / f"{lang}.txt" for lang in ("de", "en")}, layer=7)


def test_conllu_is_aligned_by_sent_id(model: Path, tmp_path: Path) -> None:
    def conllu(*sentences: tuple[str, str]) -> str:
        return "".join(f"# sent_id = {k}\n# text = {t}\n1\t{t}\t_\t_\t_\t_\t0\troot\t_\t_\n\n" for k, t in sentences)

    (tmp_path / "de.conllu.gz").write_bytes(gzip.compress(conllu(("a", "Anna"), ("b", "Rom"), ("c", "Wo")).encode()))
    (tmp_path / "en.conllu").write_text(conllu(("c", "Wo ?"), ("a", "Anna .")))
    assert read_sentences(tmp_path / "en.conllu") == {"c": "Wo ?", "a": "Anna ."}
    report = evaluate_parallel(model, {"de": tmp_path / "de.conllu.gz", "en": tmp_path / "en.conllu"})
    assert (report.sentences, report.pairs["de->en"].queries) == (2, 2)


def test_files_that_do_not_belong_together_are_refused(model: Path, tmp_path: Path) -> None:
    (tmp_path / "de.txt").write_text("Anna\nBoris\n")
    (tmp_path / "en.txt").write_text("Anna\n")
    (tmp_path / "fr.txt").write_text("Anna\n\nBoris\n")
    with pytest.raises(InputError, match="must be equally long: {'de': 2, 'en': 1}"):
        evaluate_parallel(model, {"de": tmp_path / "de.txt", "en": tmp_path / "en.txt"})
    with pytest.raises(InputError, match=r"fr\.txt:2: is empty"):
        read_sentences(tmp_path / "fr.txt")
