"""Object entailment as ranking: subject and relation → the object among all entities, without any fine-tuning.

Of each triple of a split and each language A in which its subject has a text, the query is the OE input in A; the
candidates are the texts of all entities in language B. Filtered: other objects that the facts make true for the same
subject and relation do not count. With a run its OE heads compare; with a plain model the raw `<s>` states, centred.

Beside it stands what knows no text at all: for each relation, objects by how often train has them (commonest first,
equal ones by ascending id). Macro figures average over objects first, so that a common object counts as much as a rare.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow.dataset as ds
import torch
from torch import Tensor

from pipeline.errors import InputError, MissingTableError
from xlmk_model.batches import first_tokens
from xlmk_model.collate import pad_rows
from xlmk_model.collate.entity_texts import TextSource
from xlmk_model.config import TrainConfig
from xlmk_model.evaluation.ranking import CHUNK
from xlmk_model.evaluation.retrieval import Pool, Probe
from xlmk_model.init import load_encoder, load_run
from xlmk_model.run_folder import is_run, read_identity
from xlmk_model.shards import Dataset, open_dataset

Ints = npt.NDArray[np.int64]
Triple = tuple[int, int, int]
"""Subject, property, object."""


@dataclass(frozen=True, kw_only=True)
class RankingScores:
    """Shares between 0 and 1. `macro_mrr` and `macro_hits_at_1` are means over distinct objects."""

    queries: int
    objects: int
    mrr: float
    hits_at_1: float
    hits_at_3: float
    hits_at_10: float
    macro_mrr: float
    macro_hits_at_1: float


@dataclass(frozen=True, kw_only=True)
class EntailmentReport:
    """Scores by `A->B` pair of languages: the model's and the commonest object's on the same queries."""

    split: str
    model: dict[str, RankingScores]
    commonest: dict[str, RankingScores]

    def to_json(self) -> dict[str, Any]:
        """Plain dictionaries."""
        return asdict(self)


def ranking_scores(ranks: Sequence[int], objects: Sequence[int]) -> RankingScores:
    """Scores of ranks, from 1, of the right objects.

    >>> scores = ranking_scores([1, 1, 4], [7, 7, 8])
    >>> scores.mrr, scores.macro_mrr, scores.macro_hits_at_1
    (0.75, 0.625, 0.5)
    """
    by_object: dict[int, list[int]] = defaultdict(list)
    for rank, target in zip(ranks, objects, strict=True):
        by_object[target].append(rank)
    groups = list(by_object.values())

    def mean(values: Sequence[float]) -> float:
        return sum(values) / len(values) if values else 0.0

    return RankingScores(
        queries=len(ranks),
        objects=len(groups),
        mrr=mean([1 / rank for rank in ranks]),
        hits_at_1=mean([rank <= 1 for rank in ranks]),
        hits_at_3=mean([rank <= 3 for rank in ranks]),
        hits_at_10=mean([rank <= 10 for rank in ranks]),
        macro_mrr=mean([mean([1 / rank for rank in group]) for group in groups]),
        macro_hits_at_1=mean([mean([rank <= 1 for rank in group]) for group in groups]),
    )


def filtered_ranks(
    scores: Tensor, gold: Sequence[int], others: Sequence[Sequence[int]], texts: Tensor | None = None
) -> list[int]:
    """Rank, from 1, of candidate `gold[q]` by scores [Q, C]; ties count against it.

    Candidates `others[q]` (other true objects) do not count; nor do those with the gold one's text, `texts` [C].

    >>> filtered_ranks(torch.tensor([[3.0, 2.0, 1.0, 0.0]]), [2], [[0]])
    [2]
    """
    ahead = scores >= scores.gather(1, torch.tensor(gold)[:, None])
    for row, known in enumerate(others):
        ahead[row, list(known)] = False
    ahead[torch.arange(len(gold)), torch.tensor(gold)] = False
    if texts is not None:
        ahead &= texts[None, :] != texts[torch.tensor(gold)][:, None]
    ranks: list[int] = (1 + ahead.sum(dim=1)).tolist()
    return ranks


def commonest_rank(counts: Ints, ids: Ints, gold: int, others: Sequence[int]) -> int:
    """Filtered rank of candidate `gold` when candidates are ordered by falling count, equal ones by ascending id.

    `counts` [C] and `ids` [C] belong to the candidates; `others` are places of other true objects.

    >>> ids = np.array([6, 7, 8])
    >>> commonest_rank(np.array([0, 5, 2]), ids, 2, [1]), commonest_rank(np.array([0, 5, 0]), ids, 2, [])
    (1, 3)
    """
    ahead = (counts > counts[gold]) | ((counts == counts[gold]) & (ids < ids[gold]))
    ahead[list(others)] = False
    return 1 + int(ahead.sum())


def train_counts(dataset: Dataset) -> dict[int, dict[int, int]]:
    """Property → object → number of train triples."""
    found: dict[int, dict[int, int]] = defaultdict(dict)
    files = [str(path) for path in dataset.files("oe/train-*.parquet")]
    if files:
        table = ds.dataset(files).to_table(columns=["property_id", "object_qid"])
        grouped = table.group_by(["property_id", "object_qid"]).aggregate([([], "count_all")]).to_pydict()
        for relation, target, count in zip(
            grouped["property_id"], grouped["object_qid"], grouped["count_all"], strict=True
        ):
            found[relation][target] = count
    return found


def all_triples(dataset: Dataset, split: str, limit: int) -> list[Triple]:
    """Triples of a split, at most `limit`, in an order that depends on nothing else."""
    rows = dataset.triples(split, "entailment")
    return [
        (row["subject_qid"], row["property_id"], row["object_qid"])
        for row in (rows[draw] for draw in range(min(limit, len(rows))))
    ]


def open_probe(model: Path, dataset: Dataset, device: torch.device) -> tuple[Probe, TrainConfig]:
    """A run with its heads, or a plain encoder, ready to be probed with the shards' texts."""
    if is_run(model):
        identity = read_identity(model)
        assert identity is not None
        run = load_run(model).to(device).eval()
        return Probe(run, run.encoder, dataset, device, identity.config.data.text_tokens), identity.config
    encoder = load_encoder(model).to(device).eval()
    return Probe(None, encoder, dataset, device, TrainConfig().data.text_tokens), TrainConfig()


@dataclass(frozen=True)
class _Queries:
    """Triples whose subject and relation have texts in a language, and the states of their inputs [Q, H]."""

    triples: list[Triple]
    states: Tensor


def _queries(probe: Probe, source: TextSource, triples: Sequence[Triple], lang: str, longest: int) -> _Queries:
    kept, rows = [], []
    for subject, relation, target in triples:
        number = source.available(subject).get(lang)
        text = None if number is None else source.tokens(source.texts, number)
        ids = None if text is None else source.relation_input(text, relation, lang, longest)
        if ids is not None:
            kept.append((subject, relation, target))
            rows.append(ids)
    if not rows:
        return _Queries([], torch.zeros(0, probe.encoder.config.hidden_size))
    return _Queries(kept, probe.states(first_tokens(pad_rows(rows, probe.dataset.vocabulary.pad))))


def _pair(
    queries: _Queries,
    vectors: Tensor,
    pool: Pool,
    keys: Tensor,
    dataset: Dataset,
    train: Mapping[int, Mapping[int, int]],
) -> tuple[RankingScores, RankingScores]:
    """(the model's, the commonest object's) scores of the queries whose object is among the candidates."""
    place = {entity: at for at, entity in enumerate(pool.ids)}
    ids = np.array(pool.ids, np.int64)
    counts = {
        relation: np.array([train.get(relation, {}).get(entity, 0) for entity in pool.ids], np.int64)
        for relation in {relation for _, relation, _ in queries.triples}
    }
    usable = [n for n, triple in enumerate(queries.triples) if triple[2] in place]
    ranks: list[int] = []
    baseline: list[int] = []
    for start in range(0, len(usable), CHUNK):
        part = usable[start : start + CHUNK]
        triples = [queries.triples[n] for n in part]
        gold = [place[target] for _, _, target in triples]
        others = [
            [place[o] for o in dataset.facts.objects(subject, relation).tolist() if o != target and o in place]
            for subject, relation, target in triples
        ]
        ranks += filtered_ranks(vectors[part] @ keys.T, gold, others, pool.digests)
        baseline += [
            commonest_rank(counts[relation], ids, at, known)
            for (_, relation, _), at, known in zip(triples, gold, others, strict=True)
        ]
    objects = [queries.triples[n][2] for n in usable]
    return ranking_scores(ranks, objects), ranking_scores(baseline, objects)


@torch.no_grad()
def evaluate_entailment(
    model: Path,
    shards: Path,
    *,
    split: str = "test",
    device: str = "cpu",
    max_queries: int = 1000,
    max_candidates: int = 20_000,
    across: bool = True,
) -> EntailmentReport:
    """Rank the objects of a split's triples; `across` also asks in A and answers in B ≠ A.

    `max_candidates` texts a language, chosen by a fixed key, and always the right objects. Raises MissingTableError if
    the shards have no such triples, InputError if none has texts.
    """
    dataset = open_dataset(shards)
    triples = all_triples(dataset, split, max_queries)
    if not triples:
        raise MissingTableError(f"{shards}/oe has no {split} triples", next_step="xlmk shards --holdout-triples 0.05")
    probe, config = open_probe(model, dataset, torch.device(device))
    source = TextSource(dataset, alpha=0.0, limit=probe.limit, training=False)
    longest = min(config.data.max_tokens, probe.encoder.config.max_position_embeddings - 2)
    counts = train_counts(dataset)
    targets = [target for _, _, target in triples]
    langs = source.langs
    pools = {lang: probe.pool(source.texts, lang, max_candidates, targets) for lang in langs}
    keys = {lang: probe.project("oe_key", pool.states) for lang, pool in pools.items() if pool.ids}
    found: dict[str, RankingScores] = {}
    commonest: dict[str, RankingScores] = {}
    for lang in langs:
        queries = _queries(probe, source, triples, lang, longest)
        if not queries.triples:
            continue
        vectors = probe.project("oe_query", queries.states)
        for other, candidates in keys.items():
            if other == lang or across:
                pair = _pair(queries, vectors, pools[other], candidates, dataset, counts)
                if pair[0].queries:
                    found[f"{lang}->{other}"], commonest[f"{lang}->{other}"] = pair
    if not found:
        raise InputError(f"{shards}: no {split} triple has texts of subject, relation and object in one language")
    return EntailmentReport(split=split, model=found, commonest=commonest)
