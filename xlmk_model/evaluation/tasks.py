"""The tasks by name: their metrics, how items add up to them, and the test files of a scoring."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pipeline.errors import ConfigError
from pipeline.languages.codes import check_language
from xlmk_model.evaluation.language_check import languages_in_name
from xlmk_model.evaluation.ner import score as ner_score
from xlmk_model.evaluation.nli import score as nli_score
from xlmk_model.evaluation.qa import score as qa_score

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Task:
    """A task: `aggregate` makes its metrics (percent) of item scores [items, k]; `main` chooses checkpoints."""

    name: str
    metrics: tuple[str, ...]
    main: str
    aggregate: Callable[[Floats], dict[str, float]]


TASKS = {
    "mlqa": Task(name="mlqa", metrics=("exact_match", "f1"), main="f1", aggregate=qa_score.aggregate),
    "xnli": Task(name="xnli", metrics=("accuracy",), main="accuracy", aggregate=nli_score.aggregate),
    "ner": Task(name="ner", metrics=("precision", "recall", "f1"), main="f1", aggregate=ner_score.aggregate),
}


@dataclass(frozen=True, kw_only=True)
class TestFile:
    """A test file. `lang` is its language, for question answering the context's; `question_lang` the questions'."""

    __test__ = False  # not a test case, whatever pytest thinks of the name

    lang: str
    question_lang: str
    path: Path

    @property
    def pair(self) -> str:
        """`context/question`, e.g. "en/de"."""
        return f"{self.lang}/{self.question_lang}"


def parse_test(text: str) -> TestFile:
    """`LANG=FILE`, or `CONTEXT/QUESTION=FILE` for questions in another language than the context's (G-XLT).

    Without the second form the question's language is what the file's name says after the same context language.

    >>> [parse_test(text).pair for text in ("en/de=dev.json", "en=dev-context-en-question-es.json", "fi=x")]
    ['en/de', 'en/es', 'fi/fi']

    Raises ConfigError if it has another form.
    """
    langs, equals, path = text.partition("=")
    if not equals or not path or not langs:
        raise ConfigError(f"--test {text!r} is not of the form LANG=FILE", next_step="--test de=dev-de.tsv")
    lang, slash, question = langs.partition("/")
    check_language(lang)
    if slash:
        check_language(question)
    else:
        named = languages_in_name(Path(path))
        question = named[1] if named and named[0] == lang else lang
    return TestFile(lang=lang, question_lang=question, path=Path(path))


def report_by_language(
    task: Task, scored: Sequence[tuple[TestFile, Floats]]
) -> tuple[dict[str, dict[str, float]], dict[str, Floats]]:
    """(metrics by language, item scores by the same keys).

    A context language with one file has that file's metrics. With several (G-XLT) its key holds the file whose
    questions are in the same language, or if there is none all files together, and each file has a key of its own,
    `context/question`.

    >>> files = [TestFile(lang="en", question_lang=q, path=Path(q)) for q in ("en", "de")]
    >>> scores = [np.array([[1.0, 1.0]]), np.array([[0.0, 0.5]])]
    >>> report_by_language(TASKS["mlqa"], list(zip(files, scores)))[0]["en"]
    {'exact_match': 100.0, 'f1': 100.0}
    >>> sorted(report_by_language(TASKS["mlqa"], list(zip(files, scores)))[0])
    ['en', 'en/de', 'en/en']
    """
    items: dict[str, Floats] = {}
    for lang in dict.fromkeys(test.lang for test, _ in scored):
        own = [(test, scores) for test, scores in scored if test.lang == lang]
        if len({test.pair for test, _ in own}) != len(own):
            raise ConfigError(f"two test files for {own[0][0].pair!r}", next_step="give each language pair once")
        same = [scores for test, scores in own if test.question_lang == lang]
        items[lang] = same[0] if same else np.concatenate([scores for _, scores in own])
        if len(own) > 1:
            items |= {test.pair: scores for test, scores in own}
    return {key: task.aggregate(scores) for key, scores in items.items()}, items
