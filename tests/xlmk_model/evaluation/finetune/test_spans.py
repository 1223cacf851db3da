"""Windows and answers of span question answering: against brute force, and on real passages in many scripts."""

import random
from pathlib import Path

import numpy as np
import pytest
import torch

from pipeline.tokenizer.loading import load_tokenizer
from tests.xlmk_model.evaluation.toy import toy_encoder
from xlmk_model.evaluation.encoder import Encoder, open_encoder, open_tokenizer
from xlmk_model.evaluation.finetune.rows import Row
from xlmk_model.evaluation.finetune.spans import best_answers, first_answers, question_rows, window_answers
from xlmk_model.evaluation.qa.examples import Question, read_questions
from xlmk_model.evaluation.qa.normalise import rules_for
from xlmk_model.evaluation.qa.score import aggregate, question_scores


def test_best_spans_of_a_window_equal_brute_force() -> None:
    rng = random.Random(0)
    for _ in range(30):
        tokens = rng.randint(1, 12)
        marks = [(3 + n, 10 * n, 10 * n + 5) for n in range(tokens) if rng.random() < 0.9]
        row = Row(ids=[0] * (tokens + 4), example=0, target=[0, 0], marks=marks)
        logits = torch.randn(tokens + 4, 2, generator=torch.Generator().manual_seed(rng.randint(0, 99)))
        longest = rng.randint(1, 5)
        every = sorted(
            (-float(logits[s, 0] + logits[e, 1]), first, after)
            for s, first, _ in marks
            for e, _, after in marks
            if 0 <= e - s < longest
        )
        found = window_answers(logits, row, n_best=100, max_answer=longest)
        assert [(start, end) for _, start, end in found] == [(start, end) for _, start, end in every]
        assert [score for score, _, _ in found] == pytest.approx([-score for score, _, _ in every])


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    return open_encoder(toy_encoder(tmp_path_factory.mktemp("spans")))


def test_windows_cover_every_token_and_hold_the_answer_where_they_say_so(encoder: Encoder) -> None:
    context = " . ".join(["Anna besucht Rom", "Boris kennt Wien"] * 12)
    start = context.rindex("Wien")
    question = Question(id="1", context=context, question="Wo ?", answers=("Wien",), starts=(start,))
    plain = question_rows(encoder, [question], max_length=40, stride=9, training=False)
    covered = np.zeros(len(context), bool)
    for row in plain:
        assert len(row.ids) <= 40
        for _, first, after in row.marks:
            covered[first:after] = True
    assert all(covered[n] or context[n] == " " for n in range(len(context)))
    trained = question_rows(encoder, [question], max_length=40, stride=9, training=True)
    held = [(row, mark) for row, mark in zip(trained, plain, strict=True) if row.target != [0, 0]]
    assert 0 < len(held) < len(trained)
    for row, mark in held:
        places = {token: (first, after) for token, first, after in mark.marks}
        assert context[places[row.target[0]][0] : places[row.target[1]][1]] == "Wien"


def perfect_scores(rows: list[Row]) -> list[torch.Tensor]:
    """Scores of a model that points exactly at the training targets."""
    scores = []
    for row in rows:
        logits = torch.full((len(row.ids), 2), -5.0)
        if row.target != [0, 0]:
            logits[row.target[0], 0] = logits[row.target[1], 1] = 5.0
        scores.append(logits)
    return scores


@pytest.fixture(scope="module")
def real(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    """No model, but XLM-R's vocabulary."""
    folder = tmp_path_factory.mktemp("xlmr")
    load_tokenizer(shared_data / "tokenizer" / "xlmr.sentencepiece.model").write(folder)
    tokenizer = open_tokenizer(folder)
    return Encoder(body=torch.nn.Identity(), tokenizer=tokenizer, hidden=1, max_tokens=512, bos=0, eos=2, pad=1)


@pytest.mark.parametrize("lang", ["ar", "de", "el", "en", "hi", "ru", "th", "vi", "zh"])
def test_a_perfect_model_gets_nearly_all_real_answers(shared_data: Path, real: Encoder, lang: str) -> None:
    """Offsets, windows and n-best lose an answer only where it ends inside of a piece."""
    questions = read_questions(shared_data / "eval" / "xquad" / f"xquad.{lang}.json.gz")[:120]
    sizes = {"max_length": 128, "stride": 40}
    targets = question_rows(real, questions, **sizes, training=True)  # type: ignore[arg-type]
    rows = question_rows(real, questions, **sizes, training=False)  # type: ignore[arg-type]
    ranked = best_answers(questions, rows, perfect_scores(targets), n_best=20, max_answer=60)
    scores = question_scores(questions, first_answers(questions, ranked), lang=lang, rules=rules_for(lang))
    assert aggregate(scores)["exact_match"] > (90 if lang in ("th", "zh") else 97)
