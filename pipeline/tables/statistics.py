"""Figures about a knowledge base for reports: each a query over the views, each a small dictionary.

All take a connection from `open_tables`, whose tables they need must exist.
"""

from typing import NamedTuple

from pipeline.schemas import TABLES
from pipeline.tables.connection import Connection, fetch, identifier


class Texts(NamedTuple):
    """How items are called in a language: items with a label and with a description, and how different these are.

    `distinct_descriptions` counts different texts, `alone` the items whose description no other item shares.
    """

    items: int
    labels: int
    descriptions: int
    distinct_descriptions: int
    alone: int
    aliases: int


class Links(NamedTuple):
    """Passages of a language in code points, and their links."""

    passages: int
    chars: int
    links: int

    @property
    def per_1000_chars(self) -> float:
        """Links in a thousand code points of prose.

        >>> Links(passages=2, chars=4000, links=30).per_1000_chars
        7.5
        """
        return 1000 * self.links / self.chars if self.chars else 0.0


_STATUSES = "select lang, status, count(*) from mentions group by all order by all"
_TEXTS = """
with shared as (
    select lang, description, count(*) as items from entity_texts where description is not null group by all
),
uniqueness as (
    select lang, count(*) as different, count(*) filter (where items = 1) as alone from shared group by lang
)
select lang, count(*), count(label), count(description), coalesce(max(different), 0), coalesce(max(alone), 0),
       sum(len(aliases))::bigint
from entity_texts left join uniqueness using (lang) group by lang order by lang
"""
_SHARED = """
select description, count(*) as items from entity_texts where lang = $lang and description is not null
group by description having count(*) > 1 order by items desc, description limit $limit
"""
_LINKS = """
select lang, count(*), sum(length(text))::bigint, sum(len(links))::bigint from passages group by lang order by lang
"""


def table_rows(connection: Connection, names: tuple[str, ...]) -> dict[str, int]:
    """Rows of each of the tables that exist (`names`: what `open_tables` gave)."""
    return {
        name: fetch(connection, f"select count(*) from {identifier(name)}")[0][0]  # noqa: S608
        for name in names
        if name in TABLES
    }


def mentions_by_status(connection: Connection) -> dict[str, dict[str, int]]:
    """Language → status → mentions."""
    result: dict[str, dict[str, int]] = {}
    for lang, status, number in fetch(connection, _STATUSES):
        result.setdefault(lang, {})[status] = number
    return result


def text_coverage(connection: Connection) -> dict[str, Texts]:
    """Language (also `mul`) → what items are called in it; of the texts themselves, without fallback."""
    return {lang: Texts(*numbers) for lang, *numbers in fetch(connection, _TEXTS)}


def shared_descriptions(connection: Connection, lang: str, limit: int = 10) -> list[tuple[str, int]]:
    """The descriptions that most items of a language share, with how many do; the most shared first."""
    return [(text, items) for text, items in fetch(connection, _SHARED, {"lang": lang, "limit": limit})]


def link_density(connection: Connection) -> dict[str, Links]:
    """Language → passages, code points and links."""
    return {lang: Links(*numbers) for lang, *numbers in fetch(connection, _LINKS)}
