"""A Wikidata dump of any size for benchmarks: the sample world's entities and real ones, copied and renumbered.

The real ones lie in ../shared/data/wikidata and are left out where that is missing. With them an entity has 14 kB on
average, as in the full dump (some 1.7 TB for 117 million entities).
"""

import bz2
import gzip
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline.sample import WIKIDATA_FILE, write_sample

ROOT = Path(__file__).resolve().parents[1]
REAL = ROOT.parent / "shared" / "data" / "wikidata"
LANGUAGES = ("en", "de", "ru", "ja")
STEP = 1_000_000_000
"""What is added to the items' numbers from copy to copy."""


def source_entities() -> list[dict[str, Any]]:
    """The entities that are copied: the sample world's, then the real ones that are there."""
    with tempfile.TemporaryDirectory() as folder:
        write_sample(LANGUAGES, Path(folder))
        files = [Path(folder) / WIKIDATA_FILE, *sorted(REAL.glob("*items.json.bz2")), *REAL.glob("twenty*.json.bz2")]
        lines = [line.strip(b" ,") for file in files for line in bz2.decompress(file.read_bytes()).splitlines()]
    return [json.loads(line) for line in lines if line.startswith(b"{")]


def renumbered(entity: dict[str, Any], copy: int) -> dict[str, Any]:
    """The entity as copy number `copy`: another id and other titles of its pages, so that no key is there twice.

    >>> renumbered({"id": "Q5", "sitelinks": {"itwiki": {"title": "Roma"}}}, 2)
    {'id': 'Q2000000005', 'sitelinks': {'itwiki': {'title': 'Roma 2'}}}
    """
    if not copy:
        return entity
    changed = dict(entity)
    for name in ("id", "entity", "redirect"):
        if str(entity.get(name, ""))[:1] in "QPL" and entity.get(name):
            changed[name] = f"{entity[name][0]}{int(entity[name][1:]) + copy * STEP}"
    if isinstance(entity.get("sitelinks"), dict):
        links = entity["sitelinks"].items()
        changed["sitelinks"] = {site: {**link, "title": f"{link['title']} {copy}"} for site, link in links}
    return changed


def entity_lines(megabytes: float, linked_every: int = 1) -> Iterator[bytes]:
    """The lines of a dump of at least so many MB (10^6 bytes), in the publisher's form: an array, an entity a line.

    Of so many copies one keeps its sitelinks, the others have none.
    """
    source, size, copy = source_entities(), 0, 0
    yield b"[\n"
    while size < megabytes * 1e6:
        for number, entity in enumerate(source):
            changed = renumbered(entity, copy)
            if (number + copy) % linked_every:
                changed = {**changed, "sitelinks": {}}
            line = json.dumps(changed, separators=(",", ":")).encode()
            yield line if not size else b",\n" + line
            size += len(line) + 2
        copy += 1
    yield b"\n]\n"


def write_dump(path: Path, megabytes: float) -> Path:
    """Writes `path`, packed as its name says (.bz2 as one stream like the publisher's, .gz, or plain)."""
    openers: dict[str, Any] = {".bz2": bz2.open, ".gz": gzip.open}
    with openers.get(path.suffix, open)(path, "wb") as stream:
        for line in entity_lines(megabytes):
            stream.write(line)
    return path
