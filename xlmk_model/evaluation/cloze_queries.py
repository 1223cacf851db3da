"""Facts as fill-in questions: from the shards' triples with labels, or from mLAMA's JSON lines.

A template is text with [X] for the subject and [Y] for the object. Without one of the user's the property's label makes
it: "[X] LABEL [Y] .". Candidates are typed: all objects of that relation that have a name in the language.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.dataset as ds

from pipeline.errors import InputError, MissingTableError
from xlmk_model.evaluation.files import input_error, numbered_lines
from xlmk_model.evaluation.language_check import language_warnings
from xlmk_model.shards import Dataset

Warn = Callable[[str], None]
Templates = Mapping[tuple[str, str], str]
"""(language, relation such as "P19") → template."""


@dataclass(frozen=True, kw_only=True)
class ClozeQuery:
    """`text` with [Y] where the object goes; `fact` is the same in all languages. Entities are named by their Q text.

    `true` are all objects that are true of the subject and relation, `gold` included.
    """

    fact: str
    lang: str
    relation: str
    text: str
    gold: str
    true: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class ClozeSet:
    """Queries, and for each (language, relation) the candidates: entity → name."""

    queries: list[ClozeQuery]
    candidates: dict[tuple[str, str], dict[str, str]]


def check_template(path: Path, line: int, template: object) -> str:
    """The template; raises InputError unless it is a text with [X] and [Y] once each."""
    if not isinstance(template, str) or template.count("[X]") != 1 or template.count("[Y]") != 1:
        raise input_error(path, line, f"template {template!r}: [X] and [Y] must occur once each")
    return template


def _objects(path: Path) -> Iterable[tuple[int, dict[str, Any]]]:
    for line, text in numbered_lines(path):
        if not text.strip():
            continue
        try:
            value = json.loads(text)
        except json.JSONDecodeError as error:
            raise input_error(path, line, f"is not JSON: {error.msg} (column {error.colno})") from error
        if not isinstance(value, dict):
            raise input_error(path, line, f"a JSON object expected, found {type(value).__name__}")
        yield line, value


def read_templates(path: Path, lang: str | None = None) -> dict[tuple[str, str], str]:
    """Templates of a JSON-lines file with relation, template and (unless given) lang; errors name the line."""
    found = {}
    for line, row in _objects(path):
        own = row.get("lang", lang)
        if own is None or "relation" not in row:
            raise input_error(path, line, "lacks relation or lang")
        found[str(own), str(row["relation"])] = check_template(path, line, row.get("template"))
    return found


def _labels(dataset: Dataset, kind: str, wanted: set[int]) -> dict[tuple[str, int], str]:
    """(language, id) → text of that kind."""
    files = [str(path) for path in dataset.files("texts/*.parquet")]
    if not files:
        raise MissingTableError(f"{dataset.folder} has no texts", next_step="xlmk shards")
    chosen = (pc.field("kind") == kind) & pc.field("id").isin(sorted(wanted))
    table = ds.dataset(files).to_table(columns=["lang", "id", "text"], filter=chosen).to_pydict()
    return {(lang, n): text for lang, n, text in zip(table["lang"], table["id"], table["text"], strict=True)}


def queries_of_shards(
    dataset: Dataset, split: str, templates: Templates, *, limit: int, langs: Sequence[str] | None = None
) -> ClozeSet:
    """Questions about the triples of a split (or of all `facts`) in every language that names both of their ends.

    Raises MissingTableError if there are no such triples, InputError if none can be asked.
    """
    names = ["subject_qid", "property_id", "object_qid"]
    facts = ds.dataset([str(path) for path in dataset.files("oe/facts-*.parquet")]).to_table(columns=names)
    if split == "facts":
        triples = facts
    else:
        files = [str(path) for path in dataset.files(f"oe/{split}-*.parquet")]
        triples = ds.dataset(files).to_table(columns=names) if files else facts.slice(0, 0)
    rows = sorted(zip(*(triples.column(name).to_pylist() for name in names), strict=True))[:limit]
    if not rows:
        raise MissingTableError(f"{dataset.folder}/oe has no {split} triples", next_step="--split facts")
    relations = {relation for _, relation, _ in rows}
    known = list(zip(*(facts.column(name).to_pylist() for name in names), strict=True))
    objects_of: dict[int, set[int]] = defaultdict(set)
    for _, relation, target in known:
        if relation in relations:
            objects_of[relation].add(target)
    entities = {entity for subject, _, target in rows for entity in (subject, target)}
    label = _labels(dataset, "label", entities.union(*objects_of.values()))
    property_label = _labels(dataset, "property_label", relations)
    spoken = sorted({lang for lang, _ in label}) if langs is None else list(langs)
    queries, candidates = [], {}
    for lang in spoken:
        for subject, relation, target in rows:
            name = f"P{relation}"
            template = templates.get((lang, name))
            if template is None and (lang, relation) in property_label:
                template = f"[X] {property_label[lang, relation]} [Y] ."
            if template is None or (lang, subject) not in label or (lang, target) not in label:
                continue
            key = (lang, name)
            if key not in candidates:
                pool = sorted(objects_of[relation])
                candidates[key] = {f"Q{entity}": label[lang, entity] for entity in pool if (lang, entity) in label}
            true = frozenset(f"Q{entity}" for entity in dataset.facts.objects(subject, relation).tolist())
            queries.append(
                ClozeQuery(
                    fact=f"Q{subject} {name} Q{target}",
                    lang=lang,
                    relation=name,
                    text=template.replace("[X]", label[lang, subject]),
                    gold=f"Q{target}",
                    true=true,
                )
            )
    if not queries:
        raise InputError(
            f"{dataset.folder}: no {split} triple has labels of subject, relation and object in a language"
        )
    return ClozeSet(queries=queries, candidates=candidates)


def queries_of_mlama(folder: Path, langs: Sequence[str] | None, templates: Templates, warn: Warn) -> ClozeSet:
    """Questions of mLAMA's layout: FOLDER/LANG/P19.jsonl (sub_label, obj_label, sub_uri, obj_uri) and templates.jsonl.

    Its other relations (`place_of_birth.jsonl` and the like) are asked as well. `templates` overrule the folder's.
    Raises InputError with file, line and reason.
    """
    spoken = list(langs) if langs is not None else sorted(path.name for path in folder.iterdir() if path.is_dir())
    queries: list[ClozeQuery] = []
    candidates: dict[tuple[str, str], dict[str, str]] = {}
    for lang in spoken:
        known = dict(templates)
        for own in sorted((folder / lang).glob("templates.jsonl*")):
            known = {**read_templates(own, lang), **known}
        for path in sorted((folder / lang).glob("*.jsonl*")):
            relation = path.name.split(".")[0]
            if relation == "templates":
                continue
            rows = list(_objects(path))
            template = known.get((lang, relation))
            if template is None:
                warn(f"{path}: no template for {relation} in {lang!r}; {len(rows)} facts left out")
                continue
            for line in language_warnings(Path("."), lang, (str(row.get("obj_label")) for _, row in rows)):
                warn(line.replace(".:", f"{path}:", 1))
            queries += _mlama_relation(path, lang, relation, template, rows, candidates)
    if not queries:
        raise InputError(f"{folder} has no facts in mLAMA's layout LANG/P….jsonl for {', '.join(spoken)}")
    return ClozeSet(queries=queries, candidates=candidates)


def _mlama_relation(
    path: Path,
    lang: str,
    relation: str,
    template: str,
    rows: Sequence[tuple[int, Mapping[str, Any]]],
    candidates: dict[tuple[str, str], dict[str, str]],
) -> list[ClozeQuery]:
    names: dict[str, str] = {}
    true: dict[str, set[str]] = defaultdict(set)
    for line, row in rows:
        missing = [key for key in ("sub_label", "obj_label", "sub_uri", "obj_uri") if key not in row]
        if missing:
            raise input_error(path, line, f"lacks {', '.join(missing)}")
        names.setdefault(str(row["obj_uri"]), str(row["obj_label"]))
        true[str(row["sub_uri"])].add(str(row["obj_uri"]))
    candidates[lang, relation] = names
    return [
        ClozeQuery(
            fact=f"{row['sub_uri']} {relation} {row['obj_uri']}",
            lang=lang,
            relation=relation,
            text=template.replace("[X]", str(row["sub_label"])),
            gold=str(row["obj_uri"]),
            true=frozenset(true[str(row["sub_uri"])]),
        )
        for _, row in rows
    ]
