"""What was written, in figures and in full: the truth that tests hold an extractor's ledger against."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pipeline.sample.pages import SamplePage
from pipeline.sample.trap_pages import TrapCase
from pipeline.sample.wikidata_truth import WikidataTruth


@dataclass(frozen=True, kw_only=True)
class WikiReport:
    """One wiki: its files, and its pages in the order of the dump with their page ids."""

    lang: str
    dump: Path
    index: Path
    streams: int
    pages: tuple[tuple[int, SamplePage], ...]
    traps: tuple[TrapCase, ...]

    @cached_property
    def roles(self) -> Counter[str]:
        """Number of pages by role: article, trap, disambiguation (all three are articles for an extractor), redirect,
        other_namespace, damaged. They add up to all pages."""
        return Counter(page.role for _id, page in self.pages)

    @cached_property
    def links(self) -> Counter[str]:
        """Number of local links in the prose of articles, trap and disambiguation pages, by status."""
        return Counter(link.status for _id, page in self.pages for link in page.links)

    @cached_property
    def damage(self) -> dict[str, str]:
        """Title of the damaged page of each kind."""
        return {page.damage: page.title for _id, page in self.pages if page.damage is not None}


@dataclass(frozen=True, kw_only=True)
class SampleReport:
    """The whole sample: a report a wiki, the Wikidata dump, and the entities that nothing links to."""

    wikis: Mapping[str, WikiReport]
    wikidata: Path
    truth: WikidataTruth
    unlinked: frozenset[int]

    def summary(self) -> dict[str, int]:
        """Totals for a line on the screen."""
        roles = sum((wiki.roles for wiki in self.wikis.values()), Counter[str]())
        return {
            "pages": roles.total(),
            **dict(sorted(roles.items())),
            "links": sum(wiki.links.total() for wiki in self.wikis.values()),
            "streams": sum(wiki.streams for wiki in self.wikis.values()),
            "items": self.truth.items,
            "triples": len(self.truth.truthy()),
        }
