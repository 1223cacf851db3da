"""Tagged sentences from CoNLL columns, PAN-X TSV (`de:Berlin`) and Hugging Face rows."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import InputError
from xlmk_model.evaluation.files import class_names, input_error, is_structured, lines_of, read_bytes, read_rows
from xlmk_model.evaluation.ner.tags import TAG, scheme_of, to_iob2

HF_TAGS = ("O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC")
"""What tag numbers stand for in WikiANN, MasakhaNER and CoNLL 2003 on the Hugging Face Hub, where they agree."""
_PREFIXED = re.compile(r"([a-z]{2,3}(?:-[a-z-]+)?):(.+)", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Sentence:
    """Tokens and tags; `line` is that of its first token (or its row) in the file; `lang` if the file gives one."""

    tokens: tuple[str, ...]
    tags: tuple[str, ...]
    line: int
    lang: str | None = None


@dataclass(frozen=True)
class TaggedFile:
    """The sentences of a file, converted to IOB2, and the scheme that the file has."""

    sentences: list[Sentence]
    scheme: str

    @property
    def declared_language(self) -> str | None:
        """The language that all of its sentences give, else None."""
        languages = {sentence.lang for sentence in self.sentences}
        return languages.pop() if len(languages) == 1 else None


def column_blocks(path: Path, data: bytes) -> Iterator[list[tuple[int, list[str]]]]:
    """Sentences as lists of (line, cells): tab- or space-separated lines, blank lines and `-DOCSTART-` between them."""
    block: list[tuple[int, list[str]]] = []
    for line, text in lines_of(data, path):
        cells = text.split("\t") if "\t" in text else text.split()
        if not any(cells) or cells[0] == "-DOCSTART-":
            if block:
                yield block
            block = []
        else:
            block.append((line, [cell.strip() for cell in cells]))
    if block:
        yield block


def check_tag(path: Path, line: int, tag: str) -> str:
    """The tag itself; raises InputError unless it is O or B-, I-, E-, S- with a type."""
    if not TAG.fullmatch(tag):
        raise input_error(path, line, f"tag {tag!r}, expected O or B-TYPE, I-TYPE")
    return tag


def _columns(path: Path, data: bytes) -> Iterator[Sentence]:
    for block in column_blocks(path, data):
        for line, cells in block:
            if len(cells) < 2:
                raise input_error(path, line, f"one column ({cells[0]!r}), expected a token and its tag")
        tags = tuple(check_tag(path, line, cells[-1]) for line, cells in block)
        tokens = tuple(cells[0] for _, cells in block)
        yield Sentence(tokens=tokens, tags=tags, line=block[0][0])


def _without_prefixes(sentences: list[Sentence]) -> list[Sentence]:
    """PAN-X's `de:` in front of every token becomes the sentence's language."""
    matches = [[_PREFIXED.fullmatch(token) for token in sentence.tokens] for sentence in sentences]
    if not all(match for row in matches for match in row):
        return sentences
    parts = [[(match[1], match[2]) for match in row if match] for row in matches]
    if any(len({lang for lang, _ in row}) > 1 for row in parts):
        return sentences
    return [
        Sentence(tokens=tuple(token for _, token in row), tags=s.tags, line=s.line, lang=row[0][0])
        for s, row in zip(sentences, parts, strict=True)
    ]


def _tag_names(path: Path, row: int, values: Sequence[object], names: Sequence[str]) -> tuple[str, ...]:
    tags = []
    for value in values:
        if isinstance(value, int) and not 0 <= value < len(names):
            raise input_error(path, row, f"tag number {value}: only 0 to {len(names) - 1} are known without names")
        tags.append(check_tag(path, row, names[value] if isinstance(value, int) else str(value)))
    return tuple(tags)


def _rows(path: Path, data: bytes) -> Iterator[Sentence]:
    known = class_names(path, data)
    for row, fields in read_rows(path, data):
        key = next((key for key in ("ner_tags", "tags", "labels") if key in fields), None)
        if key is None or "tokens" not in fields:
            raise input_error(path, row, "lacks tokens or ner_tags")
        tokens, values = fields["tokens"], fields[key]
        if len(tokens) != len(values):
            raise input_error(path, row, f"{len(tokens)} tokens, {len(values)} tags")
        tags = _tag_names(path, row, values, known.get(key, HF_TAGS))
        yield Sentence(tokens=tuple(map(str, tokens)), tags=tags, line=row, lang=_row_language(fields))


def _row_language(fields: Mapping[str, Any]) -> str | None:
    languages = set(fields.get("langs") or [])
    return str(languages.pop()) if len(languages) == 1 else None


def read_tagged(path: Path, lang: str | None = None) -> TaggedFile:
    """All sentences of a file, in its order, plain or gzip'd, converted to IOB2.

    CoNLL columns (first column the token, last one the tag), PAN-X TSV, Hugging Face rows with tokens and ner_tags
    (numbers or names). A file of several languages is cut to those of `lang`. Raises InputError with line and reason.
    """
    data = read_bytes(path)
    structured = is_structured(data)
    sentences = list(_rows(path, data) if structured else _columns(path, data))
    if not structured:
        sentences = _without_prefixes(sentences)
    languages = {sentence.lang for sentence in sentences}
    if lang is not None and len(languages) > 1:
        sentences = [sentence for sentence in sentences if sentence.lang == lang]
        if not sentences:
            raise InputError(f"{path}: no sentence in {lang!r}; it has {', '.join(sorted(map(str, languages)))}")
    sentences = [sentence for sentence in sentences if sentence.tokens]
    if not sentences:
        raise input_error(path, None, "has no tagged sentences")
    scheme = scheme_of(sentence.tags for sentence in sentences)
    converted = [Sentence(tokens=s.tokens, tags=tuple(to_iob2(s.tags)), line=s.line, lang=s.lang) for s in sentences]
    return TaggedFile(converted, scheme)
