"""What `xlmk shards` reads, and the arrays that it derives before the jobs start."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from pipeline.config.shards import ShardsConfig
from pipeline.errors import ConfigError, InputError
from pipeline.examples.splits import held_out_mask, is_in
from pipeline.jobs.inputs import MADE_BY, check_whole, table_files, table_languages
from pipeline.jobs.shards_arrays import save_array
from pipeline.jobs.shards_exclusions import read_exclusions
from pipeline.jobs.shards_mentions import lead_digest
from pipeline.languages.codes import language_variants, wikidata_language
from pipeline.manifest.digests import digest, input_digest
from pipeline.manifest.storage import remove_tree
from pipeline.tables.texts import TextTables, text_languages

NEEDED = ("passages", "mentions", "entities", "entity_texts", "properties", "triples")
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class ShardsInputs:
    """The tables' files, the languages, and digests of the derived arrays in `helpers`."""

    root: Path
    manifests: tuple[Path, ...]
    languages: tuple[str, ...]
    text_languages: tuple[str, ...]
    helpers: Path
    facts_digest: str
    """Of the arrays that decide OE's triples."""
    mention_digests: dict[str, str]
    """Of the arrays that decide a language's mentions."""
    digest: str
    """Of all files that are read."""
    counts: dict[str, int]
    """Entities in all, with a text, of the wanted types, held out."""
    excluded: dict[str, object]
    """What the lists of pages and entities to be left out name, and how much of it is in the tables."""

    def files(self, table: str, lang: str | None = None) -> list[Path]:
        """The files of a table, in order."""
        return table_files(self.root, table, lang)


def read_inputs(config: ShardsConfig) -> ShardsInputs:
    """Finds and checks the tables and writes the arrays into `out/jobs/helpers`.

    Raises MissingTableError for tables that are missing or incomplete, ConfigError for languages without passages,
    InputError where no passage or no entity has a text.
    """
    exclusions = read_exclusions(config.exclude_pages, config.exclude_entities)
    needed = (*NEEDED, "leads") if config.entity_text == "lead" else NEEDED
    manifests = check_whole(config.root, needed)
    for table in needed:
        table_files(config.root, table)
    languages = _languages(config)
    helpers = config.out / "jobs" / "helpers"
    spill = config.out / "jobs" / "spill-duckdb"
    texts = text_languages(table_files(config.root, "entity_texts"), spill)
    if config.text_languages is not None:
        _refuse_missing("--text-languages", config.text_languages, texts, "entity_texts", config.root)
        texts = sorted(config.text_languages)
    remove_tree(helpers)
    digests, counts = _write_arrays(config, texts, helpers, spill, exclusions.entities)
    shared = digest([digests["with_text"], digests.get("typed"), digests["held_out"]])
    leads = {lang: _write_leads(config, lang, helpers) for lang in languages}
    pages = {lang: save_array(helpers, f"pages-{lang}", exclusions.pages_of(lang)) for lang in languages}
    return ShardsInputs(
        root=config.root,
        manifests=tuple(manifests),
        languages=languages,
        text_languages=tuple(texts),
        helpers=helpers,
        facts_digest=digest([digests["with_text"], digests["properties"], digests["held_out"]]),
        mention_digests={lang: digest([shared, leads[lang], pages[lang]]) for lang in languages},
        digest=digest(
            [languages, texts, [[table, _digest_of(config.root, table, languages)] for table in needed]]
            + ([exclusions.digest] if exclusions.digest else [])
        ),
        excluded={
            "digest": exclusions.digest,
            "pages_listed": {lang: len(ids) for lang, ids in sorted(exclusions.pages.items())},
            "entities_listed": len(exclusions.entities),
            "entities_found": counts.pop("entities_excluded"),
        },
        counts=counts,
    )


def _digest_of(root: Path, table: str, languages: tuple[str, ...]) -> str:
    if table in ("passages", "mentions"):
        return digest([files_digest(table_files(root, table, lang)) for lang in languages])
    return files_digest(table_files(root, table))


def _languages(config: ShardsConfig) -> tuple[str, ...]:
    found = table_languages(config.root, "passages")
    _refuse_missing("--languages", config.languages or (), found, "passages", config.root)
    languages = sorted(config.languages or found)
    files = [path for lang in languages for path in table_files(config.root, "passages", lang)]
    if not sum(pq.read_metadata(path).num_rows for path in files):
        raise InputError(
            f"the passages of {', '.join(languages)} under {config.root} have no rows",
            next_step=MADE_BY["passages"].replace("KB", str(config.root)),
        )
    return tuple(languages)


def _refuse_missing(option: str, wanted: tuple[str, ...], found: list[str], table: str, root: Path) -> None:
    missing = sorted(set(wanted) - set(found))
    if missing:
        raise ConfigError(
            f"{option} names {', '.join(missing)}, but table {table} has {', '.join(found) or 'no language'}",
            next_step=MADE_BY[table].replace("KB", str(root)),
        )


def _write_arrays(
    config: ShardsConfig, languages: list[str], helpers: Path, spill: Path, excluded: Ints
) -> tuple[dict[str, str], dict[str, int]]:
    own = [(lang, variant) for lang in languages for variant in language_variants(wikidata_language(lang))]
    tables = TextTables(own, spill)
    entity_files = table_files(config.root, "entities")
    qids = _column(entity_files, "qid")
    text_files = table_files(config.root, "leads" if config.entity_text == "lead" else "entity_texts")
    arrays: dict[str, Ints] = {
        "with_text": tables.entities_with_text(config.entity_text, text_files),
        "held_out": qids[held_out_mask(config.split_seed, qids, config.holdout_entities) | is_in(qids, excluded)],
        "properties": tables.properties_with_label(table_files(config.root, "properties")),
    }
    if not len(arrays["with_text"]):
        raise InputError(
            f"no entity under {config.root} has a {config.entity_text} in {', '.join(languages) or 'any language'}",
            next_step="another --entity-text, or " + MADE_BY["entity_texts"].replace("KB", str(config.root)),
        )
    if config.entity_types:
        arrays["typed"] = tables.entities_of_types(config.entity_types, entity_files)
    counts = {"entities": len(qids), **{f"entities_{name}": len(array) for name, array in arrays.items()}}
    counts["entities_excluded"] = int(is_in(qids, excluded).sum())
    counts["properties_with_label"] = counts.pop("entities_properties")
    return {name: save_array(helpers, name, array) for name, array in arrays.items()}, counts


def _column(files: list[Path], name: str) -> Ints:
    """An integer column of all files, ascending."""
    parts = [pq.read_table(path, columns=[name], partitioning=None).column(name).to_numpy() for path in files]
    return np.sort(np.concatenate(parts).astype(np.int64))


def _write_leads(config: ShardsConfig, lang: str, helpers: Path) -> str:
    """Digests of the passages that a language's leads were made from; nothing where leads are not used."""
    if config.entity_text != "lead" or not (config.root / "tables" / "leads" / f"lang={lang}").is_dir():
        return ""
    digests: list[int] = []
    for path in table_files(config.root, "leads", lang):
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(columns=["qid", "text"], use_threads=False):
                pairs = zip(batch.column("qid").to_pylist(), batch.column("text").to_pylist(), strict=True)
                digests += [lead_digest(qid, text) for qid, text in pairs]
    return save_array(helpers, f"leads-{lang}", np.sort(np.array(digests, np.uint64)))


def files_digest(files: list[Path]) -> str:
    """Identifies some input files, in their order."""
    return digest([input_digest(path) for path in files])
