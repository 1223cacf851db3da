"""Questions on passages, from SQuAD-format JSON (MLQA, XQuAD, TyDi QA GoldP) and Hugging Face rows."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import InputError
from xlmk_model.evaluation.files import input_error, is_structured, read_bytes, read_json, read_rows

_TYDI = {
    "arabic": "ar",
    "bengali": "bn",
    "english": "en",
    "finnish": "fi",
    "indonesian": "id",
    "korean": "ko",
    "russian": "ru",
    "swahili": "sw",
    "telugu": "te",
}
"""TyDi QA GoldP: first part of a question's id → language."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """A question whose answers are spans of `context`. `starts[i]` counts code points of the context."""

    id: str
    context: str
    question: str
    answers: tuple[str, ...]
    starts: tuple[int, ...]

    @property
    def tydi_language(self) -> str | None:
        """The language that a TyDi QA id names, else None.

        >>> Question(id="finnish-12-0", context="", question="", answers=(), starts=()).tydi_language
        'fi'
        """
        return _TYDI.get(self.id.split("-")[0])

    @property
    def of_squad(self) -> bool:
        """Whether the id is one of SQuAD's (24 hexadecimal digits, kept by XQuAD) or of TyDi QA; MLQA's have 40 digits.

        >>> Question(id="56beb4343aeaaa14008c925b", context="", question="", answers=(), starts=()).of_squad
        True
        """
        return self.tydi_language is not None or re.fullmatch(r"[0-9a-f]{24}", self.id) is not None


def _question(path: Path, line: int | None, where: str, fields: Mapping[str, Any], context: object) -> Question:
    missing = [key for key in ("id", "question", "answers") if key not in fields]
    if missing or not isinstance(context, str):
        raise input_error(path, line, f"{where}: lacks {', '.join(missing) or 'a context'}")
    raw = fields["answers"]
    try:
        if isinstance(raw, Mapping):
            answers = list(zip(raw["text"], raw["answer_start"], strict=True))
        else:
            answers = [(answer["text"], answer["answer_start"]) for answer in raw]
    except (KeyError, TypeError, ValueError) as error:
        raise input_error(path, line, f"{where}: answers need text and answer_start, found {raw!r:.80}") from error
    if not answers:
        raise input_error(path, line, f"{where}: question {fields['id']} has no answer")
    return Question(
        id=str(fields["id"]),
        context=context,
        question=str(fields["question"]),
        answers=tuple(str(text) for text, _ in answers),
        starts=tuple(int(start) for _, start in answers),
    )


def _squad(path: Path, articles: list[Any]) -> Iterator[Question]:
    for a, article in enumerate(articles):
        for p, paragraph in enumerate(article["paragraphs"]):
            where = f"data[{a}].paragraphs[{p}]"
            if not isinstance(paragraph, Mapping) or "qas" not in paragraph:
                raise input_error(path, None, f"{where}: lacks qas")
            for q, fields in enumerate(paragraph["qas"]):
                yield _question(path, None, f"{where}.qas[{q}]", fields, paragraph.get("context"))


def read_questions(path: Path, lang: str | None = None) -> list[Question]:
    """All questions of a file, in its order, plain or gzip'd.

    SQuAD-format JSON, or rows (JSON lines, JSON list, Parquet) with id, context, question, answers. A TyDi QA file of
    several languages is cut to those of `lang`. Raises InputError with the place and the reason.
    """
    data = read_bytes(path)
    if not is_structured(data):
        raise input_error(path, 1, "JSON or Parquet expected: SQuAD format or rows with id, context, question, answers")
    articles = _articles(path, data)
    if articles is not None:
        questions = list(_squad(path, articles))
    else:
        rows = read_rows(path, data)
        questions = [_question(path, line, "row", fields, fields.get("context")) for line, fields in rows]
    if lang is not None and len({item.tydi_language for item in questions}) > 1:
        languages = {item.tydi_language for item in questions}
        questions = [item for item in questions if item.tydi_language == lang]
        if not questions:
            raise InputError(f"{path}: no question in {lang!r}; it has {', '.join(sorted(map(str, languages)))}")
    if not questions:
        raise input_error(path, None, "has no questions")
    return questions


def _articles(path: Path, data: bytes) -> list[Any] | None:
    """The articles if the file has SQuAD's format, else None."""
    if not data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") or b'"paragraphs"' not in data:
        return None
    value = read_json(path, data)
    articles = value.get("data")
    if not isinstance(articles, list) or not all(isinstance(a, Mapping) and "paragraphs" in a for a in articles):
        raise input_error(path, None, "SQuAD format expected: data is a list of articles with paragraphs")
    return articles
