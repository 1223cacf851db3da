"""Cross-lingual retrieval, without any trained head of its own: do the languages meet in the same entities?

1. `mention`: a masked mention in a passage of language A → the text of its entity among all texts in language B ≠ A.
   With a run its MEP heads compare; with a plain model the raw states, centred per language.
2. `KIND` (description, label, ...): the text of an entity in A → its text in B, by `<s>` states of the raw encoder,
   centred per language; pairs with the same tokens in both languages are left out as queries.

Each is scored apart for entities that training saw and for those held out. A candidate with the very same text as the
right one is not counted against it.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from pipeline.errors import ConfigError
from xlmk_model.batches import Requests, first_tokens, to_device
from xlmk_model.collate import pad_rows
from xlmk_model.collate.entity_texts import text_digest
from xlmk_model.collate.maker import cut
from xlmk_model.config import TrainConfig
from xlmk_model.encoder import states_at
from xlmk_model.evaluation.ranking import RankScores, centred, macro, rank_scores, ranks_of
from xlmk_model.init import load_encoder, load_run, new_model
from xlmk_model.masking import mask_spans
from xlmk_model.model import XlmkModel
from xlmk_model.run_folder import is_run, read_identity
from xlmk_model.sampling import permutation
from xlmk_model.shards import Dataset, Texts, open_dataset

FORWARD_TOKENS = 16384
GROUPS = ("seen", "held_out")


@dataclass(frozen=True, kw_only=True)
class RetrievalReport:
    """`pairs[probe][group]["en->ru"]` and the mean over pairs `macro[probe][group]`; names as in the module's text."""

    split: str
    pairs: dict[str, dict[str, dict[str, RankScores]]]
    macro: dict[str, dict[str, RankScores]]

    def to_json(self) -> dict[str, Any]:
        """Plain dictionaries."""
        return asdict(self)


@dataclass(frozen=True)
class Pool:
    """The texts of one kind and language: entity ids (ascending), digests of tokens, `<s>` states [C, H]."""

    ids: list[int]
    digests: Tensor
    states: Tensor


class MentionQuery(NamedTuple):
    """A passage with all mentions of entity `qid` masked; `position` is the first token of the first."""

    qid: int
    ids: Tensor
    position: int


def mention_queries(dataset: Dataset, lang: str, split: str, count: int, longest: int) -> list[MentionQuery]:
    """One query for each entity of a passage, of as many passages (cut to `longest` tokens) as make `count` queries."""
    queries: list[MentionQuery] = []
    if not dataset.row_count("mep", lang, split):
        return queries
    passages = dataset.passages("mep", lang, split, "retrieval")
    for draw in range(len(passages)):
        row = passages[draw]
        ids = cut(row["input_ids"], longest)
        found = sorted((m["start"], m["end"], m["qid"]) for m in row["mentions"] if m["end"] < len(ids))
        for qid in sorted({entity for _, _, entity in found}):
            spans = [(start, end) for start, end, entity in found if entity == qid]
            hidden, position = mask_spans(ids, spans, drawn=0, mask=dataset.vocabulary.mask, single=False)
            queries.append(MentionQuery(qid, hidden, position))
        if len(queries) >= count:
            break
    return queries


class Probe:
    """A model and the shards it is probed with."""

    def __init__(
        self, model: XlmkModel | None, encoder: Any, dataset: Dataset, device: torch.device, limit: int
    ) -> None:
        """`model` is None for a plain encoder; `limit` is the longest text in tokens."""
        self.model, self.encoder, self.dataset, self.device, self.limit = model, encoder, dataset, device, limit
        self.held_out = set(dataset.held_out.tolist())

    def states(self, requests: Requests) -> Tensor:
        """The wanted states [N, H], on the CPU."""
        return states_at(self.encoder, to_device(requests, self.device), FORWARD_TOKENS).float().cpu()

    def pool(self, texts: Texts, lang: str, size: int, always: Sequence[int] = ()) -> Pool:
        """At most `size` texts of a language, chosen by a fixed key, and those of the entities `always`."""
        ids = texts.ids_in(lang)
        chosen = ids[permutation(len(ids), "candidates").numpy()[:size]].tolist()
        kept = sorted(set(chosen) | set(ids.tolist()).intersection(always))
        rows = [cut(texts.tokens(texts.find(entity)[lang]), self.limit) for entity in kept]
        if not rows:
            return Pool([], torch.zeros(0, dtype=torch.int64), torch.zeros(0, self.encoder.config.hidden_size))
        states = self.states(first_tokens(pad_rows(rows, self.dataset.vocabulary.pad)))
        return Pool(kept, torch.tensor([text_digest(row) for row in rows]), states)

    def mentions(self, lang: str, split: str, count: int, longest: int) -> tuple[list[int], Tensor]:
        """(entity of each query, states [Q, H] of masked mentions): one query for each entity of a passage."""
        found = mention_queries(self.dataset, lang, split, count, longest)
        if not found:
            return [], torch.zeros(0, self.encoder.config.hidden_size)
        tokens = pad_rows([query.ids for query in found], self.dataset.vocabulary.pad)
        positions = torch.tensor([query.position for query in found])
        states = self.states(Requests(tokens=tokens, row=torch.arange(len(found)), position=positions))
        return [query.qid for query in found], states

    def project(self, name: str, states: Tensor) -> Tensor:
        """States as vectors of length 1: through a head of the run, or centred if there is none."""
        if self.model is None:
            return centred(states) if len(states) else states
        projected: Tensor = self.model.heads[name](states.to(self.device))
        return projected.float().cpu()

    def scores(self, qids: list[int], queries: Tensor, pool: Pool, candidates: Tensor) -> dict[str, RankScores]:
        """Scores of queries against a pool, by group; queries whose entity is not in the pool do not count."""
        place = {entity: at for at, entity in enumerate(pool.ids)}
        result = {}
        for group in GROUPS:
            chosen = [n for n, q in enumerate(qids) if q in place and (q in self.held_out) == (group == "held_out")]
            gold = torch.tensor([place[qids[n]] for n in chosen], dtype=torch.int64)
            ranks = ranks_of(queries[chosen], candidates, gold, pool.digests) if chosen else []
            result[group] = rank_scores(ranks)
        return result


def _open(
    model: Path, dataset: Dataset, device: torch.device, initial: bool
) -> tuple[XlmkModel | None, Any, TrainConfig]:
    if not is_run(model):
        if initial:
            raise ConfigError(f"{model} is not a run: it has no state before training")
        encoder = load_encoder(model).to(device).eval()
        return None, encoder, TrainConfig()
    identity = read_identity(model)
    assert identity is not None
    run = new_model(identity.config, dataset) if initial else load_run(model)
    run.to(device).eval()
    return run, run.encoder, identity.config


@torch.no_grad()
def evaluate_retrieval(
    model: Path,
    shards: Path,
    *,
    split: str = "test",
    device: str = "cpu",
    kinds: Sequence[str] | None = None,
    max_queries: int = 1000,
    max_candidates: int = 20_000,
    initial: bool = False,
) -> RetrievalReport:
    """Probe a run or a Hugging Face folder with the entities of some shards.

    `kinds` are the kinds of text to align (default: what stands for an entity, and labels); `max_queries` passages'
    mentions a language; `max_candidates` texts a language; `initial` takes a run's model as it was before its first
    step. A probe without any query is left out.
    Raises MissingTableError or InputError for shards or a model that are not whole.
    """
    dataset = open_dataset(shards)
    where = torch.device(device)
    run, encoder, config = _open(model, dataset, where, initial)
    longest = min(config.data.max_tokens, encoder.config.max_position_embeddings - 2)
    probe = Probe(run, encoder, dataset, where, min(config.data.text_tokens, longest))
    pairs: dict[str, dict[str, dict[str, RankScores]]] = {}

    def add(name: str, pair: str, found: dict[str, RankScores]) -> None:
        for group, score in found.items():
            pairs.setdefault(name, {}).setdefault(group, {})[pair] = score

    texts = dataset.texts(dataset.entity_text)
    queries = {lang: probe.mentions(lang, split, max_queries, longest) for lang in dataset.languages}
    asked = sorted({qid for qids, _ in queries.values() for qid in qids})
    pools = {lang: probe.pool(texts, lang, max_candidates, asked) for lang in texts.langs}
    for target, pool in pools.items():
        candidates = probe.project("mep_key", pool.states)
        for source, (qids, states) in queries.items():
            if source != target and qids and pool.ids:
                found = probe.scores(qids, probe.project("mep_query", states), pool, candidates)
                add("mention", f"{source}->{target}", found)
    for kind in kinds or dict.fromkeys((dataset.entity_text, "label")):
        own = dataset.texts(kind)
        if kind != dataset.entity_text:
            pools = {lang: probe.pool(own, lang, max_candidates) for lang in own.langs}
        vectors = {lang: centred(pool.states) for lang, pool in pools.items() if pool.ids}
        for source, own_vectors in vectors.items():
            for target, candidates in vectors.items():
                if source != target:
                    qids, chosen = _differing(pools[source], pools[target])
                    found = probe.scores(qids, own_vectors[chosen], pools[target], candidates)
                    add(kind, f"{source}->{target}", found)
    pairs = {
        name: groups for name, groups in pairs.items() if any(s.queries for by in groups.values() for s in by.values())
    }
    means = {name: {group: macro(by.values()) for group, by in groups.items()} for name, groups in pairs.items()}
    return RetrievalReport(split=split, pairs=pairs, macro=means)


def _queries(groups: dict[str, dict[str, RankScores]]) -> int:
    return sum(score.queries for by_pair in groups.values() for score in by_pair.values())


def _differing(source: Pool, target: Pool) -> tuple[list[int], list[int]]:
    """Entities of both pools whose texts differ: (ids, places in the source pool)."""
    there = dict(zip(target.ids, target.digests.tolist(), strict=True))
    chosen = [
        at
        for at, (entity, digest) in enumerate(zip(source.ids, source.digests.tolist(), strict=True))
        if entity in there and there[entity] != digest
    ]
    return [source.ids[at] for at in chosen], chosen
