"""What differs between the tasks: reading, making rows, and turning scores into predictions and item scores.

Each adapter has `classes` (width of the head), `read` (examples of a file), `rows` (the encoder's inputs) and `score`:
the head's scores of each row → predictions, judged; `lang` is the examples' language, `key` names the files.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from torch import Tensor

from xlmk_model.evaluation.encoder import Encoder
from xlmk_model.evaluation.finetune import pairs, spans, tagging
from xlmk_model.evaluation.finetune.config import FinetuneConfig
from xlmk_model.evaluation.finetune.rows import Row
from xlmk_model.evaluation.ner.examples import Sentence, read_tagged
from xlmk_model.evaluation.ner.score import sentence_counts
from xlmk_model.evaluation.nli.examples import LABELS, Pair, read_pairs
from xlmk_model.evaluation.nli.score import pair_scores
from xlmk_model.evaluation.qa.examples import Question, read_questions
from xlmk_model.evaluation.qa.normalise import rules_for
from xlmk_model.evaluation.qa.score import question_scores

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Scored:
    """`items` [examples, k] (see `Task.aggregate`), and files to write: name → content."""

    items: Floats
    files: dict[str, str]


@dataclass(frozen=True)
class SpanAdapter:
    """Question answering."""

    encoder: Encoder
    config: FinetuneConfig
    classes: int = 2

    def read(self, path: Path, lang: str) -> list[Question]:
        """Questions of a file."""
        return read_questions(path, lang)

    def rows(self, examples: Sequence[Question], *, training: bool) -> list[Row]:
        """Windows."""
        length, stride = min(self.config.max_length, self.encoder.max_tokens), self.config.stride
        return spans.question_rows(self.encoder, examples, max_length=length, stride=stride, training=training)

    def score(
        self, examples: Sequence[Question], rows: Sequence[Row], scores: Sequence[Tensor], lang: str, key: str
    ) -> Scored:
        """Best answers by the official metric; writes them and the n best."""
        config = self.config
        ranked = spans.best_answers(examples, rows, scores, n_best=config.n_best, max_answer=config.max_answer)
        answers = spans.first_answers(examples, ranked)
        rules = config.normalisation or rules_for(lang)
        n_best = {
            item.id: [[answer.text, round(answer.score, 6), round(answer.probability, 6)] for answer in found]
            for item, found in zip(examples, ranked, strict=True)
        }
        files = {
            f"predictions-{key}.json": json.dumps(answers, ensure_ascii=False),
            f"n-best-{key}.json": json.dumps(n_best, ensure_ascii=False),
        }
        return Scored(question_scores(examples, answers, lang=lang, rules=rules), files)


@dataclass(frozen=True)
class PairAdapter:
    """Natural language inference."""

    encoder: Encoder
    config: FinetuneConfig
    classes: int = len(LABELS)

    def read(self, path: Path, lang: str) -> list[Pair]:
        """Pairs of a file."""
        return read_pairs(path, lang)

    def rows(self, examples: Sequence[Pair], *, training: bool) -> list[Row]:
        """One row a pair."""
        return pairs.pair_rows(self.encoder, examples, max_length=min(self.config.max_length, self.encoder.max_tokens))

    def score(
        self, examples: Sequence[Pair], rows: Sequence[Row], scores: Sequence[Tensor], lang: str, key: str
    ) -> Scored:
        """Accuracy; writes a label a line."""
        classes = [int(score.argmax()) for score in scores]
        files = {f"predictions-{key}.txt": "".join(f"{LABELS[label]}\n" for label in classes)}
        return Scored(pair_scores([pair.label for pair in examples], classes), files)


@dataclass(frozen=True)
class TagAdapter:
    """Named entity recognition; `names` are the tags of the training files."""

    encoder: Encoder
    config: FinetuneConfig
    names: tuple[str, ...]

    @property
    def classes(self) -> int:
        """Number of tags."""
        return len(self.names)

    def read(self, path: Path, lang: str) -> list[Sentence]:
        """Sentences of a file."""
        return read_tagged(path, lang).sentences

    def rows(self, examples: Sequence[Sentence], *, training: bool) -> list[Row]:
        """One or more rows a sentence."""
        length = min(self.config.max_length, self.encoder.max_tokens)
        return tagging.sentence_rows(self.encoder, examples, self.names, max_length=length)

    def score(
        self, examples: Sequence[Sentence], rows: Sequence[Row], scores: Sequence[Tensor], lang: str, key: str
    ) -> Scored:
        """Entity-level counts; writes a tag a line, blank lines between sentences."""
        tags = tagging.best_tags(examples, rows, scores, self.names)
        files = {f"predictions-{key}.txt": "\n\n".join("\n".join(row) for row in tags) + "\n"}
        return Scored(sentence_counts([sentence.tags for sentence in examples], tags), files)


AnyAdapter = SpanAdapter | PairAdapter | TagAdapter


def _tag_adapter(encoder: Encoder, config: FinetuneConfig) -> TagAdapter:
    training = [s for path in config.train for s in read_tagged(path, config.source_lang).sentences]
    return TagAdapter(encoder, config, tuple(tagging.tag_names(training)))


_ADAPTERS: dict[str, Callable[[Encoder, FinetuneConfig], AnyAdapter]] = {
    "mlqa": SpanAdapter,
    "xnli": PairAdapter,
    "ner": _tag_adapter,
}


def adapter_of(encoder: Encoder, config: FinetuneConfig) -> AnyAdapter:
    """The adapter of the configuration's task."""
    return _ADAPTERS[config.task](encoder, config)
