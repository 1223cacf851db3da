"""Real dumps → tables → shards, through the project's own jobs."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow.dataset as ds

from pipeline.config.extract_wikidata import ExtractWikidataConfig
from pipeline.config.extract_wikipedia import ExtractWikipediaConfig
from pipeline.config.resolve import ResolveConfig
from pipeline.config.shards import ShardsConfig
from pipeline.jobs.engine import RunOptions
from pipeline.jobs.extract_wikidata import extract_wikidata
from pipeline.jobs.extract_wikipedia import extract_wikipedia
from pipeline.jobs.resolve import ResolveReport, resolve
from pipeline.jobs.shards import ShardsReport, build_shards
from pipeline.jobs.shards_texts import joined

LANGUAGES = (
    "ar bg ca cs da de el en es fa fi fr he hi hu id it ja ko ltg nl no pl pt ro ru sv sw th tr uk vi zh".split()
)
"""Wikipedias whose dumps are read, and languages of the entities' texts."""
WHOLE = {
    "en": "wikidump/enwiki/enwiki-pages-articles-p10p30302-shortened.xml.bz2",
    "ltg": "wikidump/ltgwiki/ltgwiki-pages-articles.xml.bz2",
}
"""Dumps of many pages; each other language has one of a few pages, mostly the article on Berlin."""
WIKIDATA = ("twenty_entities.json.bz2", "sample_wikidata_items.json.bz2", "P17.json", "P31.json", "P279.json")
MAX_TOKENS = 64
HOLDOUT_ENTITIES = 0.25
"""Share of the entities that no training row has; high, since there are 119 in all."""


def dump_of(data: Path, lang: str) -> Path:
    """A language's dump below the folder of shared data.

    >>> dump_of(Path("data"), "de").as_posix()
    'data/wikidump/true-siteinfo/dewiki.minidump.xml.bz2'
    """
    return data / WHOLE.get(lang, f"wikidump/true-siteinfo/{lang}wiki.minidump.xml.bz2")


def make_tables(data: Path, root: Path, options: RunOptions) -> ResolveReport:
    """Extracts and resolves all of it into `root`; what is finished is skipped."""
    for lang in LANGUAGES:
        extract_wikipedia(ExtractWikipediaConfig(dumps=(str(dump_of(data, lang)),), root=str(root), lang=lang), options)
    wikidata = tuple(str(data / "wikidata" / name) for name in WIKIDATA)
    extract_wikidata(ExtractWikidataConfig(languages=tuple(LANGUAGES), dumps=wikidata, root=str(root)), options)
    return resolve(ResolveConfig(root=root), options)


def make_shards(root: Path, tokenizer: Path, out: Path, options: RunOptions) -> ShardsReport:
    """Shards of all passages, with a quarter of the entities held out."""
    config = ShardsConfig(
        root=root,
        tokenizer=tokenizer,
        out=out,
        max_tokens=MAX_TOKENS,
        max_text_tokens=48,
        holdout_entities=HOLDOUT_ENTITIES,
        holdout_triples=0.1,
        test_pages=0.02,
    )
    return build_shards(config, options)


def texts_of(root: Path) -> Iterator[str]:
    """Every passage of the tables, every label and description, and both joined as shards join them."""
    folder = root / "tables"
    for table, columns in (
        ("passages", ["text"]),
        ("entity_texts", ["label", "description"]),
        ("properties", ["label", "description"]),
    ):
        for row in ds.dataset(sorted(map(str, folder.glob(f"{table}/**/*.parquet")))).to_table(columns).to_pylist():
            texts = [text for text in row.values() if text]
            yield from texts
            if len(texts) == len(columns) == 2:
                yield joined(*texts)
