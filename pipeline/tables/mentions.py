"""Links and repeats of passages → mentions.

Each link becomes exactly one row, with what became of it as its status. Of the names that stand where no link does
(`repeats`) only those that stand for an item become rows; the others are counted by the reason.

    passages ─┬ targets ─▶ titles (join) ─▶ item, status by number ─┐
    repeats ──┤                                                     ├─▶ mentions, in the order of the text
              └ places, texts ─▶ surfaces ──────────────────────────┘

The join carries numbers only, so that neither texts nor rows have to be sorted.
"""

from collections import Counter
from collections.abc import Iterator
from functools import reduce

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.errors import JobFailedError
from pipeline.manifest.parts import PartWriter
from pipeline.records import MentionSource
from pipeline.tables.connection import Connection
from pipeline.tables.lookup import CODES, RESOLVED, look_up
from pipeline.tables.places import SOURCE_LINK, Codes, Ints, Places, in_order, metadata, read_places, read_targets
from pipeline.tables.stream import as_batch
from pipeline.tables.surfaces import surfaces

SOURCES: tuple[MentionSource, ...] = ("link", "title", "repeat")
"""Sources by the number that stands for them."""
ROW_GROUP_ROWS = 1 << 16
"""A row group of mentions has at least so many rows (the last one may have fewer)."""


def write_mentions(
    connection: Connection, passages: list[str], repeats: list[str], titles: list[str], writer: PartWriter
) -> Counter[str]:
    """Writes the mentions of some passages files of one language and of the repeats that belong to them.

    Counts `passages`, `links` = all `status_…`; `repeats` = `mentions_title` + `mentions_repeat` + `repeats_…` (by
    reason); `mentions`: rows. Raises JobFailedError where these do not add up, or two mentions are in one place.
    """
    writer.dictionary, writer.statistics = ["status", "source"], ["page_id", "passage_index", "qid", "status", "source"]
    counts = count_links(passages)
    counts["repeats"] = sum(metadata(path).num_rows for path in repeats)
    seen = np.zeros((len(SOURCES), len(CODES)), np.int64)
    with (
        in_order(connection, passages, writer.path) as texts,
        in_order(connection, repeats, writer.path.with_suffix(".repeats")) as beside,
    ):
        found = look_up(connection, titles, read_targets(texts, beside), counts["links"] + counts["repeats"])
        places = read_places(texts, beside, counts["links"], source_codes)
        write_groups(_mentions(places, *found, seen), writer)
    for number, source in enumerate(SOURCES):
        count_statuses(seen[number], source, counts)
    check_sums(counts, writer.rows)
    return counts


def source_codes(names: pa.Array) -> Codes:
    """The numbers of some sources.

    >>> source_codes(pa.array(["repeat", "title"])).tolist()
    [2, 1]
    """
    codes: Codes = pc.index_in(names, value_set=pa.array(SOURCES)).to_numpy().astype(np.int8)
    return codes


def _mentions(batches: Iterator[Places], qids: Ints, codes: Codes, seen: Ints) -> Iterator[list[pa.Array]]:
    """The columns of the mentions of each batch; adds to `seen` [source, status]. `qids`, `codes`: see `look_up`."""
    last: tuple[int, ...] = ()
    for found in batches:
        if not len(found.number):
            continue
        last = check_places(found, last)
        code = codes[found.number]
        seen += np.bincount(found.source * np.int64(len(CODES)) + code, minlength=seen.size).reshape(seen.shape)
        kept = (found.source == SOURCE_LINK) | (code == RESOLVED)
        places, code = (found, code) if kept.all() else (found.take(np.flatnonzero(kept)), code[kept])
        qid = qids[places.number]
        yield [
            pa.array(places.page_id),
            pa.array(places.passage_index, pa.int32()),
            pa.array(places.start, pa.int32()),
            pa.array(places.end, pa.int32()),
            surfaces(places.texts, places.row, places.start, places.end),
            pa.array(qid, mask=qid == 0),
            _STATUSES.take(pa.array(code)),
            _SOURCES.take(pa.array(places.source)),
        ]


_STATUSES, _SOURCES = pa.array(CODES), pa.array(SOURCES)


def write_groups(columns: Iterator[list[pa.Array]], writer: PartWriter) -> None:
    """Writes columns of a few rows each as row groups of at least ROW_GROUP_ROWS rows."""
    pending = 0
    for arrays in columns:
        batch = as_batch(arrays, writer.table)
        writer.write_batch(batch)
        pending += batch.num_rows
        if pending >= ROW_GROUP_ROWS:
            writer.end_row_group()
            pending = 0


def check_places(places: Places, last: tuple[int, ...]) -> tuple[int, ...]:
    """Checks that no place comes twice, from the `last` place of the batch before on; returns this batch's last."""
    keys = [places.page_id, places.passage_index, places.start, places.end]
    twice = reduce(np.logical_and, [key[1:] == key[:-1] for key in keys])
    if twice.any() or last == tuple(int(key[0]) for key in keys):
        raise JobFailedError(
            "a passage has two mentions in one place, or comes twice",
            next_step="extract this language again from dumps that do not overlap, then xlmk resolve",
        )
    return tuple(int(key[-1]) for key in keys)


def count_statuses(numbers: Ints, source: MentionSource, counts: Counter[str]) -> None:
    """Counts the places of one source: links by status; repeats as mentions, or by the reason why they are none."""
    for status, number in zip(CODES, numbers.tolist(), strict=True):
        if not number:
            continue
        if source == "link":
            counts[f"status_{status}"] += number
        if source == "link" or status == "resolved":
            counts[f"mentions_{source}"] += number
        else:
            counts[f"repeats_{status}"] += number


def check_sums(counts: Counter[str], rows: int) -> None:
    """Sets the count `mentions`; raises JobFailedError unless each link is a row and each repeat a row or a reason."""
    counts["mentions"] = rows
    links = sum(number for name, number in counts.items() if name.startswith("status_"))
    if links != counts["links"]:
        raise JobFailedError(
            f"{counts['links']} links became {links} mentions: the titles table is not unique",
            next_step="extract this language again, then xlmk resolve",
        )
    dropped = sum(number for name, number in counts.items() if name.startswith("repeats_"))
    if counts["repeats"] != rows - links + dropped:
        raise JobFailedError(
            f"{counts['repeats']} repeats became {rows - links} mentions and {dropped} drops: the tables repeats and"
            " passages do not belong together",
            next_step="extract this language again, then xlmk resolve",
        )


def count_links(passages: list[str]) -> Counter[str]:
    """`passages` and `links` in some files, from their metadata: a count that does not depend on the query above.

    A leaf column below a list has an entry for each element and one, counted as null, for each empty list.
    """
    counts: Counter[str] = Counter()
    for path in passages:
        found = metadata(path)
        names = [found.schema.column(number).path for number in range(found.num_columns)]
        leaf = names.index("links.list.element.start")
        for group in range(found.num_row_groups):
            column = found.row_group(group).column(leaf)
            if column.num_values:
                counts["links"] += column.num_values - column.statistics.null_count
        counts["passages"] += found.num_rows
    return counts
