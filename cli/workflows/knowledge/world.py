"""The experiment's world, dumps → tables → shards: once true, and once with a false Wikidata."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from cli.workflows.stages import Places, Stopwatch, Tables, sample_to_tables
from pipeline.config.shards import ShardsConfig
from pipeline.jobs.engine import RunOptions
from pipeline.jobs.shards import ShardsReport, build_shards
from pipeline.jobs.tokenizer import train_tokenizer
from pipeline.sample import SampleOptions
from pipeline.sample.names import is_unlinked
from pipeline.sample.options import BASE_LANGUAGES
from pipeline.sample.world import load_world

RELATIONS = (
    "official_language",
    "language_used",
    "currency",
    "writing_system",
    "city_country",
    "language_country",
    "country_region",
)
"""No text, description or triple names a continent: it is what the classifier asks about."""
TRUE_WORLD = SampleOptions(
    relations=RELATIONS,
    brief_articles=True,
    unlinked_share=0.2,
    missing_article_share=0.0,
    missing_description_share=0.0,
    short_description_share=0.0,
    plain_mention_share=0.0,
    translated_descriptions=True,
)
"""Every entity has a name and a description in every language, so that branches differ only in whose they are."""
PIECES = 4500
HOLDOUT_TRIPLES = 0.15
PAGES_HELD_OUT = 0.05
"""Share of the pages for validation, and again for testing; decided by digest, whatever the training seed."""


@dataclass(frozen=True, kw_only=True)
class ExperimentWorld:
    """Shards of both worlds; what is in the true one; entity → its continent, for the countries."""

    shards: dict[str, Path]
    tables: Tables
    report: ShardsReport
    continents: dict[int, int]

    def counts(self) -> dict[str, int]:
        """Figures of the true world for the report."""
        rows = {
            f"{kind} {split} rows": sum(parts[kind].get(split, {}).get("rows", 0) for parts in self.languages.values())
            for kind, split in (("mlm", "train"), ("mep", "train"), ("mep", "test"))
        }
        world = load_world().only(RELATIONS)
        return {
            "entities": len(world.entities),
            "facts": len(world.facts),
            "unlinked entities": len(self.tables.sample.unlinked & world.entities.keys()),
            **rows,
        }

    @property
    def languages(self) -> Mapping[str, Mapping[str, Mapping[str, Mapping[str, int]]]]:
        """Rows and tokens by language, kind and split."""
        return self.report.languages


def permuted_world() -> SampleOptions:
    """The true world, with Wikidata's texts and sitelinks dealt anew among the linked entities in each language.

    One permutation for all languages would be no control: that two descriptions belong to the same thing would survive.
    Nor are permuted texts alone: the mentions of a thing in all languages would share the same wrong texts, through
    which its names meet.
    """
    fixed = frozenset(qid for qid in load_world().entities if is_unlinked(qid, TRUE_WORLD))
    return replace(TRUE_WORLD, permute_items=True, permute_fixed=fixed)


def build_world(out: Path, options: RunOptions, watch: Stopwatch) -> ExperimentWorld:
    """Both worlds below `out`, with one tokenizer, that of the true one. Repeating it resumes."""
    places = {name: Places(out=out / name) for name in ("true", "permuted")}
    tables: dict[str, Tables] = {}
    reports: dict[str, ShardsReport] = {}
    for name, sample in (("true", TRUE_WORLD), ("permuted", permuted_world())):
        here = places[name]
        tables[name] = sample_to_tables(
            here, BASE_LANGUAGES, options, watch, sample=sample, keep="described", item_bytes=1 << 20
        )
        if name == "true":
            with watch.stage("tokenizer"):
                train_tokenizer(here.root, PIECES, here.tokenizer)
        with watch.stage("shards"):
            reports[name] = build_shards(shards_config(here, places["true"].tokenizer), options)
    continents = {fact.subject: fact.object for fact in load_world().facts if fact.relation == "country_continent"}
    return ExperimentWorld(
        shards={name: here.shards for name, here in places.items()},
        tables=tables["true"],
        report=reports["true"],
        continents=continents,
    )


def shards_config(places: Places, tokenizer: Path) -> ShardsConfig:
    """What stands for an entity is its description alone: it never holds the entity's name."""
    return ShardsConfig(
        root=places.root,
        tokenizer=tokenizer,
        out=places.shards,
        entity_text="description",
        min_tokens=4,
        holdout_entities=0.0,
        holdout_triples=HOLDOUT_TRIPLES,
        valid_pages=PAGES_HELD_OUT,
        test_pages=PAGES_HELD_OUT,
    )
