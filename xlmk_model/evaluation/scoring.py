"""Scores given predictions against test files with a task's official metric; no model is involved."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pipeline.errors import ConfigError
from pipeline.manifest.digests import input_digest
from xlmk_model.evaluation.language_check import language_warnings
from xlmk_model.evaluation.ner.examples import Sentence, read_tagged
from xlmk_model.evaluation.ner.score import sentence_counts
from xlmk_model.evaluation.nli.examples import Pair, read_pairs
from xlmk_model.evaluation.nli.score import pair_scores
from xlmk_model.evaluation.predictions import is_keyed, read_answers, read_labels, read_tags
from xlmk_model.evaluation.qa.examples import Question, read_questions
from xlmk_model.evaluation.qa.normalise import Rules, rules_for
from xlmk_model.evaluation.qa.score import question_scores
from xlmk_model.evaluation.tasks import TASKS, TestFile, parse_test, report_by_language

Floats = npt.NDArray[np.float64]
Warn = Callable[[str], None]
Examples = Sequence[Question] | Sequence[Pair] | Sequence[Sentence]


@dataclass(frozen=True, kw_only=True)
class ScoreReport:
    """`metrics` by language (percent), `scores` of each item by language, `tests` digests of the test files by pair."""

    metrics: dict[str, dict[str, float]]
    scores: dict[str, Floats]
    tests: dict[str, str]


def read_test(task: str, test: TestFile, warn: Warn) -> Examples:
    """The examples of a test file; what speaks against its language goes to `warn`, one line each."""
    examples: Examples
    declared = None
    if task == "mlqa":
        examples = questions = read_questions(test.path, test.lang)
        texts = list(dict.fromkeys(item.context for item in questions))
        declared = questions[0].tydi_language
    elif task == "xnli":
        examples = pairs = read_pairs(test.path, test.lang)
        declared = pairs[0].lang
        texts = [pair.premise for pair in pairs]
    else:
        tagged = read_tagged(test.path, test.lang)
        examples, declared = tagged.sentences, tagged.declared_language
        texts = [" ".join(sentence.tokens) for sentence in tagged.sentences]
        if tagged.scheme != "IOB2":
            warn(f"{test.path.name}: tags are {tagged.scheme}, read as IOB2")
    for line in language_warnings(test.path, test.lang, texts, declared=declared):
        warn(line)
    return examples


def _prediction_files(predictions: Sequence[str], tests: Sequence[TestFile]) -> list[Path]:
    """The file of predictions for each test: `LANG=FILE`, or plain files in the tests' order, or one for all."""
    keys = {key for test in tests for key in (test.lang, test.pair)}
    named: dict[str, Path] = {}
    plain: list[Path] = []
    for text in predictions:
        key, equals, path = text.partition("=")
        if equals and key in keys:
            named[key] = Path(path)
        else:
            plain.append(Path(text))
    if named and not plain:
        missing = [test.pair for test in tests if test.pair not in named and test.lang not in named]
        if not missing:
            return [named.get(test.pair, named.get(test.lang, Path())) for test in tests]
        raise ConfigError(f"no --predictions for {', '.join(missing)}", next_step="--predictions LANG=FILE for each")
    if named or len(plain) not in (1, len(tests)):
        raise ConfigError(
            f"{len(predictions)} --predictions for {len(tests)} --test files",
            next_step="give each as LANG=FILE, or as many plain files as tests, in their order",
        )
    return plain if len(plain) == len(tests) else plain * len(tests)


def score_predictions(
    task: str,
    predictions: Sequence[str],
    tests: Sequence[str],
    *,
    normalisation: Rules | None = None,
    warn: Warn = lambda line: None,
) -> ScoreReport:
    """Scores files of predictions (`FILE` or `LANG=FILE`) against test files (`LANG=FILE`).

    `normalisation` overrules the answer rules that follow from the language (`mlqa` for MLQA's seven, else `squad`).
    Raises InputError for files that cannot be used, ConfigError for options that do not fit together.
    """
    files = [parse_test(text) for text in tests]
    if not files or not predictions:
        raise ConfigError("--predictions and --test are both needed", next_step="--test LANG=FILE")
    scored = []
    paths = _prediction_files(predictions, files)
    if len(files) > 1 and len(predictions) == 1 and not is_keyed(paths[0], [test.lang for test in files]):
        raise ConfigError(
            f"{paths[0]} has no predictions by language ({{LANG: ...}}), but there are {len(files)} tests",
            next_step="--predictions LANG=FILE for each",
        )
    for test, path in zip(files, paths, strict=True):
        examples = read_test(task, test, warn)
        scored.append((test, _item_scores(task, test, examples, path, normalisation, warn)))
    metrics, items = report_by_language(TASKS[task], scored)
    digests = {test.pair: input_digest(test.path) for test in files}
    return ScoreReport(metrics=metrics, scores=items, tests=digests)


def _item_scores(
    task: str, test: TestFile, examples: Examples, path: Path, normalisation: Rules | None, warn: Warn
) -> Floats:
    if task == "mlqa":
        questions = [item for item in examples if isinstance(item, Question)]
        rules = normalisation or rules_for(test.lang)
        if rules == "squad" and normalisation is None:
            warn(f"{test.path.name}: MLQA has no {test.lang!r}; answers are compared by SQuAD 1.1's rules")
        elif normalisation is None and questions[0].of_squad:
            warn(
                f"{test.path.name}: its ids are those of XQuAD or TyDi QA, whose own figures are made with "
                "--normalisation squad; here answers are compared by MLQA's rules"
            )
        answers = read_answers(path, test.lang)
        unanswered = sum(item.id not in answers for item in questions)
        if unanswered:
            warn(f"{path.name}: {unanswered} of {len(questions)} questions have no prediction and count 0")
        return question_scores(questions, answers, lang=test.lang, rules=rules)
    if task == "xnli":
        gold = [item.label for item in examples if isinstance(item, Pair)]
        return pair_scores(gold, read_labels(path, test.lang, len(gold)))
    sentences = [item for item in examples if isinstance(item, Sentence)]
    tags = read_tags(path, test.lang, sentences, test.path)
    return sentence_counts([sentence.tags for sentence in sentences], tags)
