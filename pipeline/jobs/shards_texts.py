"""The texts of entities and properties, tokenized: what MEP's and OE's keys and queries are made of."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.jobs.shards_spec import FORMAT, ShardsSpec, shared_tokenizer
from pipeline.languages.codes import language_variants, wikidata_language
from pipeline.manifest.digests import digest, input_digest
from pipeline.manifest.items import JobSpec, WorkItem
from pipeline.manifest.parts import ItemOutput
from pipeline.transforms.run_item import Job

ITEM_BYTES = 16 << 20
"""Compressed bytes of row groups that make an item."""
BATCH_ROWS = 4000
Text = tuple[int, str, str, str]
"""(id, kind, language, text)"""


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
        texts = sorted(self._texts(str(table), str(lang), _read(str(path), range(first, end), str(lang))))
        tokenizer = shared_tokenizer(f"{self.root}/tokenizer", self.tokenizer_digest)
        for start in range(0, len(texts), BATCH_ROWS):
            batch = texts[start : start + BATCH_ROWS]
            for (kind, number, language, text), ids in zip(
                batch, tokenizer.ids([row[3] for row in batch]), strict=True
            ):
                out.count(f"texts_{kind}_{language}")
                if len(ids) > self.max_text_tokens:
                    out.count(f"truncated_{kind}_{language}")
                    ids[self.max_text_tokens - 1] = ids[-1]
                out.write("texts", (number, kind, language, text, ids[: self.max_text_tokens]))

    def _texts(self, table: str, lang: str, rows: Iterator[dict[str, object]]) -> Iterator[tuple[str, int, str, str]]:
        """(kind, id, language, text) of some rows."""
        own = frozenset(language_variants(wikidata_language(lang)))
        for row in rows:
            if table == "leads":
                yield "lead", _int(row["qid"]), lang, str(row["text"])
                continue
            label = str(row["label"]) if row["label"] and row["label_lang"] in own else ""
            description = str(row["description"]) if row["description"] and row["description_lang"] in own else ""
            prefix, number = ("", row["qid"]) if table == "entity_texts" else ("property_", row["property_id"])
            if label:
                yield f"{prefix}label", _int(number), lang, label
            if description:
                yield f"{prefix}description", _int(number), lang, description
            if label and not prefix and self.entity_text == "label_description":
                yield "label_description", _int(number), lang, joined(label, description)


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


def _read(path: str, groups: range, lang: str) -> Iterator[dict[str, object]]:
    with pq.ParquetFile(path) as file:
        wanted = {"lang", "qid", "property_id", "label", "description", "label_lang", "description_lang", "text"}
        columns = [name for name in file.schema_arrow.names if name in wanted]
        for batch in file.iter_batches(columns=columns, row_groups=list(groups), use_threads=False):
            rows = pa.Table.from_batches([batch]).to_pylist()
            yield from (row for row in rows if row.get("lang", lang) == lang)


def _int(value: object) -> int:
    assert isinstance(value, int)
    return value
