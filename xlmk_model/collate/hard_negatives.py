"""Mined hard negatives as a table by id: which entities are near an entity (MEP), near an answer of a relation (OE).

`xlmk_model.trainer.mining` fills it with the present model; a checkpoint holds it. Here it is only looked up.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields

import torch
from torch import Tensor

NONE = -1
"""Fills up the rows of entities with fewer near ones."""


def draw_some(
    candidates: Sequence[int], forbidden: Collection[int], count: int, generator: torch.Generator
) -> list[int]:
    """At most `count` of the candidates that are not forbidden, drawn evenly without replacement.

    >>> draw_some([5, 6, 7], {6}, 2, torch.Generator())
    [5, 7]
    """
    allowed = [entity for entity in candidates if entity not in forbidden]
    if len(allowed) <= count:
        return allowed
    return [allowed[at] for at in torch.randperm(len(allowed), generator=generator)[:count].tolist()]


@dataclass(frozen=True, kw_only=True)
class HardNegatives:
    """Entities by nearness, nearest first, rows filled up with NONE. K is how many a mining keeps.

    `mep_near[n]` [E, K] are near entity `mep_entity[n]` [E], ascending. `oe_near[n]` [A, K] are near the answer
    `oe_answer[n]` [A, 2] = (property, object), ascending, and in the range of the property. All int64.
    """

    mep_entity: Tensor
    mep_near: Tensor
    oe_answer: Tensor
    oe_near: Tensor

    @classmethod
    def none(cls) -> "HardNegatives":
        """The empty table, as it is before the first mining."""
        one, two = torch.zeros(0, dtype=torch.int64), torch.zeros(0, 2, dtype=torch.int64)
        near = torch.zeros(0, 0, dtype=torch.int64)
        return cls(mep_entity=one, mep_near=near, oe_answer=two, oe_near=near)

    def tensors(self) -> dict[str, Tensor]:
        """The columns by name: what a checkpoint holds."""
        return {entry.name: getattr(self, entry.name) for entry in fields(self)}

    def near_entity(self, qid: int) -> list[int]:
        """Entities near entity `qid`; none if it was not mined.

        >>> empty = HardNegatives.none()
        >>> table = HardNegatives(mep_entity=torch.tensor([4, 9]), mep_near=torch.tensor([[9, 7], [4, -1]]),
        ...     oe_answer=torch.tensor([[1, 4], [2, 3]]), oe_near=torch.tensor([[9, -1], [5, 6]]))
        >>> table.near_entity(9), table.near_entity(5), empty.near_entity(9), table.near_answer(2, 3)
        ([4], [], [], [5, 6])
        """
        at = int(torch.searchsorted(self.mep_entity, qid))
        if at == len(self.mep_entity) or int(self.mep_entity[at]) != qid:
            return []
        return [entity for entity in self.mep_near[at].tolist() if entity != NONE]

    def near_answer(self, relation: int, qid: int) -> list[int]:
        """Entities near entity `qid` as an answer of a relation (property id); none if it was not mined."""
        low, high = torch.searchsorted(
            self.oe_answer[:, 0].contiguous(), torch.tensor([relation, relation + 1])
        ).tolist()
        own = self.oe_answer[low:high, 1].contiguous()
        at = int(torch.searchsorted(own, qid))
        if at == len(own) or int(own[at]) != qid:
            return []
        return [entity for entity in self.oe_near[low + at].tolist() if entity != NONE]
