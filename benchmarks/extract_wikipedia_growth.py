"""How the cost of `extract wikipedia` grows: 1, 4 and 16 times the page size, the pages, the languages.

CPU seconds of the job's loop in one process, per MB of XML, the start (a dump of one page) taken off, relative to the
first of each row: 1.0 everywhere is linear. The sizes of a row are measured in turns, and of each the least counts.
Languages are the sample world's dumps, extracted one after the other.
"""

import re
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.extract_wikipedia_input import FOLDER, rounds, sources, tiny_dump, write_dump
from pipeline.config.extract_wikipedia import ExtractWikipediaConfig
from pipeline.jobs.engine import RunOptions
from pipeline.jobs.extract_wikipedia import extract_wikipedia
from pipeline.sample import available_languages, write_sample

TIMES = (1, 4, 16)
ROUNDS = 5
PAGE_SIZE_MB, PAGES_MB = 8, 2
"""Of each dump whose pages grow; of the smallest where their number does."""
_BYTES = re.compile(rb' bytes="\d+"')


def growth() -> str:
    """Markdown: what grows, and the cost of an MB at each size relative to the first."""
    lines = ["| CPU of an MB, relative | 1x | 4x | 16x |", "|---|---|---|---|"]
    with tempfile.TemporaryDirectory() as folder:
        for name, sets in (
            ("page size", _larger_pages(Path(folder))),
            ("pages", _more_pages(Path(folder))),
            ("languages (sample world)", _more_languages(Path(folder))),
        ):
            turns = [[_cost(dumps) for dumps in ([tiny_dump()], *sets)] for _ in range(ROUNDS)]
            (start, _), *least = map(min, zip(*turns, strict=True))
            costs = [(total - start * len(dumps)) / size for (total, size), dumps in zip(least, sets, strict=True)]
            lines.append(f"| {name} | " + " | ".join(f"{cost / costs[0]:.2f}" for cost in costs) + " |")
    return "\n".join(lines)


def _cost(dumps: Sequence[Path]) -> tuple[float, float]:
    """CPU seconds of extracting these dumps, and their MB of XML."""
    seconds = megabytes = 0.0
    for dump in dumps:
        with tempfile.TemporaryDirectory() as root:
            started = time.process_time()
            config = ExtractWikipediaConfig(dumps=(str(dump),), root=root, own_templates_bytes=0, max_reject_share=1)
            report = extract_wikipedia(config, RunOptions(runner="loop"))
            seconds += time.process_time() - started
            megabytes += report.counts["decoded_bytes"] / 1e6
    return seconds, megabytes


def _larger_pages(folder: Path) -> list[list[Path]]:
    """Dumps of as many bytes of the same text, in pages that are 1, 4 and 16 times as long."""
    header, pages, _ = sources()
    texts = sorted((page for page in pages if b"<ns>0</ns>" in page and b"<redirect" not in page), key=len)
    chosen = [page for page in texts[len(texts) // 2 :: 8] if len(page) < 60_000]
    found = []
    for times in TIMES:
        path = folder / f"size-{times}.xml.bz2"
        write_dump(path, header, rounds([_longer(page, times) for page in chosen], PAGE_SIZE_MB))
        found.append([path])
    return found


def _longer(page: bytes, times: int) -> bytes:
    """The page with its text so many times."""
    before, found, rest = _BYTES.sub(b"", page, count=1).partition(b'preserve">')
    text, end, after = rest.partition(b"</text>")
    return before + found + (text + b"\n\n") * times + end + after if found else page


def _more_pages(folder: Path) -> list[list[Path]]:
    """Dumps of 1, 4 and 16 times as many pages."""
    header, pages, _ = sources()
    found = []
    for times in TIMES:
        path = folder / f"pages-{times}.xml.bz2"
        write_dump(path, header, rounds(pages[::7], times * PAGES_MB))
        found.append([path])
    return found


def _more_languages(folder: Path) -> list[list[Path]]:
    """The sample world in 1, 4 and all of up to 16 languages."""
    languages = sorted(available_languages(), key=lambda code: (code != "en", code))[: TIMES[-1]]
    write_sample(languages, folder / "sample")
    dumps = [next((folder / "sample").glob(f"{code.replace('-', '_')}wiki-*multistream.xml.bz2")) for code in languages]
    return [dumps[:times] for times in TIMES]


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    print(growth())
