"""Reading given predictions of a task, to be scored without a model."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.errors import InputError
from xlmk_model.evaluation.files import input_error, is_structured, lines_of, read_bytes, read_json, read_rows
from xlmk_model.evaluation.ner.examples import Sentence, check_tag, column_blocks
from xlmk_model.evaluation.nli.examples import LABELS, label_index


def _first(row: Mapping[str, Any], path: Path, line: int, keys: Sequence[str]) -> Any:
    for key in keys:
        if key in row:
            return row[key]
    raise input_error(path, line, f"lacks a prediction: none of {', '.join(keys)}")


def _one_json_object(path: Path, data: bytes) -> dict[str, Any] | None:
    """The content as one JSON object; None if it is JSON lines, a list or no JSON."""
    if not data.lstrip().startswith(b"{"):
        return None
    try:
        value = json.loads(data.decode("utf-8-sig"))
    except json.JSONDecodeError as error:
        if error.msg.startswith("Extra data"):
            return None
        raise input_error(path, error.lineno, f"is not JSON: {error.msg} (column {error.colno})") from error
    assert isinstance(value, dict)
    return value


def _listed(value: object, lang: str) -> object:
    """The list of predictions in a JSON value: under the language, or by item number ({"0": …, "1": …}).

    >>> _listed({"de": [1, 2]}, "de"), _listed({"1": "b", "0": "a"}, "de"), _listed({"prediction": 2}, "de")
    ([1, 2], ['a', 'b'], {'prediction': 2})
    """
    if isinstance(value, dict) and lang in value:
        return value[lang]
    if isinstance(value, dict) and value and all(str(key).isdecimal() for key in value):
        return [value[key] for key in sorted(value, key=int)]
    return value


def is_keyed(path: Path, langs: Sequence[str]) -> bool:
    """Whether a file is one JSON object that has predictions of each of these languages under its code."""
    value = _one_json_object(path, read_bytes(path))
    return value is not None and all(isinstance(value.get(lang), dict | list) for lang in langs)


def read_answers(path: Path, lang: str) -> dict[str, str]:
    """Question id → predicted text.

    One JSON object {id: text} (the official scorers' input), {lang: {id: text}}, or rows with id and prediction_text,
    prediction or answer. Raises InputError with place and reason.
    """
    data = read_bytes(path)
    value = _one_json_object(path, data)
    if value is None:
        if not is_structured(data):
            raise input_error(path, 1, 'JSON expected: {"question id": "answer text"}')
        keys = ("prediction_text", "prediction", "answer")
        rows = [(line, row) for line, row in read_rows(path, data)]
        return {str(_first(row, path, line, ("id",))): str(_first(row, path, line, keys)) for line, row in rows}
    if value and all(isinstance(inner, dict) for inner in value.values()):
        if lang not in value:
            raise InputError(f"{path}: no predictions for {lang!r}; it has {', '.join(sorted(value))}")
        value = value[lang]
    wrong = next((key for key, text in value.items() if not isinstance(text, str)), None)
    if wrong is not None:
        raise input_error(path, None, f"the prediction of {wrong!r} is no text but {type(value[wrong]).__name__}")
    return {str(key): text for key, text in value.items()}


def read_labels(path: Path, lang: str, count: int) -> list[int]:
    """Predicted classes of the `count` labelled pairs of a test file, in its order.

    Lines whose last tab-separated column is a label's name or number, rows with prediction or label, a JSON list,
    {lang: list} or {number: label}. Raises InputError with place and reason, also where there are not `count` labels.
    """
    data = read_bytes(path)
    values: list[tuple[int, object]]
    value = read_json(path, data) if data.lstrip().startswith(b"[") else _one_json_object(path, data)
    value = _listed(value, lang)
    if isinstance(value, list) and not all(isinstance(item, dict) for item in value):
        values = list(enumerate(value, start=1))
    elif is_structured(data):
        values = [(n, _first(row, path, n, ("prediction", "label", "gold_label"))) for n, row in read_rows(path, data)]
    else:
        values = [(n, text.split("\t")[-1]) for n, text in lines_of(data, path) if text.strip()]
        if len(values) == count + 1 and label_index(values[0][1]) is None:
            values = values[1:]  # a header
    labels = []
    for line, raw in values:
        label = label_index(raw)
        if label is None:
            raise input_error(path, line, f"label {raw!r}, expected one of {', '.join(LABELS)}")
        labels.append(label)
    if len(labels) != count:
        raise input_error(path, None, f"{len(labels)} predictions, but the test file has {count} labelled pairs")
    return labels


def read_tags(path: Path, lang: str, sentences: Sequence[Sentence], test: Path) -> list[list[str]]:
    """Predicted tags of each sentence of a test file, in its order.

    Columns whose last one is the tag (a line a token, blank lines between sentences), rows with prediction, ner_tags
    or tags, a JSON list of lists, {lang: list of lists} or {number: list}. Raises InputError where sentences or tokens
    do not match.
    """
    data = read_bytes(path)
    found: list[tuple[int, list[str]]]
    value = read_json(path, data) if data.lstrip().startswith(b"[[") else None
    if value is None and is_structured(data):
        value = _listed(_one_json_object(path, data), lang)
    if isinstance(value, list):
        found = [(number, [check_tag(path, number, str(tag)) for tag in row]) for number, row in enumerate(value, 1)]
    elif is_structured(data):
        keys = ("prediction", "predictions", "ner_tags", "tags")
        rows = ((line, _first(row, path, line, keys)) for line, row in read_rows(path, data))
        found = [(line, [check_tag(path, line, str(tag)) for tag in row]) for line, row in rows]
    else:
        found = [
            (block[0][0], [check_tag(path, line, cells[-1]) for line, cells in block])
            for block in column_blocks(path, data)
        ]
    sizes = "" if len(found) == len(sentences) else f" ({len(found)} sentences, but {test} has {len(sentences)})"
    for (line, tags), sentence in zip(found, sentences, strict=False):
        if len(tags) != len(sentence.tags):
            there = f"the sentence at {test}:{sentence.line} has {len(sentence.tags)}"
            raise input_error(path, line, f"a sentence of {len(tags)} tags, but {there}{sizes}")
    if len(found) < len(sentences):
        raise input_error(path, None, f"ends before the sentence at {test}:{sentences[len(found)].line}{sizes}")
    if len(found) > len(sentences):
        raise input_error(path, found[len(sentences)][0], f"a sentence more than the test file has{sizes}")
    return [tags for _, tags in found]
