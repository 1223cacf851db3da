"""What a checkpoint knows of the entities of some shards, asked of raw states alone: names, descriptions, classes.

Beside them, with a run's own heads: masked mentions and held-out triples, each with the line that knows no text.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from xlmk_model.evaluation.alignment import AlignmentScores, align, alignment_texts, common_entities
from xlmk_model.evaluation.class_transfer import TransferScores, class_transfer
from xlmk_model.evaluation.encoder import open_encoder
from xlmk_model.evaluation.entailment import RankingScores, evaluate_entailment
from xlmk_model.evaluation.majority import commonest_mentions
from xlmk_model.evaluation.ranking import RankScores
from xlmk_model.evaluation.retrieval import evaluate_retrieval
from xlmk_model.shards import Dataset, open_dataset

TEXT_TOKENS = 32
"""Longest name or description in tokens."""


@dataclass(frozen=True, kw_only=True)
class RankingLine:
    """Shares between 0 and 1 over all queries of all pairs of languages."""

    queries: int
    mrr: float
    hits_at_1: float
    hits_at_10: float


@dataclass(frozen=True, kw_only=True)
class KnowledgeScores:
    """`names` and `descriptions` have the groups linked and unlinked; `classes` too (names of unseen entities, told by
    a classifier fitted on another language's); `mentions` and `triples` the model and the line that knows no text."""

    names: AlignmentScores
    descriptions: AlignmentScores
    classes: dict[str, TransferScores]
    mentions: dict[str, RankScores]
    triples: dict[str, RankingLine]

    def to_json(self) -> dict[str, Any]:
        """Plain dictionaries."""
        return asdict(self)


def linked_entities(dataset: Dataset) -> set[int]:
    """Entities that training sees as a mention or at an end of a triple."""
    triples = dataset.triples("train", "linked")
    ends = {int(triples[at][key]) for at in range(len(triples)) for key in ("subject_qid", "object_qid")}
    return ends | set(np.asarray(dataset.arrays["mention_qid"]).tolist())


def together(scores: Sequence[RankingScores]) -> RankingLine:
    """Rankings of several pairs as one, each weighted by its queries.

    >>> one = RankingScores(queries=1, objects=1, mrr=1.0, hits_at_1=1.0, hits_at_3=1.0, hits_at_10=1.0, macro_mrr=1.0,
    ...     macro_hits_at_1=1.0)
    >>> none = RankingScores(queries=3, objects=1, mrr=0.0, hits_at_1=0.0, hits_at_3=0.0, hits_at_10=0.0, macro_mrr=0.0,
    ...     macro_hits_at_1=0.0)
    >>> together([one, none])
    RankingLine(queries=4, mrr=0.25, hits_at_1=0.25, hits_at_10=0.25)
    """
    total = sum(score.queries for score in scores)
    return RankingLine(
        queries=total,
        mrr=sum(score.queries * score.mrr for score in scores) / max(1, total),
        hits_at_1=sum(score.queries * score.hits_at_1 for score in scores) / max(1, total),
        hits_at_10=sum(score.queries * score.hits_at_10 for score in scores) / max(1, total),
    )


def evaluate_knowledge(run: Path, shards: Path, classes: Mapping[int, int], *, source: str = "en") -> KnowledgeScores:
    """All probes of a run on these shards (which need not be those it was trained on).

    `classes` of entities are asked by names: fitted in `source`, told in the other languages. Entities without a name
    and an entity text in each language take no part.
    """
    dataset = open_dataset(shards)
    names, descriptions = dataset.texts("label"), dataset.texts(dataset.entity_text)
    entities = common_entities([names, descriptions])
    linked = linked_entities(dataset)
    groups = {"linked": entities & linked, "unlinked": entities - linked}
    encoder = open_encoder(run)
    encoder.body.eval()
    texts = alignment_texts(names, entities, TEXT_TOKENS)
    by_name, vectors = align(encoder, texts, groups, chosen_by="linked")
    by_description, _ = align(encoder, alignment_texts(descriptions, entities, TEXT_TOKENS), groups, chosen_by="linked")
    told = class_transfer(texts.ids, vectors, classes, {"all": entities, **groups}, source=source)
    mentions = evaluate_retrieval(run, shards).macro["mention"]["seen"]
    triples = [evaluate_entailment(run, shards, split=split) for split in ("valid", "test")]
    return KnowledgeScores(
        names=by_name,
        descriptions=by_description,
        classes=told,
        mentions={"model": mentions, "commonest": commonest_mentions(dataset)},
        triples={
            "model": together([score for report in triples for score in report.model.values()]),
            "commonest": together([score for report in triples for score in report.commonest.values()]),
        },
    )
