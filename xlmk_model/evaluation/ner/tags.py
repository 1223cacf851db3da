"""Tag sequences: the entities they stand for, telling IOB1 from IOB2, and converting between them."""

import re
from collections.abc import Iterable, Sequence

Entity = tuple[str, int, int]
"""Type, first token, end token (half-open)."""
TAG = re.compile(r"O|[BIES]-\S+")


def _split(tag: str) -> tuple[str, str]:
    """(prefix, type): `B-LOC` → B, LOC; `O` → O and no type."""
    prefix, _, kind = tag.partition("-")
    return prefix, kind


def _goes_on(before: str, prefix: str) -> bool:
    """Whether a token with this prefix continues the entity of the token before it, given equal types."""
    return before in ("B", "I") and prefix in ("I", "E")


def entities(tags: Sequence[str]) -> list[Entity]:
    """The entities of a sentence as conlleval and seqeval's default mode read them.

    An entity starts at B or S, and also at a stray I or E: after O, after another type, or after an E or S.

    >>> entities(["I-LOC", "I-LOC", "B-LOC", "I-PER", "O", "I-ORG"])
    [('LOC', 0, 2), ('LOC', 2, 3), ('PER', 3, 4), ('ORG', 5, 6)]
    """
    found: list[Entity] = []
    before, kind_before, start = "O", "", 0
    for at, tag in enumerate([*tags, "O"]):
        prefix, kind = _split(tag)
        same = kind == kind_before and _goes_on(before, prefix)
        if before != "O" and not same:
            found.append((kind_before, start, at))
        if prefix != "O" and not same:
            start = at
        before, kind_before = prefix, kind
    return found


def scheme_of(sentences: Iterable[Sequence[str]]) -> str:
    """`IOB1`, `IOB2`, `IOBES` (E or S occur) or `either` (no entity tells them apart).

    In IOB1 an entity starts with I, and with B only where it follows another of its type; in IOB2 always with B.
    A file with both kinds of start is IOB2 with stray I tags.

    >>> scheme_of([["I-LOC", "B-LOC", "O"]]), scheme_of([["B-LOC", "O", "I-PER"]]), scheme_of([["B-LOC", "B-LOC"]])
    ('IOB1', 'IOB2', 'IOB2')
    """
    bare_i = lone_b = False
    for tags in sentences:
        kind_before = ""
        for tag in tags:
            prefix, kind = _split(tag)
            if prefix in ("E", "S"):
                return "IOBES"
            bare_i = bare_i or (prefix == "I" and kind != kind_before)
            lone_b = lone_b or (prefix == "B" and kind != kind_before)
            kind_before = kind
    if lone_b:
        return "IOB2"
    return "IOB1" if bare_i else "either"


def to_iob2(tags: Sequence[str]) -> list[str]:
    """The same entities in IOB2.

    >>> to_iob2(["I-LOC", "I-LOC", "B-LOC", "O", "S-PER"])
    ['B-LOC', 'I-LOC', 'B-LOC', 'O', 'B-PER']
    """
    result = ["O"] * len(tags)
    for kind, start, end in entities(tags):
        result[start] = f"B-{kind}"
        result[start + 1 : end] = [f"I-{kind}"] * (end - start - 1)
    return result
