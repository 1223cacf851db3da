"""Which entities can stand in the slots of a lead or a description: `{currency}` is an object of the entity's own
relation, `{^currency}` a subject of one that points to it, `{^currency2}` another such."""

import re
from collections.abc import Iterator

from pipeline.sample.digest import shuffled
from pipeline.sample.names import Names

_SLOT = re.compile(r"\{(\^?)([a-z_]+)(2?)\}")
MOST = 4
"""Fillings tried for one slot, at most."""


def fillings(
    template: str, qid: int, names: Names, *, stated_only: bool, order: str | None = None
) -> Iterator[dict[str, int]]:
    """Every way to fill the slots of a template for an entity, as slot (without "^") → qid; {name} is left out.

    `stated_only`: only by facts that the wiki's own texts state. A template without slots has one way: {}. The ways
    come in an order of `order`'s own, the language's by default.
    """
    order = names.texts.lang if order is None else order
    slots = [match for match in _SLOT.finditer(template) if match.group(2) != "name"]
    choices: list[list[int]] = []
    for match in slots:
        incoming, relation = match.group(1) == "^", match.group(2)
        facts = (names.world.incoming if incoming else names.world.outgoing).get(qid, ())
        usable = [f for f in facts if f.relation == relation and f.subject in names.labels and f.object in names.labels]
        if stated_only:
            usable = names.stated(usable)
        ends = [fact.subject if incoming else fact.object for fact in usable]
        choices.append(shuffled(ends, int, names.options.seed, order, qid, relation)[:MOST])
    keys = [match.group(2) + match.group(3) for match in slots]
    yield from (filling for filling in _products(keys, choices) if len(set(filling.values())) == len(filling))


def _products(keys: list[str], choices: list[list[int]]) -> Iterator[dict[str, int]]:
    if not keys:
        yield {}
        return
    for qid in choices[0]:
        for rest in _products(keys[1:], choices[1:]):
            yield {keys[0]: qid, **rest}
