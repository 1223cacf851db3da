"""Cuts dump files into ranges of a configured size: many equal work items."""

import itertools
from collections.abc import Iterable
from pathlib import Path

from pipeline.parse.dump.files import FileRange, whole
from pipeline.parse.dump.stream_index import read_index
from pipeline.parse.dump.zst_frames import frame_starts

_LARGEST_FRAME = 16
"""A zst frame of more ranges than this is not walked through to the next one: most likely there is none."""


def plan_ranges(path: Path, *, item_bytes: int, index: Path | None = None, encoding: str = "utf-8") -> list[FileRange]:
    """Cuts a dump into ranges of about `item_bytes` bytes of the file as it lies there; nothing else decides.

    Plain text and bz2 are cut anywhere, without reading them; with an `index`, bz2 is cut between streams; zst between
    frames, if the first ones are not far larger than a range. All else is one range.
    """
    everything = whole(path, encoding)
    if encoding != "utf-8" or everything.compression == "gz":
        return [everything]
    starts: Iterable[int] = range(0, everything.size, item_bytes)
    if index is not None and everything.compression == "bz2":
        starts = read_index(index, path)
    elif everything.compression == "zst":
        starts = frame_starts(path, _LARGEST_FRAME * item_bytes)
    cuts = [*group(starts, item_bytes), everything.size]
    return [everything._replace(start=start, end=end) for start, end in itertools.pairwise(cuts)]


def group(starts: Iterable[int], item_bytes: int) -> list[int]:
    """Where the ranges begin: as many whole streams as fill `item_bytes`, so that none but the last is smaller.

    >>> group([0, 40, 80, 120, 500, 510], 100)
    [0, 120, 500]
    """
    cuts = [0]
    for start in starts:
        if start - cuts[-1] >= item_bytes:
            cuts.append(start)
    return cuts


def index_beside(path: Path) -> Path | None:
    """The index file of a multistream dump, if it lies beside it under the publisher's name.

    `X-multistream.xml.bz2` → `X-multistream-index.txt.bz2`; a part `X-multistream1.xml-p1p2.bz2` →
    `X-multistream-index1.txt-p1p2.bz2`; also gzip'd or unpacked.
    """
    before, found, after = path.name.rpartition("-multistream")
    if not found or after.startswith("-index"):
        return None
    name = f"{before}-multistream-index{after.replace('.xml', '.txt', 1)}"
    stem = name.removesuffix(".bz2")
    for candidate in (name, f"{stem}.gz", stem):
        if (path.parent / candidate).is_file():
            return path.parent / candidate
    return None
