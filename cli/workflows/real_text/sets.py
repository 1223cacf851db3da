"""The evaluation files of the experiment: small named cuts of XNLI dev, PAN-X dev and XQuAD, written below one folder.

Only dev files are at hand for XNLI and PAN-X. All three are parallel or translated, so a cut for testing shares no line
(XNLI), sentence number (PAN-X) or paragraph (XQuAD) with one for training or choosing checkpoints.
"""

import gzip
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.manifest.storage import write_bytes
from xlmk_model.evaluation.ner.examples import read_tagged
from xlmk_model.evaluation.nli.examples import read_pairs
from xlmk_model.evaluation.qa.examples import read_questions

XNLI_LANGUAGES = ("de", "fr", "sw", "zh")
NER_LANGUAGES = ("de", "fr", "sw", "zh")
QA_LANGUAGES = ("de", "zh")
QUESTION_LANGUAGES = tuple("ar de el en hi ru th zh".split())
"""Eight of XQuAD's twelve."""
XNLI_PARALLEL = ("de", "en", "fr", "sw", "zh")


@dataclass(frozen=True, kw_only=True)
class TaskFiles:
    """A fine-tuning's files: English train and dev, tests by language."""

    train: Path
    dev: Path
    tests: Mapping[str, Path]


def _lines(path: Path) -> list[str]:
    return gzip.decompress(path.read_bytes()).decode().split("\n")


def xnli_cuts(data: Path, out: Path) -> TaskFiles:
    """Lines 1-1,500 of dev-en train, 1,501-1,620 choose; lines 2,201-2,320 of the other languages test."""

    def cut(lang: str, name: str, first: int, last: int) -> Path:
        lines = _lines(data / "xnli-dev" / f"dev-{lang}.tsv.gz")[first - 1 : last]
        path = out / f"xnli-{lang}-{name}-{first}-{last}.tsv"
        write_bytes(path, ("\n".join(lines) + "\n").encode())
        return path

    return TaskFiles(
        train=cut("en", "train", 1, 1500),
        dev=cut("en", "dev", 1501, 1620),
        tests={lang: cut(lang, "test", 2201, 2320) for lang in XNLI_LANGUAGES},
    )


def ner_cuts(data: Path, out: Path) -> TaskFiles:
    """Sentences 1-1,000 of PAN-X dev-en train, 1,001-1,080 choose; sentences 1-120 of other languages' dev test."""

    def cut(lang: str, name: str, first: int, last: int) -> Path:
        sentences = [part for part in "\n".join(_lines(data / "panx" / f"dev-{lang}.tsv.gz")).split("\n\n") if part]
        path = out / f"ner-{lang}-{name}-{first}-{last}.tsv"
        write_bytes(path, ("\n\n".join(part.strip("\n") for part in sentences[first - 1 : last]) + "\n").encode())
        return path

    return TaskFiles(
        train=cut("en", "train", 1, 1000),
        dev=cut("en", "dev", 1001, 1080),
        tests={lang: cut(lang, "test", 1, 120) for lang in NER_LANGUAGES},
    )


def paragraphs(data: Path, lang: str) -> list[dict[str, Any]]:
    """XQuAD's paragraphs in a language, in the file's order: the same in all languages."""
    value = json.loads(gzip.decompress((data / "xquad" / f"xquad.{lang}.json.gz").read_bytes()))
    return [paragraph for article in value["data"] for paragraph in article["paragraphs"]]


def qa_cuts(data: Path, out: Path) -> TaskFiles:
    """Paragraphs 1-180 of English XQuAD train, 181-185 choose; paragraphs 191-202 of other languages test."""

    def cut(lang: str, name: str, first: int, last: int) -> Path:
        chosen = paragraphs(data, lang)[first - 1 : last]
        path = out / f"xquad-{lang}-{name}-{first}-{last}.json"
        value = {"version": "1.1", "data": [{"title": path.stem, "paragraphs": chosen}]}
        write_bytes(path, json.dumps(value, ensure_ascii=False).encode())
        return path

    return TaskFiles(
        train=cut("en", "train", 1, 180),
        dev=cut("en", "dev", 181, 185),
        tests={lang: cut(lang, "test", 191, 202) for lang in QA_LANGUAGES},
    )


def parallel_sentences(data: Path) -> dict[str, dict[str, dict[str, str]]]:
    """Set → language → key → sentence: XNLI premises (each third line, 120 of them), XQuAD questions (each twelfth)."""
    premises = {
        lang: {str(n): line.split("\t")[0] for n, line in enumerate(_lines(data / "xnli-dev" / f"dev-{lang}.tsv.gz"))}
        for lang in XNLI_PARALLEL
    }
    chosen = [str(n) for n in range(0, 360, 3)]
    questions = {
        lang: {str(qa["id"]): str(qa["question"]) for paragraph in paragraphs(data, lang) for qa in paragraph["qas"]}
        for lang in QUESTION_LANGUAGES
    }
    ids = sorted(set.intersection(*(set(own) for own in questions.values())))[::12]
    return {
        "xnli premises": {lang: {key: own[key] for key in chosen} for lang, own in premises.items()},
        "xquad questions": {lang: {key: own[key] for key in ids} for lang, own in questions.items()},
    }


def all_texts(files: Sequence[TaskFiles], sentences: Mapping[str, Mapping[str, Mapping[str, str]]]) -> list[str]:
    """Every text of these sets as the tasks give it to the tokenizer: for the vocabulary to be cut to."""
    texts = [text for by_lang in sentences.values() for own in by_lang.values() for text in own.values()]
    for task in files:
        for path in (task.train, task.dev, *task.tests.values()):
            if path.suffix == ".json":
                texts += [text for item in read_questions(path) for text in (item.context, item.question)]
            elif path.name.startswith("xnli"):
                texts += [text for pair in read_pairs(path) for text in (pair.premise, pair.hypothesis)]
            else:
                texts += [token for sentence in read_tagged(path).sentences for token in sentence.tokens]
    return texts
