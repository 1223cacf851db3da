"""A folder of shards as the trainer sees it: checked at opening, rows by draw number, texts and facts by id."""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from pipeline.errors import InputError, MismatchError, MissingTableError
from xlmk_model.batches import Vocabulary
from xlmk_model.shards import arrays as array_files
from xlmk_model.shards.cache import Arrays, open_cache
from xlmk_model.shards.rows import ShuffledRows
from xlmk_model.shards.texts import Facts, Ints, Texts

SHARDS_FORMAT = 1
KINDS = ("description", "label", "label_description", "lead", "property_description", "property_label")
"""Kinds of text, sorted: the codes of `text_kind`."""
REBUILD = "xlmk shards --root KB --tokenizer DIR --out SHARDS"


@dataclass(frozen=True)
class Dataset:
    """Shards in `folder`, described by `meta` (dataset.json)."""

    folder: Path
    meta: dict[str, Any]

    @property
    def digest(self) -> str:
        """Identity of the whole data set, hexadecimal."""
        return str(self.meta["digest"])

    @property
    def tokenizer_digest(self) -> str:
        """Identity of the tokenizer it was made with."""
        return str(self.meta["tokenizer"]["digest"])

    @property
    def vocabulary(self) -> Vocabulary:
        """Special ids and size of the tokenizer."""
        tokenizer = self.meta["tokenizer"]
        ids = {name: int(tokenizer[name]) for name in ("bos", "pad", "eos", "unk", "mask")}
        return Vocabulary(size=int(tokenizer["vocab_size"]), **ids)

    @property
    def languages(self) -> tuple[str, ...]:
        """Languages of the passages, sorted."""
        return tuple(sorted(self.meta["languages"]))

    @property
    def entity_text(self) -> str:
        """The kind of text that stands for an entity."""
        return str(self.meta["entity_text"])

    def row_count(self, kind: str, lang: str, split: str) -> int:
        """Passages of a kind (mlm, mep), language and split, as dataset.json says."""
        return int(self.meta["languages"][lang].get(kind, {}).get(split, {}).get("rows", 0))

    def files(self, pattern: str) -> list[Path]:
        """Files that match a pattern below the folder, sorted."""
        return sorted(self.folder.glob(pattern))

    def passage_files(self, kind: str, lang: str, split: str) -> list[Path]:
        """The files of a kind, language and split; raises MissingTableError unless they hold the declared rows."""
        files = self.files(f"{kind}/lang={lang}/{split}-*.parquet")
        expected = self.row_count(kind, lang, split)
        found = sum(pq.read_metadata(path).num_rows for path in files)
        if found != expected:
            where = f"{self.folder}/{kind}/lang={lang}/{split}-*.parquet"
            raise MissingTableError(f"{where} has {found} rows, dataset.json says {expected}", next_step=REBUILD)
        return files

    def passages(self, kind: str, lang: str, split: str, *key: object) -> ShuffledRows:
        """Passages in an order decided by `key`."""
        columns = ["example_id", "input_ids"] + (["mentions"] if kind == "mep" else [])
        return ShuffledRows(self.passage_files(kind, lang, split), columns, *key, kind, lang, split)

    def triples(self, split: str, *key: object) -> ShuffledRows:
        """Triples of a split in an order decided by `key`."""
        columns = ["subject_qid", "property_id", "object_qid"]
        return ShuffledRows(self.files(f"oe/{split}-*.parquet"), columns, *key, "oe", split)

    @cached_property
    def arrays(self) -> Arrays:
        """The cached arrays (see `xlmk_model.shards.arrays`)."""

        def build(folder: Path) -> list[str]:
            mentions = [path for lang in self.languages for path in self.passage_files("mep", lang, "train")]
            return [
                *array_files.write_texts(folder, self.files("texts/*.parquet"), KINDS),
                *array_files.write_facts(folder, self.files("oe/facts-*.parquet")),
                *array_files.write_held_out(folder, self.files("entities/*.parquet")),
                *array_files.write_types(folder, self.files("entities/*.parquet")),
                *array_files.write_answers(folder, self.files("oe/train-*.parquet")),
                *array_files.write_frequencies(folder, mentions),
            ]

        return open_cache(self.folder, self.digest, build)

    @property
    def text_languages(self) -> tuple[str, ...]:
        """Languages that texts have, sorted."""
        return tuple(self.arrays["text_languages"].tolist())

    def texts(self, kind: str) -> Texts:
        """All texts of a kind."""
        return Texts(self.arrays, kinds=KINDS, langs=self.text_languages, kind=kind)

    @cached_property
    def facts(self) -> Facts:
        """All true triples."""
        return Facts(np.asarray(self.arrays["facts"], np.int64))

    @cached_property
    def held_out(self) -> Ints:
        """Ascending ids of the entities that training must not see."""
        return np.asarray(self.arrays["held_out"], np.int64)


def open_dataset(folder: Path) -> Dataset:
    """Read and check dataset.json.

    Raises MissingTableError if the folder is no complete set of shards, InputError if dataset.json cannot be read and
    MismatchError if it has another format number.
    """
    path = folder / "dataset.json"
    if not path.is_file():
        raise MissingTableError(f"no complete shards in {folder}: {path.name} is missing", next_step=REBUILD)
    try:
        meta = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise InputError(f"{path} is not JSON: {error}", next_step=REBUILD) from error
    missing = [key for key in ("format", "languages", "tokenizer", "entity_text", "digest") if key not in meta]
    if missing:
        raise InputError(f"{path} lacks {', '.join(missing)}", next_step=REBUILD)
    if meta["format"] != SHARDS_FORMAT:
        raise MismatchError(
            f"{path} has format {meta['format']}, this trainer reads format {SHARDS_FORMAT}", next_step=REBUILD
        )
    return Dataset(folder=folder, meta=meta)
