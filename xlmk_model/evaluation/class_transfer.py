"""A class learnt from names in one language, told from names in the others: does the classifier carry over?

The classifier is a logistic regression on centred vectors of the source language's names. Entities are in folds by a
keyed digest; each fold's entities are `unseen` for the classifier that was fitted on the others, and so each entity is
asked once, in each other language.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from xlmk_model.evaluation.classification import fit_logistic
from xlmk_model.sampling import keyed_seed

FOLDS = 5


@dataclass(frozen=True, kw_only=True)
class TransferScores:
    """Shares between 0 and 1 of `queries` names whose class is told right; `majority`: always the commonest class of
    the entities that the classifier was fitted on."""

    queries: int
    accuracy: float
    majority: float


def fold_of(qid: int, folds: int = FOLDS) -> int:
    """The fold of an entity; the same for every model and seed."""
    return keyed_seed("class transfer", qid) % folds


def class_transfer(
    ids: Mapping[str, Sequence[int]],
    vectors: Mapping[str, Tensor],
    classes: Mapping[int, int],
    groups: Mapping[str, Collection[int]],
    *,
    source: str,
    penalty: float = 0.1,
) -> dict[str, TransferScores]:
    """Scores by group of entities, over all languages but `source`.

    `ids[lang]` are the entities of `vectors[lang]` [N, H], which are centred and of length 1; `classes` of entities.
    """
    names = sorted(set(classes.values()))
    place = {lang: {qid: at for at, qid in enumerate(own)} for lang, own in ids.items()}
    known = [qid for qid in ids[source] if qid in classes]
    right: dict[str, list[bool]] = {name: [] for name in groups}
    common: dict[str, list[bool]] = {name: [] for name in groups}
    for fold in range(FOLDS):
        fitted = [qid for qid in known if fold_of(qid) != fold]
        unseen = [qid for qid in known if fold_of(qid) == fold]
        if not fitted or not unseen:
            continue
        rows = torch.tensor([place[source][qid] for qid in fitted])
        labels = [names.index(classes[qid]) for qid in fitted]
        probe = fit_logistic(vectors[source][rows], labels, len(names), penalty=penalty)
        counts = Counter(labels)
        commonest = min(counts, key=lambda label: (-counts[label], label))
        for lang in ids:
            asked = [qid for qid in unseen if qid in place[lang]] if lang != source else []
            if not asked:
                continue
            found = probe.predict(vectors[lang][torch.tensor([place[lang][qid] for qid in asked])])
            for qid, answer in zip(asked, found, strict=True):
                truth = names.index(classes[qid])
                for name, members in groups.items():
                    if qid in members:
                        right[name].append(answer == truth)
                        common[name].append(commonest == truth)
    return {
        name: TransferScores(
            queries=len(right[name]),
            accuracy=sum(right[name]) / max(1, len(right[name])),
            majority=sum(common[name]) / max(1, len(common[name])),
        )
        for name in groups
    }
