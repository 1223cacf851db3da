"""Which rows step s takes: a pure function of (seed, step, counters). The counters are the whole data position."""

from dataclasses import dataclass

from xlmk_model.config import TrainConfig
from xlmk_model.sampling import draw, keyed_generator, language_probabilities
from xlmk_model.shards import Dataset

Counters = dict[str, int]
"""Rows drawn so far, by stream: `mlm/en`, `mep/ru`, `oe`, `relations`. A stream that is missing has drawn none."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The rows of one global batch: (language, draw number) of passages, draw numbers of triples."""

    step: int
    mlm: tuple[tuple[str, int], ...]
    mep: tuple[tuple[str, int], ...]
    oe: tuple[int, ...]
    relations: tuple[int, ...]
    text_rows: int
    after: Counters


@dataclass(frozen=True)
class Planner:
    """Draws languages by p ∝ rows^alpha and counts the rows of each."""

    config: TrainConfig
    rows: dict[str, dict[str, int]]
    """Rows of the split by kind (mlm, mep) and language."""
    triples: int

    @classmethod
    def of(cls, dataset: Dataset, config: TrainConfig, *, split: str = "train") -> "Planner":
        """A planner of one split of these shards."""
        langs = dataset.languages
        rows = {kind: {lang: dataset.row_count(kind, lang, split) for lang in langs} for kind in ("mlm", "mep")}
        return cls(config, rows, len(dataset.triples(split, config.seed)))

    def _passages(self, kind: str, count: int, step: int, after: Counters) -> tuple[tuple[str, int], ...]:
        langs = list(self.rows[kind])
        if not any(self.rows[kind].values()):
            return ()
        weights = language_probabilities(list(self.rows[kind].values()), self.config.data.alpha)
        drawn = []
        for index in draw(weights, count, keyed_generator(self.config.seed, "languages", kind, step)):
            stream = f"{kind}/{langs[index]}"
            drawn.append((langs[index], after.get(stream, 0)))
            after[stream] = after.get(stream, 0) + 1
        return tuple(drawn)

    def _triples(self, stream: str, count: int, after: Counters) -> tuple[int, ...]:
        if not self.triples or not count:
            return ()
        start = after.get(stream, 0)
        after[stream] = start + count
        return tuple(range(start, start + count))

    def plan(self, step: int, before: Counters) -> Plan:
        """The plan of step `step` (from 0), given the counters before it."""
        data, mlm, knowledge = self.config.data, self.config.mlm, self.config.knowledge
        started = step >= knowledge.start_step
        mep_wanted = knowledge.mep_weight or (mlm.on_mentions and mlm.weight)
        oe_wanted = knowledge.oe_weight or (mlm.on_texts and mlm.weight)
        after = dict(before)
        return Plan(
            step=step,
            mlm=self._passages("mlm", data.mlm_rows if mlm.weight else 0, step, after),
            mep=self._passages("mep", data.mep_rows if started and mep_wanted else 0, step, after),
            oe=self._triples("oe", data.oe_rows if started and oe_wanted else 0, after),
            relations=self._triples("relations", mlm.relation_rows if mlm.weight else 0, after),
            text_rows=mlm.text_rows if mlm.weight else 0,
            after=after,
        )
