"""The dump that `benchmarks.extract_wikipedia` reads: pages of the sample world and real ones, again and again renamed.

A round is every page of all sources once: the sample world's English pages, and where ../shared/data lies beside the
repository 206 long English and 2,004 short Latgalian pages with their templates. In each round titles and page ids are
new, and so is half of the capitalised words (by a keyed digest), in the same way wherever they stand: links, names and
repeats stay what they are to each other, but half of what a cache could know from the round before is unknown.
The file is a multistream bz2 of 100 pages a stream, as the publisher's; it is made once and kept under build/.
"""

import bz2
import hashlib
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from pipeline.sample import write_sample

REPOSITORY = Path(__file__).resolve().parents[1]
FOLDER = REPOSITORY / "build" / "bench-extract-wikipedia"
REAL = (
    "enwiki/enwiki-pages-articles-p10p30302-shortened.xml.bz2",
    "ltgwiki/ltgwiki-pages-articles.xml.bz2",
)
STREAM_PAGES = 100
_PAGE = re.compile(rb"  <page>.*?</page>\n", re.DOTALL)
_NAME = re.compile(r"(?<!\{\{)\b[A-Z][^\W\dA-Z_]{3,}\b(?!:)")
"""A capitalised word; not the name of a template, nor of a namespace."""
_TITLE = re.compile(rb"<title>([^<]*)</title>")
_ID = re.compile(rb"<id>(\d+)</id>")


def sources() -> tuple[bytes, list[bytes], list[str]]:
    """The header of an English dump, the pages of a round, and what they are."""
    with tempfile.TemporaryDirectory() as folder:
        write_sample(["en"], Path(folder))
        (dump,) = Path(folder).glob("enwiki-*multistream.xml.bz2")
        text = bz2.decompress(dump.read_bytes())
    header = text[: text.index(b"  <page>")]
    pages = [page for page in _PAGE.findall(text) if _whole(page)]
    names = [f"sample world: {len(pages)} pages"]
    for name in REAL:
        path = REPOSITORY.parent / "shared" / "data" / "wikidump" / name
        if path.is_file():
            found = [page for page in _PAGE.findall(bz2.decompress(path.read_bytes())) if _whole(page)]
            names.append(f"{name.partition('/')[0]}: {len(found)} pages")
            pages += found
    return header, pages, names


def _whole(page: bytes) -> bool:
    """Whether a page is well-formed and has a title, a text and so on: there are others, on which peers stop.

    One has 30,000 braces that never close: on it wikipedia2vec's parser does not end (we reject it by its nesting).
    """
    if page.count(b"{{") > page.count(b"}}") + 1000:
        return False
    try:
        element = ElementTree.fromstring(page)
    except ElementTree.ParseError:
        return False
    return all((element.findtext(path) or "").strip() for path in ("title", "ns", "id", "revision/id", "revision/text"))


def renamed(page: bytes, number: int, page_id: int) -> bytes:
    """A page as it stands in round `number`, with an id of its own.

    >>> renamed(b"<title>Rome</title><id>7</id> of Rome, in [[Italy]]", 3, 5)
    b'<title>Rome (3)</title><id>5</id> of Rome, in [[Italyd]]'
    """
    page = _ID.sub(b"<id>%d</id>" % page_id, page, count=1)
    if not number:
        return page
    letter = chr(97 + number % 26)

    def other(found: re.Match[str]) -> str:
        word = found[0]
        return word + letter if hashlib.blake2b(word.encode(), digest_size=1).digest()[0] % 2 else word

    page = _NAME.sub(other, page.decode()).encode()
    return _TITLE.sub(rb"<title>\1 (%d)</title>" % number, page, count=1)


def rounds(pages: list[bytes], megabytes: float) -> Iterator[bytes]:
    """Pages, round after round, until they are `megabytes` or more."""
    size = number = 0
    while size < megabytes * 1e6:
        for index, page in enumerate(pages, number * len(pages) + 1):
            new = renamed(page, number, index)
            size += len(new)
            yield new
        number += 1


def write_dump(path: Path, header: bytes, pages: Iterator[bytes]) -> int:
    """Writes a multistream dump; returns its uncompressed bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".tmp")
    size = len(header)
    waiting: list[bytes] = []
    with temporary.open("wb") as out:
        out.write(bz2.compress(header))
        for page in pages:
            waiting.append(page)
            size += len(page)
            if len(waiting) == STREAM_PAGES:
                out.write(bz2.compress(b"".join(waiting)))
                waiting = []
        out.write(bz2.compress(b"".join(waiting) + b"</mediawiki>\n"))
    temporary.replace(path)
    return size


def benchmark_dump(megabytes: float) -> tuple[Path, str]:
    """The dump of at least so many megabytes of XML, made where it is not there yet, and what is in it."""
    header, pages, names = sources()
    digest = hashlib.blake2b(header + b"".join(pages) + Path(__file__).read_bytes(), digest_size=6).hexdigest()
    path = FOLDER / f"enwiki-{megabytes:g}mb-{digest}-pages-articles.xml.bz2"
    if not path.is_file():
        write_dump(path, header, rounds(pages, megabytes))
    return path, "; ".join(names)


def tiny_dump() -> Path:
    """A dump of one page, for the cost of starting."""
    path = FOLDER / "enwiki-tiny-pages-articles.xml.bz2"
    if not path.is_file():
        header, pages, _ = sources()
        write_dump(path, header, iter(pages[:1]))
    return path
