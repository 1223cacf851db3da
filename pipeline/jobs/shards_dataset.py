"""`dataset.json`, which says that shards are complete and what they are."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from pipeline.config.shards import ShardsConfig
from pipeline.examples.splits import SPLITS
from pipeline.jobs.engine import JobReport
from pipeline.jobs.shards_card import dataset_card
from pipeline.jobs.shards_inputs import ShardsInputs
from pipeline.manifest.digests import digest
from pipeline.manifest.storage import read_json, write_bytes, write_json
from pipeline.tables.texts import text_uniqueness

DATASET_FORMAT = 1
"""The format that the trainer reads."""
Counts = dict[str, int]
_LEDGER = (
    *("passages", "windows", "windows_too_short", "truncated_windows", "excluded_rows", "duplicate_rows"),
    *("mentions_in", "widened_mentions", "windows_all_mentions_dropped"),
)
_PATHS = ("root", "tokenizer", "out", "exclude_pages", "exclude_entities")
_NO_DROP = ("mentions_in", "mentions_spilled")
ENTITY_KINDS = ("label", "description", "label_description", "lead")


@dataclass(frozen=True, kw_only=True)
class DatasetParts:
    """All that goes into `dataset.json`. `passages`: language → counts; `others`: reports of texts, oe, entities."""

    config: ShardsConfig
    inputs: ShardsInputs
    tokenizer: dict[str, int | str]
    passages: dict[str, Counts]
    others: list[JobReport]
    plan: str


def described(config: ShardsConfig) -> dict[str, object]:
    """The options that decide the data: all but the paths."""
    return {key: value for key, value in asdict(config).items() if key not in _PATHS}


def dropped_mentions(counts: Counts) -> Counts:
    """Why mentions are in no shard → how many.

    >>> dropped_mentions({"mentions_in": 9, "mentions_spilled": 6, "mentions_overlap": 3, "windows": 4})
    {'overlap': 3}
    """
    return {
        name.removeprefix("mentions_"): number
        for name, number in sorted(counts.items())
        if name.startswith("mentions_") and name not in _NO_DROP and number
    }


def write_dataset(parts: DatasetParts) -> dict[str, object]:
    """Writes `DATASET.md` and then `dataset.json`; returns the latter."""
    out = parts.config.out
    oe, entities = (report.counts for report in parts.others[1:3])
    triples: dict[str, object] = {split: {"rows": oe.get(f"oe_{split}_rows", 0)} for split in SPLITS}
    meta: dict[str, object] = {
        "format": DATASET_FORMAT,
        "languages": {lang: _language(counts) for lang, counts in parts.passages.items()},
        "oe": {
            **triples,
            "facts": {"rows": oe.get("triples", 0)},
            "dropped": {k.removeprefix("triples_"): v for k, v in oe.items() if "_no_" in k},
        },
        "tokenizer": parts.tokenizer,
        "config": described(parts.config),
        "entity_text": parts.config.entity_text,
        "texts": _texts(parts),
        "held_out": {
            "entities": entities.get("entities_held_out", 0),
            "entities_in_all": entities.get("entities", 0),
            "triples_with_held_out_entity": oe.get("triples_with_held_out_entity", 0),
            "mentions_left_out": {lang: c.get("mentions_held_out", 0) for lang, c in parts.passages.items()},
        },
        "excluded": parts.inputs.excluded,
        "entities": parts.inputs.counts,
        "plan": parts.plan,
    }
    meta["digest"] = digest([meta, _published(out, parts.inputs.languages)])
    write_bytes(out / "DATASET.md", dataset_card(meta, parts.inputs.manifests).encode())
    write_json(out / "dataset.json", meta)
    return meta


def _language(counts: Counts) -> dict[str, object]:
    def split(kind: str, names: Iterable[str]) -> dict[str, Counts]:
        units = ("rows", "tokens", "mentions") if kind == "mep" else ("rows", "tokens")
        return {name: {unit: counts.get(f"{kind}_{name}_{unit}", 0) for unit in units} for name in names}

    return {
        "mlm": split("mlm", ("train", "valid")),
        "mep": split("mep", SPLITS),
        "ledger": {name: counts.get(name, 0) for name in _LEDGER},
        "mentions_dropped": dropped_mentions(counts),
    }


def _texts(parts: DatasetParts) -> dict[str, dict[str, dict[str, float]]]:
    """Kind → language → rows, different texts, tokens, texts cut, and the share of entities that have one."""
    files = sorted((parts.config.out / "texts").glob("*.parquet"))
    found: dict[str, dict[str, dict[str, float]]] = {}
    for kind, lang, rows, unique, tokens in text_uniqueness(files, parts.config.out / "jobs" / "texts-duckdb"):
        cut = parts.others[0].counts.get(f"truncated_{kind}_{lang}", 0)
        one: dict[str, float] = {"rows": rows, "unique": unique, "tokens": tokens, "truncated": cut}
        one["uniqueness"] = round(unique / rows, 4)
        if kind in ENTITY_KINDS:
            one["coverage"] = round(rows / max(1, parts.inputs.counts["entities"]), 4)
        found.setdefault(kind, {})[lang] = one
    return found


def _published(out: Path, languages: tuple[str, ...]) -> list[object]:
    names = [*(f"shards-{lang}" for lang in languages), "shards-texts", "shards-oe", "shards-entities"]
    manifests = [read_json(out / "manifests" / f"{name}.json") or {} for name in names]
    return [manifest["tables"] for manifest in manifests]
