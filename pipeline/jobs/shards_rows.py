"""Windows of passages → rows of the spill, column by column, and what is dropped on the way."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import compress
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.examples.duplicates import text_digest
from pipeline.examples.packing import pack
from pipeline.examples.spans import Ints, Mentions, Spans, align_spans, rank
from pipeline.examples.splits import SPLITS, is_in, page_split
from pipeline.jobs.shards_mentions import Entities
from pipeline.jobs.shards_spec import EXCLUDED, SPILL, shared_tokenizer
from pipeline.jobs.shards_windows import Windows, tokenize_windows
from pipeline.schemas import SPAN
from pipeline.tokenizer.tokens import Ids

Mask = npt.NDArray[np.bool_]
TEST = SPLITS.index("test")
_IDS = SPILL.schema.field("input_ids").type
_NONE = np.zeros(0, np.int64)
NO_SPANS = Spans(_NONE, _NONE, Mentions(_NONE, _NONE, _NONE, _NONE))


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


class Passages(NamedTuple):
    """Whole passages as they come from their table, and their usable mentions.

    page_id, passage_index  [passages]
    sections                of each passage; none where rows are not packed
    """

    page_id: Ints
    passage_index: Ints
    sections: list[list[str]]
    texts: list[str]
    mentions: Mentions


class Rows(NamedTuple):
    """Columns of the spill: rows with the tokens from bounds[n] to bounds[n + 1] of `ids`, and the spans in them."""

    names: list[str]
    page_id: Ints
    split: npt.NDArray[np.int8]
    texts: list[str]
    ids: Ids
    bounds: Ints
    spans: Spans


@dataclass(frozen=True)
class RowBuilder:
    """Makes spill rows of passages and counts what it drops."""

    lang: str
    options: PassageOptions
    tokenizer: str
    entities: Entities
    held_out: Ints
    """Those of the mentioned entities that are, ascending."""
    counts: Counter[str]
    _splits: dict[int, int] = field(default_factory=dict)

    def batches(self, passages: Passages) -> Iterator[pa.RecordBatch]:
        """The rows of some passages."""
        tokenizer = shared_tokenizer(self.tokenizer, self.options.tokenizer_digest)
        mentions = self._without_own_leads(passages) if len(self.entities.own_leads) else passages.mentions
        windows = tokenize_windows(
            tokenizer,
            passages.texts,
            mentions,
            lang=self.lang,
            max_tokens=self.options.max_tokens,
            counts=self.counts,
        )
        page_id, index = passages.page_id[windows.passage], passages.passage_index[windows.passage]
        columns = (page_id.tolist(), index.tolist(), rank(windows.passage).tolist())
        names = [f"{self.lang}:{page}:{passage}:{n}" for page, passage, n in zip(*columns, strict=True)]
        split = self._split(page_id)
        self.counts["windows"] += len(names)
        yield self._batch(self._window_rows(windows, names, page_id, split), in_mlm=not self.options.pack)
        if self.options.pack:
            yield self._batch(self._packed_rows(windows, passages, names, split), in_mlm=True)

    def _without_own_leads(self, passages: Passages) -> Mentions:
        mentions = passages.mentions
        pairs = zip(mentions.qid.tolist(), mentions.text.tolist(), strict=True)
        own = np.array([self.entities.is_own_lead(qid, passages.texts[text]) for qid, text in pairs], np.bool_)
        self.counts["mentions_own_lead"] += int(own.sum())
        return mentions.take(~own)

    def _split(self, page_id: Ints) -> npt.NDArray[np.int8]:
        """The split of each window's page: an index into SPLITS, or EXCLUDED."""
        pages, which = np.unique(page_id, return_inverse=True)
        found = np.array([self._page_split(page) for page in pages.tolist()], np.int8)
        found[is_in(pages, self.entities.excluded_pages)] = EXCLUDED
        return found[which]

    def _page_split(self, page_id: int) -> int:
        if page_id not in self._splits:
            options = self.options
            found = page_split(
                options.split_seed, self.lang, page_id, valid=options.valid_pages, test=options.test_pages
            )
            self._splits[page_id] = SPLITS.index(found)
        return self._splits[page_id]

    def _window_rows(self, windows: Windows, names: list[str], page_id: Ints, split: npt.NDArray[np.int8]) -> Rows:
        """The windows that are long enough (if rows are packed: those with a span) and their spans."""
        long_enough = windows.tokens.lengths >= self.options.min_tokens
        mentions = windows.mentions
        in_long = long_enough[mentions.text]
        if not long_enough.all():
            self.counts["mentions_too_short"] += int((~in_long).sum())
            self.counts["windows_too_short"] += 0 if self.options.pack else int((~long_enough).sum())
        spans = self._spans(windows, mentions.take(in_long), split)
        kept = long_enough
        if self.options.pack:
            kept = np.zeros(len(names), np.bool_)
            kept[spans.mentions.text] = True
        row = np.cumsum(kept) - 1
        bounds = np.zeros(int(kept.sum()) + 1, np.int64)
        np.cumsum(windows.tokens.lengths[kept], out=bounds[1:])
        chosen = kept.tolist()
        return Rows(
            names=list(compress(names, chosen)),
            page_id=page_id[kept],
            split=split[kept],
            texts=list(compress(windows.texts, chosen)),
            ids=windows.tokens.ids[np.repeat(kept, windows.tokens.lengths)],
            bounds=bounds,
            spans=spans._replace(mentions=spans.mentions._replace(text=row[spans.mentions.text])),
        )

    def _spans(self, windows: Windows, mentions: Mentions, split: npt.NDArray[np.int8]) -> Spans:
        """Token spans of the windows' mentions, the first `max_mentions` of each window."""
        if not len(mentions.text):
            return NO_SPANS
        kept = (split[mentions.text] == TEST) | ~is_in(mentions.qid, self.held_out)
        spans, reasons = align_spans(windows.tokens.offsets, windows.tokens.bounds, mentions.take(kept))
        first = spans.take(rank(spans.mentions.text) < self.options.max_mentions)
        if len(self.held_out):
            self.counts["mentions_held_out"] += int((~kept).sum())
        self.counts["widened_mentions"] += reasons["widened"]
        for reason in ("no_tokens", "overlap"):
            self.counts[f"mentions_{reason}"] += reasons[reason]
        self.counts["mentions_too_many"] += len(spans.first) - len(first.first)
        self.counts["mentions_spilled"] += len(first.first)
        with_mentions, with_spans = (len(np.unique(found.text)) for found in (mentions, spans.mentions))
        self.counts["windows_all_mentions_dropped"] += with_mentions - with_spans
        return first

    def _packed_rows(self, windows: Windows, passages: Passages, names: list[str], split: npt.NDArray[np.int8]) -> Rows:
        """Neighbouring windows of a section put together."""
        page_id = passages.page_id[windows.passage]
        sections = [tuple(passages.sections[at]) for at in windows.passage.tolist()]
        keys = list(zip(page_id.tolist(), sections, strict=True))
        lengths = (windows.tokens.lengths - 2).tolist()
        ids = windows.tokens.rows()
        chosen: list[int] = []
        texts: list[str] = []
        rows: list[Ids] = []
        for first, last in pack(keys, lengths, limit=self.options.max_tokens - 2):
            row = np.concatenate([ids[first][:1], *(inner[1:-1] for inner in ids[first:last]), ids[first][-1:]])
            if len(row) < self.options.min_tokens:
                self.counts["windows_too_short"] += last - first
                continue
            chosen.append(first)
            texts.append(" ".join(windows.texts[first:last]))
            rows.append(row)
        bounds = np.cumsum([0, *map(len, rows)], dtype=np.int64)
        return Rows(
            names=[names[at] for at in chosen],
            page_id=page_id[chosen],
            split=split[chosen],
            texts=texts,
            ids=np.concatenate([np.zeros(0, np.int32), *rows]),
            bounds=bounds,
            spans=NO_SPANS,
        )

    def _batch(self, rows: Rows, *, in_mlm: bool) -> pa.RecordBatch:
        """Rows as they are spilled; texts and code points of validation and testing only."""
        seed, bits = self.options.shuffle_seed, self.options.bits
        digest = np.array([text_digest(seed, text) for text in rows.texts], np.uint64)
        bucket = digest >> np.uint64(64 - bits) if bits else np.zeros_like(digest)
        shown = (rows.split != 0) & (rows.split != EXCLUDED)
        texts = [text if show else "" for text, show in zip(rows.texts, shown.tolist(), strict=True)]
        spans, points = rows.spans, rows.spans.mentions
        columns = [
            pa.array(bucket.astype(np.int32)),
            pa.array(digest),
            pa.array(rows.names, pa.string()),
            pa.array(rows.page_id),
            pa.array(rows.split),
            pa.array(np.full(len(digest), in_mlm)),
            pa.ListArray.from_arrays(_int32(rows.bounds), pa.array(rows.ids), type=_IDS),
            _spans("mentions", len(digest), points.text, spans.first, spans.last, points.qid),
            pa.array(texts, pa.string()),
            _spans("spans", len(digest), *points.take(shown[points.text])),
        ]
        return pa.RecordBatch.from_arrays(columns, schema=SPILL.schema)


def _spans(column: str, size: int, row: Ints, start: Ints, end: Ints, qid: Ints) -> pa.ListArray:
    """A list of spans for each of `size` rows; `row` ascends."""
    bounds = np.searchsorted(row, np.arange(size + 1), side="left")
    values = pa.StructArray.from_arrays([_int32(start), _int32(end), pa.array(qid)], fields=list(SPAN))
    return pa.ListArray.from_arrays(_int32(bounds), values, type=SPILL.schema.field(column).type)


def _int32(values: Ints) -> pa.Array:
    return pa.array(values.astype(np.int32))
