"""Names and descriptions across languages from raw states: does a text in A find the same entity's text in B ≠ A?

No trained head takes part. Vectors are centred per language and compared by cosine; candidates are the texts of all
entities in B. Pairs with the same tokens in both languages are no queries, and a candidate with the very tokens of the
right one does not count against it.

Which states (layer, mean or `<s>`) differs between models that were trained for different things. So that no model is
judged by another's best, each model's own choice is made by one rule: the view with the highest recall@10 over the
entities that are set apart for choosing (the first in the order of their ids' keyed digest); the others are scored.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from xlmk_model.collate.entity_texts import text_digest
from xlmk_model.evaluation.encoder import Encoder
from xlmk_model.evaluation.pooling import POOLINGS, Pooling, layer_vectors
from xlmk_model.evaluation.ranking import RankScores, centred, macro, rank_scores, ranks_of
from xlmk_model.sampling import keyed_seed
from xlmk_model.shards import Texts

CHOOSING_SHARE = 0.2
"""Share of the entities that only choose the view."""


class View(NamedTuple):
    """Which states stand for a text: a layer (0 = embeddings) and how its states become one vector."""

    layer: int
    pooling: Pooling


@dataclass(frozen=True)
class AlignmentTexts:
    """Texts of one kind by language: entities (ascending), token rows, digests of the rows."""

    ids: dict[str, list[int]]
    rows: dict[str, list[list[int]]]
    digests: dict[str, Tensor]


@dataclass(frozen=True, kw_only=True)
class AlignmentScores:
    """`groups[name]` is the mean over ordered pairs of languages; `view` was chosen on other entities."""

    view: View
    groups: dict[str, RankScores]


def alignment_texts(texts: Texts, entities: Collection[int], limit: int) -> AlignmentTexts:
    """The texts of these entities in all languages, cut to `limit` tokens."""
    wanted = set(entities)
    ids = {lang: [qid for qid in texts.ids_in(lang).tolist() if qid in wanted] for lang in texts.langs}
    rows = {
        lang: [torch.from_numpy(texts.tokens(texts.find(qid)[lang], limit)) for qid in own] for lang, own in ids.items()
    }
    return AlignmentTexts(
        ids=ids,
        rows={lang: [row.tolist() for row in own] for lang, own in rows.items()},
        digests={lang: torch.tensor([text_digest(row) for row in own]) for lang, own in rows.items()},
    )


def chooses(qid: int, share: float = CHOOSING_SHARE) -> bool:
    """Whether an entity is one of those that choose the view; the same for every model and seed."""
    return keyed_seed("alignment", "chooses", qid) < share * 2**63


def all_vectors(encoder: Encoder, texts: AlignmentTexts) -> dict[View, dict[str, Tensor]]:
    """By view and language: vectors [N, H], centred and of length 1."""
    found: dict[View, dict[str, Tensor]] = {}
    for lang, rows in texts.rows.items():
        if rows:
            for pooling, layers in layer_vectors(encoder, rows, POOLINGS).items():
                for layer, vectors in enumerate(layers):
                    found.setdefault(View(layer, pooling), {})[lang] = centred(vectors)
    return found


def pair_ranks(
    texts: AlignmentTexts, vectors: Mapping[str, Tensor], source: str, target: str
) -> tuple[list[int], list[int]]:
    """(entities, rank of each one's text in `target` among all there, from 1), for those whose two texts differ."""
    place = {qid: at for at, qid in enumerate(texts.ids[target])}
    theirs = texts.digests[target].tolist()
    asked = [
        (at, place[qid])
        for at, (qid, own) in enumerate(zip(texts.ids[source], texts.digests[source].tolist(), strict=True))
        if qid in place and theirs[place[qid]] != own
    ]
    if not asked:
        return [], []
    rows = torch.tensor([at for at, _ in asked])
    gold = torch.tensor([at for _, at in asked])
    ranks = ranks_of(vectors[source][rows], vectors[target], gold, texts.digests[target])
    return [texts.ids[source][at] for at, _ in asked], ranks


def grouped_scores(
    texts: AlignmentTexts, vectors: Mapping[str, Tensor], groups: Mapping[str, Collection[int]]
) -> dict[str, RankScores]:
    """Scores of the queries of each group of entities, the mean over ordered pairs of languages."""
    pairs: dict[str, list[RankScores]] = {name: [] for name in groups}
    for source in vectors:
        for target in vectors:
            if source != target:
                qids, ranks = pair_ranks(texts, vectors, source, target)
                for name, members in groups.items():
                    own = [rank for qid, rank in zip(qids, ranks, strict=True) if qid in members]
                    pairs[name].append(rank_scores(own))
    return {name: macro(scores) for name, scores in pairs.items()}


def best_view(found: Mapping[View, float]) -> View:
    """The view with the highest value; of equal ones the first by layer and name.

    >>> best_view({View(1, "mean"): 0.5, View(0, "mean"): 0.5, View(1, "bos"): 0.2})
    View(layer=0, pooling='mean')
    """
    return min(found, key=lambda view: (-found[view], view))


def align(
    encoder: Encoder, texts: AlignmentTexts, groups: Mapping[str, Collection[int]], *, chosen_by: str
) -> tuple[AlignmentScores, dict[str, Tensor]]:
    """Scores by group, and the vectors by language of the view that the choosing entities of group `chosen_by` chose.

    `groups` are sets of entities; their choosing members are not scored.
    """
    choosing = {"choosing": {qid for qid in groups[chosen_by] if chooses(qid)}}
    scored = {name: {qid for qid in members if not chooses(qid)} for name, members in groups.items()}
    by_view = all_vectors(encoder, texts)
    recalls = {
        view: grouped_scores(texts, vectors, choosing)["choosing"].recall_at_10 for view, vectors in by_view.items()
    }
    view = best_view(recalls)
    return AlignmentScores(view=view, groups=grouped_scores(texts, by_view[view], scored)), by_view[view]


def common_entities(texts: Sequence[Texts]) -> set[int]:
    """Entities that have a text of each of these kinds in each language that has any of that kind."""
    found: set[int] | None = None
    for kind in texts:
        for lang in kind.langs:
            own = set(kind.ids_in(lang).tolist())
            if own:
                found = own if found is None else found & own
    return found or set()
