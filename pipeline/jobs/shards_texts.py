"""The texts of entities and properties, tokenized: what MEP's and OE's keys and queries are made of."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import compress
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.jobs.shards_spec import FORMAT, ShardsSpec, shared_tokenizer
from pipeline.languages.codes import language_variants, wikidata_language
from pipeline.manifest.digests import digest, input_digest
from pipeline.manifest.items import JobSpec, WorkItem
from pipeline.manifest.parts import ItemOutput
from pipeline.schemas import SHARDS
from pipeline.tokenizer.tokens import Ints, Tokens
from pipeline.transforms.run_item import Job

ITEM_BYTES = 16 << 20
"""Compressed bytes of row groups that make an item."""
BATCH_ROWS = 20_000
"""Texts tokenized at once."""


@dataclass(frozen=True, kw_only=True)
class TextsJob(Job):
    """Writes the texts of one language from some row groups of one table.

    `payload`: (table, language, path, first row group, end). Part names hold the language, so another language adds
    parts and leaves the others as they are.
    """

    root: str
    tokenizer_digest: str
    max_text_tokens: int
    entity_text: str

    @property
    def spec(self) -> JobSpec:
        """Names, folders and all that decides the output."""
        return ShardsSpec(
            name="shards-texts",
            root=self.root,
            format_number=FORMAT,
            tables=("texts",),
            config={
                "tokenizer": self.tokenizer_digest,
                "max_text_tokens": self.max_text_tokens,
                "entity_text": self.entity_text,
            },
        )

    def process(self, item: WorkItem, out: ItemOutput) -> None:
        """Reads the item's rows of its language and writes every kind of text that they have."""
        table, lang, path, first, end = item.payload
        assert isinstance(first, int) and isinstance(end, int)
        rows = _read(str(path), range(first, end), str(lang))
        texts = sorted_texts(self._kinds(str(table), str(lang), rows), str(lang))
        tokenizer = shared_tokenizer(f"{self.root}/tokenizer", self.tokenizer_digest)
        for start in range(0, texts.num_rows, BATCH_ROWS):
            columns = texts.slice(start, BATCH_ROWS).to_pydict()
            tokens = tokenizer.encode(columns["text"])
            self._count(columns["kind"], str(lang), tokens.lengths, out)
            columns["input_ids"] = cut_ids(tokens, self.max_text_tokens)
            writer = out.writer("texts")
            arrays = [pa.array(columns[field.name], field.type) for field in writer.table.schema]
            writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=writer.table.schema))

    def _kinds(self, table: str, lang: str, rows: pa.Table) -> Iterator[tuple[str, pa.ChunkedArray, pa.ChunkedArray]]:
        """Kind of text, ids and texts that some rows have; empty where there is none."""
        if table == "leads":
            yield "lead", rows.column("qid"), rows.column("text")
            return
        prefix, ids = ("", rows.column("qid")) if table == "entity_texts" else ("property_", rows.column("property_id"))
        own = pa.array(sorted(language_variants(wikidata_language(lang))), pa.string())
        label, description = (
            pc.if_else(
                pc.fill_null(pc.is_in(rows.column(f"{name}_lang"), own), False),
                pc.fill_null(rows.column(name), ""),
                "",
            )
            for name in ("label", "description")
        )
        yield f"{prefix}description", ids, description
        yield f"{prefix}label", ids, label
        if not prefix and self.entity_text == "label_description":
            pairs = zip(label.to_pylist(), description.to_pylist(), strict=True)
            both = [joined(*pair) if pair[0] else "" for pair in pairs]
            yield "label_description", ids, pa.chunked_array([pa.array(both, pa.string())])

    def _count(self, kinds: list[str], lang: str, lengths: Ints, out: ItemOutput) -> None:
        """Texts by kind, and how many of them are too long."""
        too_long = compress(kinds, (lengths > self.max_text_tokens).tolist())
        for name, found in (("texts", kinds), ("truncated", too_long)):
            out.counts.update({f"{name}_{kind}_{lang}": number for kind, number in Counter(found).items()})


def sorted_texts(kinds: Iterable[tuple[str, pa.ChunkedArray, pa.ChunkedArray]], lang: str) -> pa.Table:
    """Columns id, kind, lang, text of all that is not empty, by kind (which come in order), id and text."""
    parts = []
    for kind, ids, texts in kinds:
        some = pc.not_equal(texts, "")
        part = pa.table({"id": ids.filter(some), "text": texts.filter(some)})
        part = part.sort_by([("id", "ascending"), ("text", "ascending")])
        for name, value in (("lang", lang), ("kind", kind)):
            part = part.add_column(1, name, pa.array([value] * part.num_rows, pa.string()))
        parts.append(part)
    return pa.concat_tables(parts).combine_chunks()


def cut_ids(tokens: Tokens, limit: int) -> pa.ListArray:
    """The ids of each text; of longer ones than `limit` its first ones and `</s>`.

    >>> tokens = Tokens(np.array([0, 7, 8, 9, 2, 0, 7, 2], np.int32), np.zeros((8, 2), np.int32), np.array([0, 5, 8]))
    >>> cut_ids(tokens, 4).to_pylist()
    [[0, 7, 8, 2], [0, 7, 2]]
    """
    ids, bounds, lengths = tokens.ids, tokens.bounds, tokens.lengths
    if (lengths > limit).any():
        place = np.arange(len(ids)) - np.repeat(bounds[:-1], lengths)
        last = place == np.repeat(lengths, lengths) - 1
        ids = ids[last | (place < limit - 1)]
        bounds = np.concatenate([[0], np.cumsum(np.minimum(lengths, limit))])
    field = SHARDS["texts"].schema.field("input_ids")
    return pa.ListArray.from_arrays(pa.array(bounds.astype(np.int32)), pa.array(ids), type=field.type)


def joined(label: str, description: str) -> str:
    """What stands for an entity: its label and, where there is one, its description.

    >>> joined("Rome", "capital of Italy"), joined("Rome", "")
    ('Rome: capital of Italy', 'Rome')
    """
    return f"{label}: {description}" if description else label


def text_items(table: str, files: list[Path], languages: list[str]) -> list[WorkItem]:
    """One item per language and about `ITEM_BYTES` of the row groups that have it, going by Parquet's statistics."""
    items = []
    for path in files:
        identity = input_digest(path)
        with pq.ParquetFile(path) as file:
            metadata, names = file.metadata, file.schema_arrow.names
        partition = path.parent.name.partition("=")[2]
        for lang in [lang for lang in languages if not partition or lang == partition]:
            groups = [
                group
                for group in range(metadata.num_row_groups)
                if partition or _may_have(metadata.row_group(group).column(names.index("lang")), lang)
            ]
            for first, end, size in _ranges(groups, [metadata.row_group(g).total_byte_size for g in groups]):
                key = f"{table}-{lang}-{path.stem.removeprefix('part-')}-{first:05d}"
                own = digest([identity, lang, first, end])
                items.append(WorkItem(key, size, own, (table, lang, str(path), first, end)))
    return items


def _may_have(column: pq.ColumnChunkMetaData, lang: str) -> bool:
    found = column.statistics
    return found is None or not found.has_min_max or bool(found.min <= lang <= found.max)


def _ranges(groups: list[int], sizes: list[int]) -> Iterator[tuple[int, int, int]]:
    """(first, end, bytes) of neighbouring row groups, about ITEM_BYTES each."""
    start = total = 0
    for at, group in enumerate(groups):
        total += sizes[at]
        last = at + 1 == len(groups)
        if last or total >= ITEM_BYTES or groups[at + 1] != group + 1:
            yield groups[start], group + 1, total
            start, total = at + 1, 0


def _read(path: str, groups: range, lang: str) -> pa.Table:
    """The rows of a language in some row groups."""
    with pq.ParquetFile(path) as file:
        wanted = {"lang", "qid", "property_id", "label", "description", "label_lang", "description_lang", "text"}
        columns = [name for name in file.schema_arrow.names if name in wanted]
        rows = file.read_row_groups(list(groups), columns=columns, use_threads=False)
    return rows.filter(pc.field("lang") == lang) if "lang" in columns else rows
