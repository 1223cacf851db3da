"""Mining hard negatives: which entities does the present model find near each other that are not the same?

    pool          entities that MEP asks for, answers (relation, object) that OE asks for     drawn by (seed, step)
      ↓
    encode        a text of each, in a drawn language, without dropout                        passes shared by the ranks
      ↓
    nearest       MEP: key head, entities that share a class (instance_of)                    rank 0
                  OE: key head, objects of the same relation in the train split
      ↓
    table         by id; a step draws some of each row and leaves out what is true            `collate.hard_negatives`

Work is cut the same whatever the number of ranks, so the table is too. Between minings it is part of the checkpoint.
"""

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from xlmk_model.batches import Vocabulary, first_tokens, to_device
from xlmk_model.collate import pad_rows
from xlmk_model.collate.entity_texts import TextSource, text_digest
from xlmk_model.collate.hard_negatives import NONE, HardNegatives
from xlmk_model.config import TrainConfig
from xlmk_model.contrastive import global_sum, rank_and_world
from xlmk_model.contrastive.neighbours import nearest_in_groups
from xlmk_model.encoder import request_passes, request_states
from xlmk_model.model import XlmkModel
from xlmk_model.sampling import keyed_generator
from xlmk_model.shards import Dataset
from xlmk_model.trainer.step import autocast

Ints = npt.NDArray[np.int64]


def mines_at(step: int, config: TrainConfig) -> bool:
    """Whether hard negatives are mined before step `step`.

    >>> from xlmk_model.config import with_overrides
    >>> config = with_overrides(TrainConfig(), ["hard_negatives=2", "start_step=3", "mine_every=4"])
    >>> [step for step in range(12) if mines_at(step, config)]
    [3, 7, 11]
    """
    since = step - config.knowledge.start_step
    return config.knowledge.hard_negatives > 0 and since >= 0 and since % config.knowledge.mine_every == 0


def next_mining(step: int, config: TrainConfig) -> int:
    """The first mining step after `step`, or the end of the run."""
    later = range(step + 1, min(config.steps, max(step, config.knowledge.start_step) + config.knowledge.mine_every + 1))
    return next((at for at in later if mines_at(at, config)), config.steps)


def drawn_pool(weights: npt.NDArray[np.float64], size: int, generator: torch.Generator) -> Ints:
    """At most `size` places drawn without replacement in proportion to the weights; ascending."""
    chance = torch.rand(len(weights), dtype=torch.float64, generator=generator).numpy()
    keys = np.log(np.maximum(chance, 1e-300)) / weights  # the largest of these are such a draw
    return np.sort(np.argsort(-keys, kind="stable")[:size])


def groups_of(codes: Ints, places: Ints) -> list[Ints]:
    """The places of each code, ascending.

    >>> [group.tolist() for group in groups_of(np.array([7, 5, 7]), np.array([0, 1, 2]))]
    [[1], [0, 2]]
    """
    order = np.lexsort((places, codes))
    cuts = np.flatnonzero(np.diff(codes[order])) + 1
    return np.split(places[order], cuts)


class Miner:
    """Mines with one model on the train split of a data set."""

    def __init__(self, dataset: Dataset, config: TrainConfig, source: TextSource, device: torch.device) -> None:
        """`source` is the trainer's: it has no texts of held-out entities."""
        arrays = dataset.arrays
        self.config, self.source, self.device = config, source, device
        self.vocabulary: Vocabulary = dataset.vocabulary
        self.asked = np.asarray(arrays["mention_qid"], np.int64)
        frequency = np.asarray(arrays["mention_count"], np.float64)
        self.asked_weight = frequency ** (1.0 - config.data.flatten_entities)
        self.answers = np.asarray(arrays["answers"], np.int64)  # [A, 3]: property, object, how often
        self.types = np.asarray(arrays["types"], np.int64)  # [n, 2]: class, entity

    def _pool(self, name: str, ids: Ints, weights: npt.NDArray[np.float64], step: int) -> Ints:
        """Places of the pool among `ids` [n] that have a text."""
        usable = np.flatnonzero(np.isin(ids, self.source.entities))
        generator = keyed_generator(self.config.seed, "mining", name, step)
        return usable[drawn_pool(weights[usable], self.config.knowledge.mine_entities, generator)]

    @torch.no_grad()
    def _states(self, model: XlmkModel, texts: list[Tensor]) -> Tensor:
        """`<s>` states [n, H] of texts, the same on every rank."""
        requests = to_device(first_tokens(pad_rows(texts, self.vocabulary.pad)), self.device)
        rank, world = rank_and_world()
        states = torch.zeros(len(texts), model.encoder.config.hidden_size, dtype=model.encoder.dtype)
        for number, (rows, part) in enumerate(request_passes(requests, self.config.data.forward_tokens)):
            if number % world == rank:
                with autocast(self.config, self.device):
                    states[rows.cpu()] = request_states(model.encoder, part).to(states.dtype).cpu()
        return global_sum(states)

    @torch.no_grad()
    def _near(self, model: XlmkModel, head: str, states: Tensor, text: Tensor, groups: list[Ints]) -> Ints:
        """Places of near ones [n, K], worked out by rank 0."""
        count = self.config.knowledge.mine_near
        near = torch.zeros(len(states), count, dtype=torch.int64)
        if rank_and_world()[0] == 0 and len(states):
            vectors = model.heads[head](states.to(self.device))
            near = torch.from_numpy(nearest_in_groups(vectors, text, groups, count))
        return global_sum(near).numpy()

    def mine(self, model: XlmkModel, step: int) -> HardNegatives:
        """The table of step `step`; the model ends in training mode as it was. Every rank must call it."""
        mep = self.asked[self._pool("mep", self.asked, self.asked_weight, step)]
        places = self._pool("oe", self.answers[:, 1], self.answers[:, 2].astype(np.float64), step)
        answers = self.answers[places]
        entities = np.union1d(mep, answers[:, 1])
        if not len(entities):
            return HardNegatives.none()
        texts = [self._text(int(qid), step) for qid in entities]
        digests = torch.tensor([text_digest(ids) for ids in texts], dtype=torch.int64)
        was_training = model.training
        model.eval()
        states = self._states(model, texts)
        mep_rows = torch.from_numpy(np.searchsorted(entities, mep))
        oe_rows = torch.from_numpy(np.searchsorted(entities, answers[:, 1]))
        typed = self.types[np.isin(self.types[:, 1], mep)]
        mep_groups = groups_of(typed[:, 0], np.searchsorted(mep, typed[:, 1]))
        oe_groups = groups_of(answers[:, 0], np.arange(len(answers)))
        mep_near = self._near(model, "mep_key", states[mep_rows], digests[mep_rows], mep_groups)
        oe_near = self._near(model, "oe_key", states[oe_rows], digests[oe_rows], oe_groups)
        model.train(was_training)
        return HardNegatives(
            mep_entity=torch.from_numpy(mep),
            mep_near=torch.from_numpy(np.where(mep_near < 0, NONE, mep[mep_near])),
            oe_answer=torch.from_numpy(answers[:, :2].copy()),
            oe_near=torch.from_numpy(np.where(oe_near < 0, NONE, answers[oe_near, 1])),
        )

    def _text(self, qid: int, step: int) -> Tensor:
        generator = keyed_generator(self.config.seed, "mining text", step, qid)
        return self.source.draw(qid, own=None, same=0.0, generator=generator)[0]
