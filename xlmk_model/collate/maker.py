"""Turns a plan into the tensors of one rank. Row i of a global batch depends on (seed, step, i), not on the rank."""

import math
from collections.abc import Iterable, Sequence

import numpy as np
import torch
from torch import Tensor

from xlmk_model.batches import Keys, KnowledgeBatch, MlmBatch, Requests, StepBatch, after_first_tokens
from xlmk_model.collate.entity_texts import TextSource, text_digest
from xlmk_model.collate.hard_negatives import HardNegatives, draw_some
from xlmk_model.collate.padding import pad_rows
from xlmk_model.collate.plan import Plan
from xlmk_model.collate.rows import (
    Corrupted,
    EntityText,
    MentionRow,
    TripleRow,
    int64,
    joined,
    repeated,
    uncorrupted,
)
from xlmk_model.collate.rows import (
    cut as cut,  # also for evaluation
)
from xlmk_model.config import TrainConfig
from xlmk_model.masking import mask_spans, mlm_mask
from xlmk_model.sampling import draw_one, keyed_generator
from xlmk_model.shards import Dataset, ShuffledRows


def rank_slice(count: int, rank: int, world: int) -> range:
    """The rows of a global batch that one rank works on.

    >>> [list(rank_slice(5, rank, 2)) for rank in range(2)]
    [[0, 1], [2, 3, 4]]
    """
    return range(count * rank // world, count * (rank + 1) // world)


class StepMaker:
    """Reads the train split; `make` is a pure function of the plan and of the table of hard negatives."""

    hard: HardNegatives
    """Mined from time to time by the trainer, which puts a new table here; empty before that."""

    def __init__(self, dataset: Dataset, config: TrainConfig, *, split: str = "train") -> None:
        """Opens every language of `split`; held-out entities are hidden in train only."""
        self.config = config
        self.vocabulary = dataset.vocabulary
        self.facts = dataset.facts
        self.source = TextSource(
            dataset, alpha=config.data.alpha, limit=config.data.text_tokens, training=split == "train"
        )
        passage_split = split
        self.passages: dict[tuple[str, str], ShuffledRows] = {
            (kind, lang): dataset.passages(kind, lang, passage_split, config.seed)
            for kind in ("mlm", "mep")
            for lang in dataset.languages
            if dataset.row_count(kind, lang, passage_split)
        }
        self.triples = dataset.triples(split, config.seed)
        self.hard = HardNegatives.none()
        self._frequency_qid = np.asarray(dataset.arrays["mention_qid"], np.int64)
        self._frequency = np.asarray(dataset.arrays["mention_count"], np.int64)

    def _generator(self, *key: object) -> torch.Generator:
        return keyed_generator(self.config.seed, *key)

    def _mention_weight(self, qid: int) -> float:
        """frequency^-b of an entity among the train mentions; an entity that is none there counts as seen once."""
        at = int(np.searchsorted(self._frequency_qid, qid))
        known = at < len(self._frequency_qid) and int(self._frequency_qid[at]) == qid
        count = int(self._frequency[at]) if known else 1
        return math.pow(count, -self.config.data.flatten_entities)

    def mention_row(self, lang: str, drawn: int, generator: torch.Generator) -> MentionRow | None:
        """The MEP row of a draw; None if no mention within the length limit has a text that may be used."""
        data, knowledge, mask = self.config.data, self.config.knowledge, self.vocabulary.mask
        row = self.passages["mep", lang][drawn]
        ids = cut(row["input_ids"], data.max_tokens)
        mentions = sorted(
            (mention["start"], mention["end"], mention["qid"])
            for mention in row["mentions"]
            if mention["end"] < len(ids) and self.source.available(mention["qid"])
        )
        if not mentions:
            return None
        chosen = mentions[draw_one([self._mention_weight(qid) for _, _, qid in mentions], generator)]
        qid = chosen[2]
        position = chosen[0]
        if float(torch.rand((), generator=generator)) < knowledge.mask_mentions:
            same = [mention for mention in mentions if mention[2] == qid]
            spans = [(start, end) for start, end, _ in same]
            single = knowledge.mask_style == "single"
            ids, position = mask_spans(ids, spans, drawn=same.index(chosen), mask=mask, single=single)
        key, key_lang = self.source.draw(qid, own=lang, same=data.same_language, generator=generator)
        keep = torch.zeros(len(ids), dtype=torch.bool)
        keep[position] = bool(knowledge.mep_weight)
        passage = self._corrupted(ids, generator, keep) if self.config.mlm.on_mentions else uncorrupted(ids)
        text = EntityText(qid, key, key_lang, self._read(key, generator))
        hard = self._hard_texts(self.hard.near_entity(qid), {qid}, key_lang, generator)
        return MentionRow(lang, passage, position, text, hard)

    def triple_row(self, drawn: int, generator: torch.Generator) -> TripleRow | None:
        """The OE row of a draw; None if an end or the relation has no text that may be used."""
        row = self.triples[drawn]
        subject, relation, target = row["subject_qid"], row["property_id"], row["object_qid"]
        if not self.source.available(subject) or not self.source.available(target):
            return None
        own, lang = self.source.draw(subject, own=None, same=0.0, generator=generator)
        ids = self.source.relation_input(own, relation, lang, self.config.data.max_tokens)
        if ids is None:
            return None
        key, key_lang = self.source.draw(target, own=lang, same=self.config.data.same_language, generator=generator)
        true = torch.from_numpy(self.facts.objects(subject, relation))
        read, text = self._read(ids, generator), EntityText(target, key, key_lang, self._read(key, generator))
        near = self.hard.near_answer(relation, target)
        hard = self._hard_texts(near, {target, *true.tolist()}, key_lang, generator)
        return TripleRow(lang, ids, read, text, hard, true)

    def _hard_texts(
        self, near: Sequence[int], true: set[int], lang: str, generator: torch.Generator
    ) -> tuple[EntityText, ...]:
        """Texts of some of the near entities that are no true answers, in the language of the answer's where it is."""
        texts = []
        for qid in draw_some(near, true, self.config.knowledge.hard_negatives, generator):
            ids, drawn = self.source.draw(qid, own=lang, same=1.0, generator=generator)
            texts.append(EntityText(qid, ids, drawn, self._read(ids, generator)))
        return tuple(texts)

    def _corrupted(self, ids: Tensor, generator: torch.Generator, keep: Tensor | None = None) -> Corrupted:
        hidden, positions = mlm_mask(
            ids, vocabulary=self.vocabulary, config=self.config.mlm, generator=generator, keep=keep
        )
        return hidden, positions, ids[positions]

    def _read(self, ids: Tensor, generator: torch.Generator) -> Corrupted:
        """A description or OE input as the encoder reads it."""
        return self._corrupted(ids, generator) if self.config.mlm.on_texts else uncorrupted(ids)

    def _mlm_rows(self, plan: Plan, rank: int, world: int) -> list[Corrupted]:
        rows = []

        def add(ids: Tensor, generator: torch.Generator) -> None:
            rows.append(self._corrupted(ids, generator))

        for i in rank_slice(len(plan.mlm), rank, world):
            lang, drawn = plan.mlm[i]
            ids = cut(self.passages["mlm", lang][drawn]["input_ids"], self.config.data.max_tokens)
            add(ids, self._generator("mlm", plan.step, i))
        for i in rank_slice(plan.text_rows if self.source.probabilities.any() else 0, rank, world):
            generator = self._generator("mlm texts", plan.step, i)
            add(self.source.draw_any(generator), generator)
        for i in rank_slice(len(plan.relations), rank, world):
            generator = self._generator("mlm relations", plan.step, i)
            triple = self.triple_row(plan.relations[i], generator)
            if triple is not None:
                add(triple.ids, generator)
        return rows

    def _mlm_batch(self, rows: Sequence[Corrupted]) -> MlmBatch:
        """Rows of (ids, positions, labels), padded."""
        return MlmBatch(
            requests=Requests(
                tokens=pad_rows([ids for ids, _, _ in rows], self.vocabulary.pad),
                row=repeated([len(positions) for _, positions, _ in rows]),
                position=joined([positions for _, positions, _ in rows]),
            ),
            label=joined([labels for _, _, labels in rows]),
        )

    def keys(self, rows: Sequence[MentionRow | TripleRow]) -> Keys:
        """The rows' own texts as keys, then their hard negatives: whole for their digests, and as they are read."""
        texts = [row.text for row in rows] + [text for row in rows for text in row.hard]
        mlm = self._mlm_batch([text.read for text in texts])
        return Keys(
            tokens=mlm.requests.tokens,
            qid=int64([text.qid for text in texts]),
            text=int64([text_digest(text.ids) for text in texts]),
            mlm=mlm.requests,
            labels=mlm.label,
        )

    def languages(self, rows: Iterable[MentionRow | TripleRow]) -> Tensor:
        """The language of each row's text, as its place among `source.langs`."""
        return int64([self.source.langs.index(row.text.lang) for row in rows])

    def mep_batch(self, rows: Sequence[MentionRow]) -> KnowledgeBatch:
        """MEP rows as tensors: query n belongs to row n and key n."""
        mlm = self._mlm_batch([row.passage for row in rows])
        return KnowledgeBatch(
            queries=Requests(
                tokens=mlm.requests.tokens,
                row=torch.cat([torch.arange(len(rows)), mlm.requests.row]),
                position=torch.cat([int64([row.position for row in rows]), mlm.requests.position]),
            ),
            qid=int64([row.text.qid for row in rows]),
            positive=torch.arange(len(rows)),
            keys=self.keys(rows),
            same_language=torch.tensor([row.text.lang == row.lang for row in rows], dtype=torch.bool),
            text_language=self.languages(rows),
            true_query=int64([]),
            true_object=int64([]),
            labels=mlm.label,
        )

    def oe_batch(self, rows: Sequence[TripleRow]) -> KnowledgeBatch:
        """OE rows as tensors: query n is the `<s>` of row n and belongs to key n."""
        mlm = self._mlm_batch([row.read for row in rows])
        return KnowledgeBatch(
            queries=after_first_tokens(mlm.requests),
            qid=int64([row.text.qid for row in rows]),
            positive=torch.arange(len(rows)),
            keys=self.keys(rows),
            same_language=torch.tensor([row.text.lang == row.lang for row in rows], dtype=torch.bool),
            text_language=self.languages(rows),
            true_query=repeated([len(row.true_objects) for row in rows]),
            true_object=joined([row.true_objects for row in rows]),
            labels=mlm.label,
        )

    def make(self, plan: Plan, *, rank: int = 0, world: int = 1) -> StepBatch:
        """The batch of one rank; planned MEP and OE are there on every rank, even without rows: ranks meet in them."""
        mlm = self._mlm_rows(plan, rank, world)
        mentions = [
            self.mention_row(*plan.mep[i], self._generator("mep", plan.step, i))
            for i in rank_slice(len(plan.mep), rank, world)
        ]
        triples = [
            self.triple_row(plan.oe[i], self._generator("oe", plan.step, i))
            for i in rank_slice(len(plan.oe), rank, world)
        ]
        mep_rows = [row for row in mentions if row is not None]
        oe_rows = [row for row in triples if row is not None]
        return StepBatch(
            step=plan.step,
            mlm=self._mlm_batch(mlm) if mlm else None,
            mep=self.mep_batch(mep_rows) if plan.mep else None,
            oe=self.oe_batch(oe_rows) if plan.oe else None,
        )

    def example_ids(self, plan: Plan) -> list[str]:
        """What a step read, for error messages: ids of its passages and triples, in order."""
        passages = [
            f"{kind}/{lang}/{self.passages[kind, lang][drawn]['example_id']}"
            for kind, drawn_rows in (("mlm", plan.mlm), ("mep", plan.mep))
            for lang, drawn in drawn_rows
        ]
        triples = [self.triples[drawn] for drawn in plan.oe]
        return passages + [f"oe/Q{row['subject_qid']} P{row['property_id']} Q{row['object_qid']}" for row in triples]
