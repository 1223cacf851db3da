"""Premise, hypothesis and label from XNLI's official files, XTREME's TSV and Hugging Face rows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import InputError
from xlmk_model.evaluation.files import class_names, input_error, is_structured, lines_of, read_bytes, read_rows

LABELS = ("entailment", "neutral", "contradiction")
"""Class number → name: the order of the Hugging Face data set."""
_SYNONYMS = {"contradictory": "contradiction"}
"""XNLI's translated training set says `contradictory`."""
NO_LABEL = "-"
"""MultiNLI's mark for pairs on which the annotators did not agree: dropped, as everybody does."""
_NAMES = {"sentence1": "premise", "sentence2": "hypothesis", "gold_label": "label", "hypo": "hypothesis"}
"""Column names of the official files → ours."""


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A premise and a hypothesis; `label` is an index into `LABELS`; `lang` if the file gives one."""

    premise: str
    hypothesis: str
    label: int
    lang: str | None = None


def label_index(value: object, names: tuple[str, ...] = LABELS) -> int | None:
    """The class of a label's name or number; None if it is neither. `names` is what numbers stand for.

    >>> label_index("contradictory"), label_index(1), label_index("2"), label_index("maybe")
    (2, 1, 2, None)
    """
    text = str(value).strip().lower()
    text = _SYNONYMS.get(text, text)
    if text in LABELS:
        return LABELS.index(text)
    return LABELS.index(names[int(text)]) if text.isdecimal() and int(text) < len(names) else None


def _pair(path: Path, line: int, fields: Mapping[str, Any], names: tuple[str, ...]) -> Pair | None:
    missing = [key for key in ("premise", "hypothesis", "label") if fields.get(key) is None]
    if missing:
        raise input_error(path, line, f"lacks {', '.join(missing)}")
    if fields["label"] in (NO_LABEL, -1):
        return None
    label = label_index(fields["label"], names)
    if label is None:
        raise input_error(path, line, f"label {fields['label']!r}, expected one of {', '.join(LABELS)}")
    lang = fields.get("language")
    return Pair(
        premise=str(fields["premise"]),
        hypothesis=str(fields["hypothesis"]),
        label=label,
        lang=None if lang is None else str(lang),
    )


def _tsv(path: Path, data: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    """Lines of a TSV: with a header that names the columns, or premise, hypothesis, label without one."""
    columns = ["premise", "hypothesis", "label"]
    for line, text in lines_of(data, path):
        cells = text.split("\t")
        if line == 1:
            named = [_NAMES.get(cell, cell) for cell in cells]
            if {"premise", "hypothesis", "label"} <= set(named):
                columns = named
                continue
        if not text:
            continue
        if len(cells) != len(columns):
            raise input_error(path, line, f"{len(cells)} columns, expected {len(columns)}: {', '.join(columns)}")
        yield line, dict(zip(columns, cells, strict=True))


def _row_fields(row: Mapping[str, Any], lang: str | None) -> list[dict[str, Any]]:
    """The pairs of one Hugging Face row or official JSON line: several where a row holds all languages."""
    fields = {_NAMES.get(key, key): value for key, value in row.items()}
    premise, hypothesis = fields.get("premise"), fields.get("hypothesis")
    if not isinstance(premise, Mapping) or not isinstance(hypothesis, Mapping):
        return [fields]
    texts = dict(zip(hypothesis["language"], hypothesis["translation"], strict=True))
    chosen = sorted(set(premise) & set(texts)) if lang is None else [lang]
    label = fields.get("label")
    return [
        {"premise": premise.get(code), "hypothesis": texts.get(code), "label": label, "language": code}
        for code in chosen
    ]


def read_pairs(path: Path, lang: str | None = None) -> list[Pair]:
    """All labelled pairs of a file, in its order, plain or gzip'd.

    Official XNLI TSV or JSON lines (with or without header), XTREME's three columns, Hugging Face rows (also its
    "all_languages" layout). A file of several languages is cut to those of `lang`. Pairs labelled "-" are dropped.
    Raises InputError with line and reason.
    """
    data = read_bytes(path)
    names: tuple[str, ...] = LABELS
    numbered: Iterator[tuple[int, Mapping[str, Any]]]
    if is_structured(data):
        given = class_names(path, data).get("label", list(LABELS))
        names = tuple(_SYNONYMS.get(name, name) for name in given)
        if not set(names) <= set(LABELS):
            raise input_error(path, None, f"its classes are {', '.join(names)}, expected {', '.join(LABELS)}")
        numbered = ((line, fields) for line, row in read_rows(path, data) for fields in _row_fields(row, lang))
    else:
        numbered = iter(_tsv(path, data))
    pairs = [pair for line, fields in numbered if (pair := _pair(path, line, fields, names)) is not None]
    languages = {pair.lang for pair in pairs}
    if lang is not None and len(languages) > 1:
        pairs = [pair for pair in pairs if pair.lang == lang]
        if not pairs:
            raise InputError(f"{path}: no pair in {lang!r}; it has {', '.join(sorted(map(str, languages)))}")
    if not pairs:
        raise input_error(path, None, "has no labelled pairs")
    return pairs
