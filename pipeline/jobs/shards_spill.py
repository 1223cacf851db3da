"""First pass: one part of the passages → tokenized windows, put into the buckets of the shuffle."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.examples.duplicates import bucket_of, text_digest
from pipeline.examples.packing import pack
from pipeline.examples.spans import Offsets, align_spans, disjoint, in_order
from pipeline.examples.splits import SPLITS, page_split
from pipeline.jobs.shards_mentions import ByPassage, Entities, load_entities, load_mentions
from pipeline.jobs.shards_spec import EXCLUDED, FORMAT, SPILL, ShardsSpec, shared_tokenizer
from pipeline.jobs.shards_windows import Mentions, PassageText, TextWindow, tokenize_windows
from pipeline.manifest.items import JobSpec, WorkItem
from pipeline.manifest.parts import ItemOutput, to_arrow
from pipeline.records import Span
from pipeline.tokenizer import Encoded
from pipeline.transforms.run_item import Job

BATCH_ROWS = 1000
"""Passages tokenized at once."""
Row = tuple[object, ...]


class PassageOptions(NamedTuple):
    """What decides the rows of passages; see `ShardsConfig` for each."""

    tokenizer_digest: str
    max_tokens: int
    min_tokens: int
    max_mentions: int
    mention_sources: tuple[str, ...]
    pack: bool
    valid_pages: float
    test_pages: float
    split_seed: int
    shuffle_seed: int
    entities_digest: str
    bits: int


@dataclass(frozen=True, kw_only=True)
class SpillJob(Job):
    """Writes one spill per passages part of one language; `payload` is the part's path."""

    root: str
    lang: str
    options: PassageOptions
    mention_files: tuple[str, ...]
    helpers: str
    """Folder with the arrays of entities."""

    @property
    def spec(self) -> JobSpec:
        """Names, folders and all that decides the output."""
        return ShardsSpec(
            name="shards-spill",
            root=self.root,
            format_number=FORMAT,
            tables=(SPILL.name,),
            scope=f"lang={self.lang}",
            config=self.options._asdict(),
        )

    def process(self, item: WorkItem, out: ItemOutput) -> None:
        """Windows, tokens, spans, splits and bucket of every passage of the part."""
        path = str(item.payload[0])
        page_ids = pq.read_table(path, columns=["page_id"], partitioning=None).column("page_id").to_numpy()
        entities = load_entities(self.helpers, self.lang, self.options.entities_digest)
        found = load_mentions(list(self.mention_files), page_ids, entities, self.options.mention_sources)
        out.count("mentions_in", found.total)
        out.counts.update({f"mentions_{reason}": number for reason, number in found.reasons.items()})
        builder = RowBuilder(
            lang=self.lang,
            options=self.options,
            tokenizer=f"{self.root}/tokenizer",
            entities=entities,
            held_out=found.held_out,
            counts=out.counts,
            excluded_pages=frozenset(entities.excluded_pages.tolist()),
        )
        batches = [to_arrow(rows, SPILL) for rows in self._rows(path, found.mentions, builder)]
        out.count("mentions_no_passage", sum(len(left) for left in found.mentions.values()))
        _write_buckets(batches, out)

    @staticmethod
    def _rows(path: str, mentions: ByPassage, builder: "RowBuilder") -> Iterator[list[Row]]:
        with pq.ParquetFile(path) as file:
            columns = ["page_id", "passage_index", "section", "text"]
            for batch in file.iter_batches(batch_size=BATCH_ROWS, columns=columns, use_threads=False):
                values = zip(*(column.to_pylist() for column in batch.columns), strict=True)
                passages = [
                    PassageText(page, index, tuple(section), text, mentions.pop((page, index), []))
                    for page, index, section, text in values
                ]
                builder.counts["passages"] += len(passages)
                yield builder.rows(passages)


@dataclass(frozen=True)
class RowBuilder:
    """Makes spill rows of passages and counts what it drops."""

    lang: str
    options: PassageOptions
    tokenizer: str
    entities: Entities
    held_out: frozenset[int]
    """Those of the mentioned entities that are."""
    counts: Counter[str]
    excluded_pages: frozenset[int]
    _splits: dict[int, int] = field(default_factory=dict)

    def rows(self, passages: list[PassageText]) -> list[Row]:
        """The rows of some whole passages, in their order."""
        tokenizer = shared_tokenizer(self.tokenizer, self.options.tokenizer_digest)
        if len(self.entities.own_leads):
            passages = [self._without_own_leads(passage) for passage in passages]
        windows = tokenize_windows(
            tokenizer, passages, lang=self.lang, max_tokens=self.options.max_tokens, counts=self.counts
        )
        names: list[str] = []
        numbers: Counter[int] = Counter()
        for window in windows:
            passage = passages[window.place[0]]
            number = numbers[window.place[0]]
            numbers[window.place[0]] += 1
            names.append(f"{self.lang}:{passage.page_id}:{passage.passage_index}:{number}")
        self.counts["windows"] += len(windows)
        rows = []
        for window, name in zip(windows, names, strict=True):
            row = self._window_row(name, passages[window.place[0]].page_id, window)
            if row is not None:
                rows.append(row)
        return rows + self._packed_rows(passages, windows, names) if self.options.pack else rows

    def _without_own_leads(self, passage: PassageText) -> PassageText:
        kept = [mention for mention in passage.mentions if not self.entities.is_own_lead(mention[2], passage.text)]
        self.counts["mentions_own_lead"] += len(passage.mentions) - len(kept)
        return passage._replace(mentions=kept)

    def _window_row(self, name: str, page_id: int, window: TextWindow) -> Row | None:
        if len(window.ids) < self.options.min_tokens:
            self.counts["windows_too_short"] += not self.options.pack
            self.counts["mentions_too_short"] += len(window.mentions)
            return None
        split = self._split(page_id)
        spans, kept = self._spans(window, split)
        if self.options.pack and not spans:
            return None
        text, texts = ("", []) if split in (0, EXCLUDED) else (window.text, [Span(*mention) for mention in kept])
        return self._row(name, page_id, window.ids, window.text, (not self.options.pack, split, spans, text, texts))

    def _row(
        self, name: str, page_id: int, ids: object, text: str, rest: tuple[bool, int, list[Span], str, list[Span]]
    ) -> Row:
        in_mlm, split, spans, shown, kept = rest
        digest = text_digest(self.options.shuffle_seed, text)
        bucket = bucket_of(digest, self.options.bits)
        return (bucket, digest, name, page_id, split, in_mlm, ids, spans, shown, kept)

    def _spans(self, window: TextWindow, split: int) -> tuple[list[Span], Mentions]:
        """Token spans and code-point spans of the window's mentions, the first `max_mentions` of them."""
        if not window.mentions:
            return [], []
        mentions = window.mentions
        if SPLITS[split] != "test" and self.held_out:
            mentions = [mention for mention in mentions if mention[2] not in self.held_out]
            self.counts["mentions_held_out"] += len(window.mentions) - len(mentions)
        spans, kept, reasons = token_spans(window.tokens, mentions)
        self.counts["widened_mentions"] += reasons["widened"]
        for reason in ("no_tokens", "overlap"):
            self.counts[f"mentions_{reason}"] += reasons[reason]
        limit = self.options.max_mentions
        self.counts["mentions_too_many"] += max(0, len(spans) - limit)
        self.counts["mentions_spilled"] += min(limit, len(spans))
        self.counts["windows_all_mentions_dropped"] += not spans
        return spans[:limit], kept[:limit]

    def _split(self, page_id: int) -> int:
        if page_id not in self._splits:
            options = self.options
            found = page_split(
                options.split_seed, self.lang, page_id, valid=options.valid_pages, test=options.test_pages
            )
            self._splits[page_id] = EXCLUDED if page_id in self.excluded_pages else SPLITS.index(found)
        return self._splits[page_id]

    def _packed_rows(self, passages: list[PassageText], windows: list[TextWindow], names: list[str]) -> list[Row]:
        keys = [(passages[window.place[0]].page_id, passages[window.place[0]].section) for window in windows]
        lengths = [len(window.ids) - 2 for window in windows]
        rows = []
        for first, last in pack(keys, lengths, limit=self.options.max_tokens - 2):
            inner = [window.ids[1:-1] for window in windows[first:last]]
            ids = np.concatenate([windows[first].ids[:1], *inner, windows[first].ids[-1:]])
            if len(ids) < self.options.min_tokens:
                self.counts["windows_too_short"] += last - first
                continue
            text = " ".join(window.text for window in windows[first:last])
            page_id = keys[first][0]
            rows.append(self._row(names[first], page_id, ids, text, (True, self._split(page_id), [], "", [])))
        return rows


def token_spans(
    tokens: Encoded | Offsets, mentions: Mentions
) -> tuple[list[Span], list[tuple[int, int, int]], Counter[str]]:
    """`align_spans`, the quick way where the tokenizer can be asked for the tokens of single characters."""
    if not isinstance(tokens, Encoded):
        return align_spans(tokens, mentions)
    ordered = in_order(mentions)
    touched = tokens.touched(mention[:2] for mention in ordered)
    return align_spans(tokens.offsets, mentions) if touched is None else disjoint(ordered, touched)


def _write_buckets(batches: list[pa.RecordBatch], out: ItemOutput) -> None:
    """Writes the rows in the order of buckets, each bucket as row groups of its own."""
    writer = out.writer(SPILL.name)
    if not batches:
        return
    table = pa.Table.from_batches(batches, schema=SPILL.schema)
    table = table.sort_by([("bucket", "ascending"), ("digest", "ascending"), ("example_id", "ascending")])
    buckets = table.column("bucket").to_numpy()
    edges = np.flatnonzero(np.diff(buckets)) + 1
    for start, end in zip([0, *edges.tolist()], [*edges.tolist(), len(buckets)], strict=True):
        for batch in table.slice(start, end - start).to_batches(max_chunksize=4096):
            writer.write_batch(batch)
        writer.end_row_group()
