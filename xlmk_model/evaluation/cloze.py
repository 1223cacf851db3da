"""Cloze probe: which object does the masked language model put in the place of [Y]?

A candidate of n pieces is scored in the question with n masks, by the mean log-probability of its pieces (Kassner et
al. 2021, mLAMA, section 3): names of all lengths compete. Other true objects of the same subject and relation are left
out, and so are others with the very same name. The prediction is the best candidate; precision at 1 is averaged within
relations, then over them, as mLAMA does.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from pipeline.errors import InputError
from xlmk_model.evaluation.cloze_queries import ClozeQuery, ClozeSet
from xlmk_model.evaluation.encoder import open_tokenizer
from xlmk_model.init import load_encoder

MAX_PIECES = 8
"""Candidates with more pieces are left out, and questions about them with them."""
FORWARD_ROWS = 64
Progress = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class ClozeScores:
    """Shares between 0 and 1 in one language; `commonest` always answers the relation's commonest other gold object."""

    queries: int
    relations: int
    precision_at_1: float
    commonest: float
    left_out: int


@dataclass(frozen=True, kw_only=True)
class ClozeAgreement:
    """Facts asked in two languages: share with the same answer, and right in both / right in either."""

    facts: int
    same_answer: float
    both_of_either: float


@dataclass(frozen=True, kw_only=True)
class ClozeReport:
    """Scores by language, agreement by "A-B" pair, and the means of both."""

    languages: dict[str, ClozeScores]
    agreement: dict[str, ClozeAgreement]

    def to_json(self) -> dict[str, Any]:
        """Plain dictionaries."""
        return asdict(self)


class MaskedModel:
    """A masked language model with its tokenizer."""

    def __init__(self, model: Path, device: str) -> None:
        """Opens a run or an XLM-R-shaped folder with MLM head."""
        self.device = torch.device(device)
        self.encoder = load_encoder(model).to(self.device).eval()
        self.tokenizer = open_tokenizer(model)
        self.longest = self.encoder.config.max_position_embeddings - 2
        self.mask: int = self.tokenizer.mask_token_id

    def pieces(self, name: str, *, after_space: bool) -> list[int]:
        """The pieces of a candidate; without the mark of a word's beginning where no space precedes it."""
        ids: list[int] = self.tokenizer(name, add_special_tokens=False)["input_ids"]
        lone = self.tokenizer.convert_tokens_to_ids("▁")
        return ids[1:] if not after_space and len(ids) > 1 and ids[0] == lone else ids

    def question(self, text: str, masks: int) -> list[int]:
        """Ids of `<s> text </s>` with that many masks in the place of [Y]."""
        filled = text.replace("[Y]", self.tokenizer.mask_token * masks)
        ids = self.tokenizer(filled, add_special_tokens=False)["input_ids"]
        return [self.tokenizer.bos_token_id, *ids, self.tokenizer.eos_token_id]

    @torch.inference_mode()
    def log_probabilities(self, rows: Sequence[list[int]]) -> list[Tensor]:
        """[masks, V] of each row: log-probabilities of all pieces at its masks."""
        found: list[Tensor] = [torch.empty(0)] * len(rows)
        order = sorted(range(len(rows)), key=lambda n: len(rows[n]))
        for start in range(0, len(order), FORWARD_ROWS):
            part = order[start : start + FORWARD_ROWS]
            longest = len(rows[part[-1]])
            pad = self.tokenizer.pad_token_id
            ids = torch.tensor([rows[n] + [pad] * (longest - len(rows[n])) for n in part], device=self.device)
            states = self.encoder.roberta(input_ids=ids, attention_mask=(ids != pad).long()).last_hidden_state
            for place, n in enumerate(part):
                masked = states[place, ids[place] == self.mask]
                found[n] = self.encoder.lm_head(masked).float().log_softmax(dim=-1).cpu()
        return found


def answers(model: MaskedModel, cloze: ClozeSet, progress: Progress) -> dict[tuple[str, str], str]:
    """(language, fact) → the candidate with the highest score, ties to the first by name of the entity."""
    found = {}
    pieces: dict[tuple[str, str, bool], dict[int, list[tuple[str, list[int]]]]] = {}
    for number, query in enumerate(cloze.queries):
        if number % 50 == 0:
            progress(f"cloze: {number}/{len(cloze.queries)} questions")
        before = query.text.partition("[Y]")[0]
        key = (query.lang, query.relation, not before or before[-1].isspace())
        if key not in pieces:
            by_length: dict[int, list[tuple[str, list[int]]]] = defaultdict(list)
            for entity, name in sorted(cloze.candidates[key[:2]].items()):
                ids = model.pieces(name, after_space=key[2])
                if 0 < len(ids) <= MAX_PIECES:
                    by_length[len(ids)].append((entity, ids))
            pieces[key] = dict(sorted(by_length.items()))
        names = cloze.candidates[key[:2]]
        rows = [model.question(query.text, length) for length in pieces[key]]
        if not any(entity == query.gold for some in pieces[key].values() for entity, _ in some):
            continue
        if not rows or max(map(len, rows)) > model.longest:
            continue
        scored = [
            (float(logs[torch.arange(len(ids)), torch.tensor(ids)].mean()), entity)
            for logs, some in zip(model.log_probabilities(rows), pieces[key].values(), strict=True)
            for entity, ids in some
            if entity == query.gold or (entity not in query.true and names[entity] != names[query.gold])
        ]
        found[query.lang, query.fact] = min(scored, key=lambda pair: (-pair[0], pair[1]))[1]
    return found


def commonest_hit(query: ClozeQuery, gold: Counter[str]) -> bool:
    """Whether the relation's commonest gold object, the query's own answer not counted, is right (ties: first by name).

    >>> from collections import Counter
    >>> query = ClozeQuery(fact="f", lang="en", relation="P1", text="", gold="Q2", true=frozenset({"Q2"}))
    >>> commonest_hit(query, Counter({"Q2": 3, "Q1": 1})), commonest_hit(query, Counter({"Q2": 1, "Q1": 1}))
    (True, False)
    """
    counts = gold.copy()
    counts[query.gold] -= 1
    usable = {entity: n for entity, n in counts.items() if n > 0 and (entity == query.gold or entity not in query.true)}
    return bool(usable) and min(usable, key=lambda entity: (-usable[entity], entity)) == query.gold


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def cloze_report(queries: Sequence[ClozeQuery], found: dict[tuple[str, str], str]) -> ClozeReport:
    """Scores of answers, by language, and their agreement between languages."""
    languages: dict[str, ClozeScores] = {}
    right: dict[str, dict[str, bool]] = defaultdict(dict)
    for lang in dict.fromkeys(query.lang for query in queries):
        asked = [query for query in queries if query.lang == lang]
        hits: dict[str, list[float]] = defaultdict(list)
        common: dict[str, list[float]] = defaultdict(list)
        gold: dict[str, Counter[str]] = defaultdict(Counter)
        for query in asked:
            gold[query.relation][query.gold] += 1
        for query in asked:
            if (lang, query.fact) in found:
                right[lang][query.fact] = found[lang, query.fact] == query.gold
                hits[query.relation].append(right[lang][query.fact])
                common[query.relation].append(commonest_hit(query, gold[query.relation]))
        languages[lang] = ClozeScores(
            queries=sum(map(len, hits.values())),
            relations=len(hits),
            precision_at_1=_mean([_mean(values) for values in hits.values()]),
            commonest=_mean([_mean(values) for values in common.values()]),
            left_out=len(asked) - len(right[lang]),
        )
    agreement = {}
    for one, other in combinations(languages, 2):
        shared = sorted(right[one].keys() & right[other].keys())
        same = [found[one, fact] == found[other, fact] for fact in shared]
        both = sum(right[one][fact] and right[other][fact] for fact in shared)
        either = sum(right[one][fact] or right[other][fact] for fact in shared)
        if shared:
            agreement[f"{one}-{other}"] = ClozeAgreement(
                facts=len(shared), same_answer=_mean(same), both_of_either=both / either if either else 0.0
            )
    return ClozeReport(languages=languages, agreement=agreement)


def evaluate_cloze(model: Path, cloze: ClozeSet, *, device: str = "cpu", progress: Progress) -> ClozeReport:
    """Asks all questions; raises InputError if the model has no MLM head or no question can be asked."""
    found = answers(MaskedModel(model, device), cloze, progress)
    if not found:
        raise InputError(
            f"none of {len(cloze.queries)} questions fits: answers over {MAX_PIECES} pieces, or texts too long"
        )
    return cloze_report(cloze.queries, found)
