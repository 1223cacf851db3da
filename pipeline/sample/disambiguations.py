"""The disambiguation pages of a wiki: names that several entities have, and codes of countries and languages."""

from typing import NamedTuple

from pipeline.sample.digest import shuffled
from pipeline.sample.names import Names, capitalised
from pipeline.sample.world import FIRST_QID

FIRST_DISAMBIGUATION_QID = 950_000_000
FIRST_CODE_QID = 951_000_000
CODES = 6
"""Pages for codes, such as "AR" for Argentina and Arabic."""


class Disambiguation(NamedTuple):
    """One page: `title` is the page's, `name` what the `entities` have in common, `qid` the page's own item."""

    title: str
    name: str
    entities: tuple[int, ...]
    qid: int


def disambiguations(names: Names) -> list[Disambiguation]:
    """All of a wiki's; the item of a name or code is the same in every wiki."""
    note = names.texts.phrases["disambiguation"]
    found = [
        Disambiguation(f"{name} ({note})", name, qids, FIRST_DISAMBIGUATION_QID + qids[0] - FIRST_QID)
        for name, qids in names.homonyms.items()
    ]
    taken = set(names.titles.values()) | set(names.redirects)
    codes = {(entity.kind, entity.code): qid for qid, entity in names.world.entities.items() if qid in names.labels}
    both = [
        (code, codes["language", code.lower()])
        for kind, code in codes
        if kind == "country"
        if ("language", code.lower()) in codes
    ]
    for code, language in shuffled(both, str, names.options.seed, "codes")[:CODES]:
        country = codes["country", code]
        if capitalised(code) not in taken:
            found.append(Disambiguation(code, code, (country, language), FIRST_CODE_QID + country - FIRST_QID))
    return found
