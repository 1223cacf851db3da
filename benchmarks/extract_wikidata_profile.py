"""Where `xlmk extract wikidata` spends its time: each stage alone on the same dump, least CPU of three.

python -m benchmarks.extract_wikidata_profile DUMP [en,de]
"""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.measure import cpu_seconds
from pipeline.jobs.extract_wikidata import ExtractWikidataJob, _Tables
from pipeline.manifest.items import WorkItem
from pipeline.manifest.parts import ItemOutput
from pipeline.parse.dump import block_decoder
from pipeline.parse.dump.bz2_marks import find_marks
from pipeline.parse.dump.decode import decoded
from pipeline.parse.dump.files import whole
from pipeline.parse.wikidata.entity_rows import EntityReader
from pipeline.parse.wikidata.lines import LineReader
from pipeline.parse.wikidata.model import decoders
from pipeline.parse.wikidata.statements import item_statements
from pipeline.parse.wikidata.terms import all_codes, wanted_languages
from pipeline.tables.compact import compact_all


def main() -> None:
    """Prints the table of shares."""
    dump, langs = Path(sys.argv[1]), tuple(sorted((sys.argv[2:] or ["en,de"])[0].split(",")))
    stages: list[tuple[str, float]] = []

    def stage(name: str, work: Callable[[], object], before: float = 0.0) -> float:
        least = min(cpu_seconds(work) for _ in range(3))
        stages.append((name, max(0.0, least - before)))
        return least

    piece, reader = whole(dump), EntityReader(langs, "linked")
    if piece.compression == "bz2":
        packed = dump.read_bytes()
        searched = cpu_seconds(lambda: find_marks(packed))
        print(f"search for blocks: {len(packed) / 1e6 / searched:.0f} MB/s of the compressed file")
    decode = stage(
        f"decompression ({piece.compression}, {block_decoder.current.name})", lambda: sum(map(len, decoded(piece)))
    )
    stage("lines", lambda: sum(1 for _ in LineReader(piece, array=True).entities()), decode)
    lines = list(LineReader(piece, array=True).entities())
    parts = decoders(all_codes(wanted_languages(langs)))
    entity = stage("msgspec: the entity in one pass", lambda: [None for line in lines if not parts.whole.decode(line)])
    items = [found for found in map(parts.whole.decode, lines) if found.type == "item"]
    claims = stage("statements", lambda: [None for item in items if not item_statements(1, item.claims, parts)])
    stage("terms, sitelinks, rows", lambda: [None for line in lines if not reader.rows(line)], entity + claims)
    rows = [reader.rows(line) for line in lines]
    with tempfile.TemporaryDirectory() as root:
        job = ExtractWikidataJob(root=root, languages=langs, keep="linked")

        def write() -> None:
            out = ItemOutput(job.spec, WorkItem("a", 1, "b", ()))
            tables = _Tables(out)
            for found in rows:
                tables.put(found)
            tables.flush(rows=1)
            out.close()

        stage("Arrow and Parquet", write)
        spec = job.spec
        folders = [(spec.work / "parts" / name, spec.schema(name)) for name in spec.tables]
        stage("sorting the tables (DuckDB)", lambda: compact_all(folders, memory_bytes=1 << 30))
    total = sum(seconds for _, seconds in stages)
    print("| stage | CPU s | share |\n|---|---|---|")
    for name, seconds in stages:
        print(f"| {name} | {seconds:.2f} | {100 * seconds / total:.0f} % |")


if __name__ == "__main__":
    main()
