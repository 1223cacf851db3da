"""Builds the cached arrays of a folder of shards: texts for random access, facts, held-out entities, frequencies.

| array | shape | meaning |
|---|---|---|
| text_tokens | [tokens] int32 | the input ids of all texts, one after the other, in the order of the columns below |
| text_offsets | [texts + 1] int64 | text t is text_tokens[text_offsets[t]:text_offsets[t + 1]] |
| text_kind, text_id, text_lang | [texts] | ascending by (kind, id, lang); kind and lang are indices into sorted names |
| text_languages | [languages] | names that text_lang points to |
| facts | [facts, 3] int64 | subject, property, object, ascending |
| held_out | [entities] int64 | ascending ids of entities held out of training |
| types | [pairs, 2] int64 | class, entity (the entity is an instance_of the class), ascending |
| answers | [answers, 3] int64 | property, object, number of train triples that have both, ascending |
| mention_qid, mention_count | [entities] int64 | how often an entity is a train mention, ascending by id |
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

Ints = npt.NDArray[np.int64]


def _column_ints(files: Sequence[Path], columns: Sequence[str]) -> Ints:
    """Integer columns of all rows, [rows, columns] int64."""
    if not files:
        return np.zeros((0, len(columns)), np.int64)
    table = ds.dataset([str(path) for path in files]).to_table(columns=list(columns))
    return np.stack([table.column(name).to_numpy().astype(np.int64) for name in columns], axis=1)


def _codes(column: pa.ChunkedArray, names: Sequence[str]) -> Ints:
    codes: Ints = pc.index_in(column, pa.array(list(names))).to_numpy().astype(np.int64)
    return codes


def _batches(files: Sequence[Path], columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    if files:
        yield from ds.dataset([str(path) for path in files]).to_batches(columns=list(columns), batch_size=65536)


def write_texts(folder: Path, files: Sequence[Path], kinds: Sequence[str]) -> list[str]:
    """Write the text arrays; rows may come in any order."""
    langs = sorted({lang for batch in _batches(files, ["lang"]) for lang in batch.column(0).unique().to_pylist()})
    np.save(folder / "text_languages.npy", np.array(langs, np.str_))
    keys, lengths = [], []
    for batch in _batches(files, ["kind", "id", "lang", "input_ids"]):
        chunk = pa.Table.from_batches([batch])
        ids = chunk.column("id").to_numpy().astype(np.int64)
        keys.append(np.stack([_codes(chunk.column("kind"), kinds), ids, _codes(chunk.column("lang"), langs)], axis=1))
        lengths.append(pc.list_value_length(batch.column("input_ids")).to_numpy().astype(np.int64))
    key = np.concatenate(keys) if keys else np.zeros((0, 3), np.int64)
    length = np.concatenate(lengths) if lengths else np.zeros(0, np.int64)
    order = np.lexsort((key[:, 2], key[:, 1], key[:, 0]))
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(length[order])])
    starts = np.empty(len(order), np.int64)  # of each row as it comes
    starts[order] = offsets[:-1]
    tokens = np.lib.format.open_memmap(folder / "text_tokens.npy", mode="w+", dtype=np.int32, shape=(int(offsets[-1]),))
    row = 0
    for batch in _batches(files, ["input_ids"]):
        count = batch.num_rows
        flat = batch.column("input_ids").flatten().to_numpy()
        own = length[row : row + count]
        within = np.arange(len(flat)) - np.repeat(np.cumsum(own) - own, own)
        tokens[np.repeat(starts[row : row + count], own) + within] = flat
        row += count
    tokens.flush()
    np.save(folder / "text_offsets.npy", offsets)
    np.save(folder / "text_kind.npy", key[order, 0].astype(np.int8))
    np.save(folder / "text_id.npy", key[order, 1])
    np.save(folder / "text_lang.npy", key[order, 2].astype(np.int16))
    return ["text_tokens", "text_offsets", "text_kind", "text_id", "text_lang", "text_languages"]


def write_facts(folder: Path, files: Sequence[Path]) -> list[str]:
    """Write the sorted facts."""
    facts = _column_ints(files, ["subject_qid", "property_id", "object_qid"])
    np.save(folder / "facts.npy", facts[np.lexsort((facts[:, 2], facts[:, 1], facts[:, 0]))])
    return ["facts"]


def write_held_out(folder: Path, files: Sequence[Path]) -> list[str]:
    """Write the sorted ids of held-out entities."""
    rows = _column_ints(files, ["qid", "held_out"])
    np.save(folder / "held_out.npy", np.unique(rows[rows[:, 1] == 1, 0]))
    return ["held_out"]


def write_types(folder: Path, files: Sequence[Path]) -> list[str]:
    """Write which entities are instances of which class."""
    pairs = [np.zeros((0, 2), np.int64)]
    for batch in _batches(files, ["qid", "instance_of"]):
        classes = batch.column("instance_of")
        counts = pc.list_value_length(classes).to_numpy().astype(np.int64)
        entities = np.repeat(batch.column("qid").to_numpy().astype(np.int64), counts)
        pairs.append(np.stack([classes.flatten().to_numpy().astype(np.int64), entities], axis=1))
    np.save(folder / "types.npy", np.unique(np.concatenate(pairs), axis=0))
    return ["types"]


def write_answers(folder: Path, files: Sequence[Path]) -> list[str]:
    """Write the objects of each property in these files, with their number of triples."""
    rows = _column_ints(files, ["property_id", "object_qid"])
    answers, counts = np.unique(rows, axis=0, return_counts=True)
    np.save(folder / "answers.npy", np.concatenate([answers, counts[:, None]], axis=1).astype(np.int64))
    return ["answers"]


def write_frequencies(folder: Path, files: Sequence[Path]) -> list[str]:
    """Write how often each entity is a mention in these files."""
    total: dict[int, int] = {}
    for batch in _batches(files, ["mentions"]):
        qids = pc.struct_field(batch.column("mentions").flatten(), "qid").to_numpy()
        for qid, count in zip(*(part.tolist() for part in np.unique(qids, return_counts=True)), strict=True):
            total[qid] = total.get(qid, 0) + count
    known = sorted(total)
    np.save(folder / "mention_qid.npy", np.array(known, np.int64))
    np.save(folder / "mention_count.npy", np.array([total[qid] for qid in known], np.int64))
    return ["mention_qid", "mention_count"]
