"""Draws mentions without a link (`repeats`) from the gold's dumps, each with its sentence, to be read by people.

    python benchmarks/propagation_sample.py --seed 3 --titles 100 --repeats 40 [--shared ../shared]

The draw is by a keyed digest of dump, page and place: the same seed draws the same mentions as long as they are found.
A line a mention: number, source, wiki, page → target, and the sentence with the mention in ⟦ ⟧.
"""

import argparse
import hashlib
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from pipeline.languages.site import site_for_dump
from pipeline.parse.dump.files import whole
from pipeline.parse.dump.header import read_header
from pipeline.parse.dump.page_rows import page_rows
from pipeline.parse.dump.page_xml import RawPage
from pipeline.parse.dump.pages import PageReader
from pipeline.parse.wikitext import WikitextOptions

REPOSITORY = Path(__file__).parents[1]
_SENTENCE_END = re.compile(r"[.!?]+[\"'”»)\]]*\s+(?=[^\Wa-z\d_])|[。！？।۔؟။]|\n")


class Mention(NamedTuple):
    """One mention as it is shown."""

    wiki: str
    page_id: int
    title: str
    passage_index: int
    start: int
    end: int
    target: str
    source: str
    text: str

    def digest(self, seed: int) -> bytes:
        """What the draw goes by."""
        place = (self.wiki, self.page_id, self.passage_index, self.start)
        return hashlib.blake2b(repr(place).encode(), key=str(seed).encode(), digest_size=16).digest()

    def sentence(self) -> str:
        """The sentence around the mention, the mention in ⟦ ⟧."""
        start, end = self.start, self.end
        ends = [found.end() for found in _SENTENCE_END.finditer(self.text)]
        first = max((x for x in ends if x <= start), default=0)
        last = min((x for x in ends if x >= end), default=len(self.text))
        return f"{self.text[first:start]}⟦{self.text[start:end]}⟧{self.text[end:last]}".strip()


def mentions(shared: Path) -> Iterator[Mention]:
    """All mentions without a link in the gold's dumps."""
    for source in sorted((shared / "data/wikidump/true-siteinfo").glob("*.xml.bz2")):
        header = read_header(source)
        site = site_for_dump(header.siteinfo, lang=None)
        options = WikitextOptions()
        reader = PageReader(whole(source, header.encoding), wrapped=header.wrapped, max_text_chars=options.max_chars)
        for raw in reader.pages():
            rows = page_rows(raw, site, options, (0,)) if isinstance(raw, RawPage) else None
            if rows is not None and rows.page is not None:
                for repeat in rows.repeats:
                    text = rows.passages[repeat[0]][2]
                    wiki = source.name.removesuffix(".xml.bz2")
                    yield Mention(wiki, rows.page.page_id, rows.page.title, *repeat, text)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=REPOSITORY.parent / "shared")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--titles", type=int, default=100)
    parser.add_argument("--repeats", type=int, default=100)
    options = parser.parse_args()
    found = list(mentions(options.shared))
    sys.stdout.write(f"all: {dict(sorted(Counter(one.source for one in found).items()))}\n")
    for source, wanted in (("title", options.titles), ("repeat", options.repeats)):
        drawn = sorted((one for one in found if one.source == source), key=lambda one: one.digest(options.seed))
        for number, one in enumerate(drawn[:wanted], 1):
            line = f"{number} {source} {one.wiki}: {one.title} → {one.target}: {one.sentence()}"
            sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()
