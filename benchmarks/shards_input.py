"""What `benchmarks.shards` reads: two knowledge bases, made by the project's own commands from dumps that it writes.

- articles: the 206 long English pages beside the repository (../shared/data), with XLM-R's vocabulary of 250,000.
- short: the sample world's English pages (passages of some 20 tokens with three mentions each), and a vocabulary of 900
  pieces trained on them.

Pages are replicated, each round renamed as in `extract_wikipedia_input`. The Wikidata dump has an item for each title
that is an article or that a link leads to, so that links resolve. Labels are the titles; descriptions are the sample
world's in turn, each with another title in it, so that no two are the same; triples lead from an article to what it
links first.
All is made once and kept under build/.
"""

import bz2
import hashlib
import json
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import pyarrow.dataset as ds

from benchmarks.extract_wikipedia_input import REAL, REPOSITORY, rounds, write_dump
from pipeline.config.extract_wikidata import ExtractWikidataConfig
from pipeline.config.extract_wikipedia import ExtractWikipediaConfig
from pipeline.config.resolve import ResolveConfig
from pipeline.jobs.engine import RunOptions
from pipeline.jobs.extract_wikidata import extract_wikidata
from pipeline.jobs.extract_wikipedia import extract_wikipedia
from pipeline.jobs.resolve import resolve
from pipeline.jobs.tokenizer import train_tokenizer
from pipeline.sample import WIKIDATA_FILE, write_sample
from pipeline.sample.files import write_entities
from pipeline.sample.wikidata_values import Json

FOLDER = REPOSITORY / "build" / "bench-shards"
SHARED = REPOSITORY.parent / "shared" / "data"
XLMR = SHARED / "tokenizer" / "xlmr.sentencepiece.model"
VOCABULARY = 900
ARTICLES_MEGABYTES, SHORT_MEGABYTES = 6, 20
"""Of XML, at least."""
PROPERTIES = {527: "has part", 361: "part of"}
LOOP = RunOptions(runner="loop")
_PAGE = re.compile(rb"  <page>.*?</page>\n", re.DOTALL)


class Input(NamedTuple):
    """Tables, tables of a few of the same pages (for the cost of starting), and the tokenizer."""

    name: str
    root: Path
    tiny: Path
    tokenizer: Path


def articles(megabytes: float) -> Input | None:
    """Real articles, at least so many MB of XML; None where ../shared is not beside the repository."""
    dump = SHARED / "wikidump" / REAL[0]
    if not (dump.is_file() and XLMR.is_file()):
        return None
    with tempfile.TemporaryDirectory() as folder:
        return _made("articles", bz2.decompress(dump.read_bytes()), _world(Path(folder))[1], megabytes)


def short_passages(megabytes: float) -> Input:
    """The sample world's pages, at least so many MB of XML."""
    with tempfile.TemporaryDirectory() as folder:
        return _made("short", *_world(Path(folder)), megabytes)


def _world(folder: Path) -> tuple[bytes, list[str]]:
    """The sample world's English dump, and the English descriptions in its Wikidata dump."""
    wiki = write_sample(["en"], folder).wikis["en"]
    lines = bz2.decompress((folder / WIKIDATA_FILE).read_bytes()).splitlines()
    items = [json.loads(line.strip(b" ,")) for line in lines if line.startswith(b"{")]
    found = [item["descriptions"]["en"]["value"] for item in items if "en" in (item.get("descriptions") or {})]
    return bz2.decompress(wiki.dump.read_bytes()), found


def _made(name: str, xml: bytes, descriptions: list[str], megabytes: float) -> Input:
    digest = hashlib.blake2b(xml + json.dumps([descriptions, megabytes]).encode(), digest_size=6)
    digest.update(Path(__file__).read_bytes())
    folder = FOLDER / f"{name}-{megabytes:g}mb-{digest.hexdigest()}"
    found = Input(name, folder / "KB", folder / "tiny", XLMR if name == "articles" else folder / "tokenizer")
    if folder.is_dir():
        return found
    making = folder.with_suffix(".tmp")
    if making.exists():
        shutil.rmtree(making)
    header, pages = xml[: xml.index(b"  <page>")], _PAGE.findall(xml)
    for size, root in ((megabytes, making / "KB"), (0.0, making / "tiny")):
        chosen = islice(rounds(pages, size), None) if size else rounds(pages[:3], 1e-6)
        dump = making / f"{root.name}-pages-articles.xml.bz2"
        write_dump(dump, header, chosen)
        _tables(dump, root, descriptions)
    if name == "short":
        train_tokenizer(making / "KB", VOCABULARY, making / "tokenizer")
    making.rename(folder)
    return found


def _tables(dump: Path, root: Path, descriptions: list[str]) -> None:
    """Dump → tables, mentions and triples."""
    wikipedia = ExtractWikipediaConfig(
        dumps=(str(dump),), root=str(root), lang="en", item_bytes=1 << 20, own_templates_bytes=0
    )
    extract_wikipedia(wikipedia, LOOP)
    items = dump.with_name(f"{root.name}-items.json.bz2")
    write_entities(wikidata(linked(root), descriptions), items)
    extract_wikidata(
        ExtractWikidataConfig(dumps=(str(items),), root=str(root), languages=("en",), item_bytes=1 << 20), LOOP
    )
    resolve(ResolveConfig(root=root), LOOP)


def linked(root: Path) -> dict[str, list[str]]:
    """Title → what it links, in order: of each article, and of nothing for titles that are linked only."""
    tables = root / "tables"
    pages = ds.dataset(tables / "pages" / "lang=en").to_table(columns=["page_id", "title", "kind"]).to_pylist()
    titles = {row["page_id"]: row["title"] for row in pages if row["kind"] != "redirect"}
    found: dict[str, list[str]] = {title: [] for title in titles.values()}
    for row in ds.dataset(tables / "passages" / "lang=en").to_table(columns=["page_id", "links"]).to_pylist():
        targets = [link["target"] for link in row["links"]]
        found[titles[row["page_id"]]] += targets
        for target in targets:
            found.setdefault(target, [])
    redirects = {row["title"] for row in pages if row["kind"] == "redirect"}
    return {title: targets for title, targets in found.items() if title not in redirects}


def wikidata(titles: dict[str, list[str]], descriptions: list[str]) -> Iterator[Json]:
    """The documents of a dump: an item for each title, and the properties of its statements.

    >>> [document["id"] for document in wikidata({"Rome": ["Italy"], "Italy": []}, ["city"])]
    ['Q1000', 'Q1001', 'P527', 'P361']
    """
    numbers = {title: number for number, title in enumerate(titles, 1000)}
    before = "all"
    for title, number in numbers.items():
        objects = islice(dict.fromkeys(numbers[target] for target in titles[title] if target in numbers), 2)
        yield {
            "type": "item",
            "id": f"Q{number}",
            **_texts(title, f"{descriptions[number % len(descriptions)]} before {before}"),
            "claims": dict(_claims(number, objects)),
            "sitelinks": {"enwiki": {"site": "enwiki", "title": title, "badges": []}},
        }
        before = title
    for number, label in PROPERTIES.items():
        yield {
            "type": "property",
            "datatype": "wikibase-item",
            "id": f"P{number}",
            **_texts(label, "relation of a benchmark"),
            "claims": {},
        }


def _texts(label: str, description: str) -> dict[str, Json]:
    terms = {"labels": label, "descriptions": description}
    return {name: {"en": {"language": "en", "value": text}} for name, text in terms.items()} | {"aliases": {}}


def _claims(subject: int, objects: Iterable[int]) -> Iterator[tuple[str, list[Json]]]:
    for property_id, number in zip(PROPERTIES, objects, strict=False):
        value = {"entity-type": "item", "numeric-id": number, "id": f"Q{number}"}
        snak = {
            "snaktype": "value",
            "property": f"P{property_id}",
            "datavalue": {"value": value, "type": "wikibase-entityid"},
            "datatype": "wikibase-item",
        }
        statement = {"mainsnak": snak, "type": "statement", "id": f"Q{subject}${property_id}", "rank": "normal"}
        yield f"P{property_id}", [statement]
