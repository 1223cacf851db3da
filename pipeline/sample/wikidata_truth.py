"""What is in the generated Wikidata dump, counted while it is written."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from pipeline.records import Rank

Triple = tuple[int, int, int]


@dataclass
class WikidataTruth:
    """Counts and rows to check an extractor against; ids are integers, objects are named by their current id.

    `statements` are the item-valued ones (subject, property, object, rank); `sitelinks` those of the written Wikipedias
    (language, title, qid); `redirects` old id → current id; `snaks` counts somevalue and novalue; `datatypes` counts
    statements of other datatypes; `empty_lists` the maps written as `[]`.
    """

    items: int = 0
    properties: int = 0
    lexemes: int = 0
    statements: set[tuple[int, int, int, str]] = field(default_factory=set)
    sitelinks: set[tuple[str, str, int]] = field(default_factory=set)
    redirects: dict[int, int] = field(default_factory=dict)
    snaks: Counter[str] = field(default_factory=Counter)
    datatypes: Counter[str] = field(default_factory=Counter)
    empty_lists: int = 0

    def count(self, subject: int, property_id: int, obj: int, rank: Rank) -> None:
        """Note an item-valued statement."""
        self.statements.add((subject, property_id, obj, rank))

    def truthy(self) -> set[Triple]:
        """The triples of the best rank of each subject and property; deprecated ones never.

        >>> truth = WikidataTruth()
        >>> truth.count(1, 37, 2, "preferred"); truth.count(1, 37, 3, "normal"); truth.count(1, 38, 4, "deprecated")
        >>> truth.truthy()
        {(1, 37, 2)}
        """
        ranks: defaultdict[tuple[int, int], set[str]] = defaultdict(set)
        for subject, property_id, _obj, rank in self.statements:
            ranks[subject, property_id].add(rank)
        best = {key: "preferred" if "preferred" in found else "normal" for key, found in ranks.items()}
        return {(s, p, o) for s, p, o, rank in self.statements if rank == best[s, p]}
