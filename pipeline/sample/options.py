"""What a caller may choose about the sample world."""

from dataclasses import dataclass, field

from pipeline.errors import ConfigError

BASE_LANGUAGES = ("en", "de", "ru", "ar", "ja")
"""The languages by which entities are chosen, and among which each fact is stated in two or three."""


@dataclass(frozen=True, kw_only=True)
class SampleOptions:
    """Options of `write_sample`; the defaults make the world of `xlmk demo`."""

    seed: int = 1
    """Key of every digest; another seed is another world of the same size."""
    pages_per_stream: int = 50
    """Pages in one bz2 stream of a dump (100 in the real ones; fewer here, so that there are 20 streams and more)."""
    missing_article_share: float = 0.05
    """Share of the entities without an article, per language: links to them are red."""
    missing_description_share: float = 0.05
    """Share of the entities without a description, per language."""
    short_description_share: float = 0.08
    """Share of the descriptions that say the class only ("city") and so are shared by many entities, per language."""
    plain_mention_share: float = 0.25
    """Share of the mentions in running text that are not linked."""
    unlinked_share: float = 0.0
    """Share of the entities that no link points to and that have neither sitelinks nor item-valued statements but P31:
    they occur in texts, and have labels and descriptions in Wikidata (keep them with `--keep described`)."""
    permute_items: bool = False
    """Deal the items' texts (labels, descriptions, aliases) to other items by another permutation in each language, and
    their sitelinks by another one in each Wikipedia. Statements and articles stay: a control in which nothing that
    Wikidata says holds in two languages, or of a language's own articles."""
    permute_fixed: frozenset[int] = field(default=frozenset())
    """Items (42 for Q42) that keep their own texts and sitelinks when `permute_items` is set."""
    relations: tuple[str, ...] = ()
    """Names in `world.toml` of the relations whose facts the world has, with the entities at their ends; () = all."""
    translated_descriptions: bool = False
    """An item's descriptions say the same in all languages, as Wikidata's mostly do: the templates of the same number
    with the same facts. Otherwise each language chooses for itself."""
    brief_articles: bool = False
    """Articles of a lead and `BRIEF_SENTENCES` sentences a fact, by the first templates of its relation, each a
    paragraph of its own: no surveys, lists, sentences about siblings, infoboxes, tables or images."""

    def __post_init__(self) -> None:
        for key in ("missing_article", "missing_description", "short_description", "plain_mention", "unlinked"):
            value = getattr(self, f"{key}_share")
            if not 0.0 <= value <= 0.9:
                raise ConfigError(f"{key}_share must lie in [0, 0.9], found {value}")
        if self.pages_per_stream < 1:
            raise ConfigError(f"pages_per_stream must be at least 1, found {self.pages_per_stream}")
