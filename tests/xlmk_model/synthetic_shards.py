"""A tiny world written as shards without the pipeline: two languages, entities that are combinations of attributes.

Entity e has three attributes (kind, colour, place) of `VALUES` values each. Its text in a language is its three words
there; a passage says the same three words in another order around its name. So who learns the words' meaning across
languages also finds entities that were held out. Triples: entity P1 → entity of the same kind, P2 → of the same colour.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from tokenizers import Tokenizer, pre_tokenizers, processors
from tokenizers.models import WordLevel
from transformers import PreTrainedTokenizerFast

from pipeline.schemas import SHARDS

LANGS = ("aa", "bb", "cc")
VALUES = 4
SPLITS = ("train", "valid", "test")


@dataclass(frozen=True)
class World:
    """What the writer knows about the shards it wrote."""

    folder: Path
    words: dict[str, int]
    entities: int
    held_out: frozenset[int]


def words(entities: int) -> dict[str, int]:
    """Piece → id: special pieces, attribute words and filler words of each language, one name an entity, `<mask>`."""
    pieces = ["<s>", "<pad>", "</s>", "<unk>"]
    for lang in LANGS:
        pieces += [f"{lang}-{kind}{value}" for kind in "kcp" for value in range(VALUES)]
        pieces += [f"{lang}-f{value}" for value in range(6)]
        pieces += [f"{lang}-relation{relation}" for relation in (1, 2)]
    pieces += [f"name{entity}" for entity in range(entities)] + ["<mask>"]
    return {piece: number for number, piece in enumerate(pieces)}


def attributes(entity: int) -> tuple[int, int, int]:
    """The attributes of an entity, all combinations in turn.

    >>> attributes(0), attributes(5), attributes(63)
    ((0, 0, 0), (1, 1, 0), (3, 3, 3))
    """
    return entity % VALUES, entity // VALUES % VALUES, entity // VALUES**2 % VALUES


def write_tokenizer(folder: Path, vocabulary: dict[str, int]) -> None:
    """A word-level tokenizer that AutoTokenizer loads."""
    tokenizer = Tokenizer(WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    special = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>"}
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, mask_token="<mask>", **special)
    fast.save_pretrained(folder)


def _write(folder: Path, name: str, rows: list[dict[str, Any]], path: str, group: int = 16) -> None:
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows, schema=SHARDS[name].schema), target, row_group_size=group)


def _passages(lang: str, split: str, entities: list[int], ids: dict[str, int], count: int) -> list[dict[str, Any]]:
    random = np.random.default_rng([LANGS.index(lang), SPLITS.index(split)])
    rows = []
    for number in range(count):
        entity = entities[int(random.integers(len(entities)))]
        kind, colour, place = attributes(entity)
        fillers = [f"{lang}-f{value}" for value in random.integers(6, size=int(random.integers(1, 5)))]
        said = [f"{lang}-p{place}", f"{lang}-k{kind}", f"{lang}-c{colour}"]
        text = [*fillers, f"name{entity}", *said]
        start = 1 + len(fillers)
        row = {"example_id": f"{lang}-{split}-{number}", "page_id": number}
        row["input_ids"] = [0, *(ids[word] for word in text), 2]
        row["mentions"] = [{"start": start, "end": start + 1, "qid": entity + 1}]
        row["text"], row["spans"] = " ".join(text), [{"start": 0, "end": 1, "qid": entity + 1}]
        rows.append(row)
    return rows


def _texts(ids: dict[str, int], entities: int) -> list[dict[str, Any]]:
    rows = []
    for lang in LANGS:
        for entity in range(entities):
            if lang == "cc" and entity % 3 == 0:
                continue  # not every entity has a text in every language
            kind, colour, place = attributes(entity)
            said = [f"{lang}-{name}{value}" for name, value in zip("kcp", (kind, colour, place), strict=True)]
            for text_kind, text in (("description", said), ("label", [f"name{entity}"])):
                rows.append({"id": entity + 1, "kind": text_kind, "lang": lang, "text": " ".join(text)})
        for relation in (1, 2):
            rows.append({"id": relation, "kind": "property_label", "lang": lang, "text": f"{lang}-relation{relation}"})
    for row in rows:
        row["input_ids"] = [0, *(ids[word] for word in row["text"].split()), 2]
    return rows


def _triples(entities: int, held_out: frozenset[int]) -> dict[str, list[dict[str, int]]]:
    facts = []
    for entity in range(entities):
        kind, colour, _ = attributes(entity)
        same_colour = next(other for other in range(entities) if other != entity and attributes(other)[1] == colour)
        for relation, target in ((1, kind), (1, (kind + 1) % VALUES), (2, same_colour)):
            facts.append({"subject_qid": entity + 1, "property_id": relation, "object_qid": target + 1})
    free = [f for f in facts if f["subject_qid"] not in held_out and f["object_qid"] not in held_out]
    splits = {"train": free[: len(free) * 3 // 4], "valid": free[len(free) * 3 // 4 :]}
    known = {tuple(fact.values()) for fact in free}
    return {**splits, "test": [fact for fact in facts if tuple(fact.values()) not in known], "facts": facts}


def write_shards(folder: Path, *, entities: int = 60, rows: int = 200, digest: str = "ab" * 32) -> World:
    """Write the shards and return what is known about them. Every seventh entity is held out."""
    ids = words(entities)
    held_out = frozenset(entity + 1 for entity in range(6, entities, 7))
    open_entities = [entity for entity in range(entities) if entity + 1 not in held_out]
    languages: dict[str, Any] = {}
    for lang in LANGS:
        counts = {"train": rows, "valid": max(8, rows // 5), "test": max(8, rows // 5)}
        languages[lang] = {"mlm": {}, "mep": {}}
        for split, count in counts.items():
            chosen = open_entities if split != "test" else list(range(entities))
            passages = _passages(lang, split, chosen, ids, count)
            tokens = sum(len(row["input_ids"]) for row in passages)
            languages[lang]["mep"][split] = {"rows": count, "tokens": tokens}
            schema = "mep" if split == "train" else "mep_eval"
            columns = SHARDS[schema].schema.names
            half = count // 2
            for part, some in enumerate((passages[:half], passages[half:])):
                path = f"lang={lang}/{split}-{part:05d}-of-00002.parquet"
                _write(folder, schema, [{name: row[name] for name in columns} for row in some], f"mep/{path}")
                if split != "test":
                    plain = [{name: row[name] for name in ("example_id", "input_ids")} for row in some]
                    _write(folder, "mlm", plain, f"mlm/{path}")
            if split != "test":
                languages[lang]["mlm"][split] = {"rows": count, "tokens": tokens}
    for split, triples in _triples(entities, held_out).items():
        _write(folder, "facts" if split == "facts" else "oe", triples, f"oe/{split}-00000-of-00001.parquet")
    texts = _texts(ids, entities)
    for part in range(2):
        _write(folder, "texts", texts[part::2], f"texts/part-{part:05d}.parquet")
    types = [{"qid": q, "instance_of": [q % VALUES], "held_out": q in held_out} for q in range(1, entities + 1)]
    _write(folder, "entities", types, "entities/part-00000.parquet")
    write_tokenizer(folder / "tokenizer", ids)
    tokenizer = {"digest": "cd" * 32, "vocab_size": len(ids), "bos": 0, "pad": 1, "eos": 2, "unk": 3}
    meta = {
        "format": 1,
        "languages": languages,
        "tokenizer": {**tokenizer, "mask": len(ids) - 1},
        "entity_text": "description",
        "digest": digest,
    }
    (folder / "dataset.json").write_text(json.dumps(meta))
    (folder / "DATASET.md").write_text("Sources: synthetic_shards.py\n")
    return World(folder, ids, entities, held_out)
