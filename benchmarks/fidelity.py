"""Measures extraction against MediaWiki's own parser: makes candidates from the gold's dumps and scores them.

    python benchmarks/fidelity.py [--shared ../shared] [--raw] [--out FOLDER] [--only dewiki,enwiki] [--show 20]
    python benchmarks/fidelity.py --report docs/fidelity.md
    python benchmarks/fidelity.py --only ltgwiki --templates own

`--raw` reads the minidumps with their false siteinfo, the language given (only the wikis that have one). `--report`
runs both and writes the table of the report beside the peers' figures. `--templates render` renders well-known
templates, `own` the wiki's own simple ones too; both are scored by the gold made with templates, which is
only ltgwiki's.
"""

import argparse
import json
import multiprocessing
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from pipeline.jobs.template_pages import own_templates
from pipeline.languages.site import site_for_dump
from pipeline.parse.dump.files import whole
from pipeline.parse.dump.header import read_header
from pipeline.parse.dump.page_rows import page_rows
from pipeline.parse.dump.page_xml import RawPage
from pipeline.parse.dump.pages import PageReader
from pipeline.parse.wikitext import WikitextOptions
from pipeline.parse.wikitext.model import PassageRow
from pipeline.records import Link

REPOSITORY = Path(__file__).parents[1]
TABLE_START = "<!-- table: made by benchmarks/fidelity.py -->"
TABLE_END = "<!-- end of table -->"
Scores = dict[str, dict[str, float]]


Task = tuple[Path, Path, str | None, str]
"""Dump, candidate file, language where it overrules, what becomes of templates: `drop`, `render` or `own`."""


def candidate(task: Task) -> str:
    """Writes the candidate file of one dump; returns its name and counts."""
    source, target, lang, templates = task
    header = read_header(source)
    site = site_for_dump(header.siteinfo, lang=lang)
    own = None
    if templates == "own":
        own = own_templates([str(source)], [header], site, max_bytes=1 << 40, max_chars=8_000_000)
    options = WikitextOptions(templates="drop" if templates == "drop" else "render", own_templates=own or {})
    reader = PageReader(whole(source, header.encoding), wrapped=header.wrapped, max_text_chars=options.max_chars)
    articles = rejected = 0
    with target.open("w", encoding="utf-8") as out:
        for raw in reader.pages():
            if not isinstance(raw, RawPage):
                rejected += 1
                continue
            rows = page_rows(raw, site, options, (0,))
            rejected += rows.reason is not None
            if rows.page is None or rows.page.kind == "redirect":
                continue
            passages = [as_json(passage) for passage in rows.passages]
            row = {"page_id": rows.page.page_id, "title": rows.page.title, "passages": passages}
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
            articles += 1
    return f"{target.name}: {articles} articles, {rejected} rejected"


def as_json(passage: PassageRow) -> dict[str, Any]:
    """A passage as the scorer wants it."""
    _, _, text, links = passage
    return {"text": text, "links": [dict(zip(Link._fields, link, strict=True)) for link in links]}


def tasks(shared: Path, out: Path, only: set[str], templates: str, *, raw: bool) -> list[Task]:
    """Which dump becomes which candidate file, with the language where it overrules."""
    found: list[Task] = []
    for source in sorted((shared / "data/wikidump/true-siteinfo").glob("*.xml.bz2")):
        stem = source.name.removesuffix(".xml.bz2")
        wiki, _, kind = stem.partition(".")
        if only and wiki not in only and stem not in only:
            continue
        if raw and kind == "minidump":
            lang = wiki.removesuffix("wiki").replace("_", "-")
            minidump = shared / f"data/wikidump/dbpedia-minidumps/{wiki}-minidump.xml.bz2"
            found.append((minidump, out / f"{stem}.jsonl", lang, templates))
        elif not raw:
            found.append((source, out / f"{stem}.jsonl", None, templates))
    return found


def run(options: argparse.Namespace, *, raw: bool, out: Path) -> tuple[str, Scores]:
    """Makes the candidates and scores them: the scorer's table, and its figures by wiki."""
    out.mkdir(parents=True, exist_ok=True)
    work = tasks(options.shared, out, {x for x in options.only.split(",") if x}, options.templates, raw=raw)
    with multiprocessing.Pool(options.processes) as pool:
        for line in pool.imap_unordered(candidate, work):
            sys.stderr.write(line + "\n")
    gold = options.shared / "data/gold"
    files = []
    for _, target, _, _ in work:
        bare = gold / f"{target.stem}.notemplates.jsonl.gz"
        files.append(str(bare if bare.exists() and options.templates == "drop" else gold / f"{target.stem}.jsonl.gz"))
    figures = out / "scores.json"
    command = [sys.executable, str(options.shared / "tools/score_extraction.py"), *files, str(out)]
    command += ["--json", str(figures), "--show", str(options.show)]
    table = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return table, json.loads(figures.read_text())


def peers(shared: Path) -> dict[str, list[str]]:
    """Wiki → the peers' figures (w2v, hf, gensim, WX, text of w2v), from the gold's README."""
    found = {}
    for line in (shared / "data/gold/README.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 8 and cells[1].isdecimal():
            found[cells[0]] = cells[3:]
    return found


def report_table(scores: Scores, raw: Scores, others: dict[str, list[str]]) -> str:
    """One line a wiki with at least 200 gold links, ours beside the peers."""
    lines = [
        "| wiki | pages | gold links | w2v | hf | gensim | WX | **links P** | **links R** | **fragments** |"
        " **text P** | **text R** | links F1, false siteinfo |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    rows = sorted(scores.items(), key=lambda item: -item[1]["glinks"])
    for name, row in [*(item for item in rows if item[0] != "TOTAL"), ("TOTAL", scores["TOTAL"])]:
        if row["glinks"] < 200:
            continue
        peer = " | ".join(others.get(name, ["", "", "", ""])[:4])
        own = " | ".join(f"{row[key]:.2f}" if row[key] == row[key] else "–" for key in ("LP", "LR", "FR", "WP", "WR"))
        false = f"{raw[name]['LF']:.2f}" if name in raw else ""
        lines.append(f"| {name} | {row['pages']:.0f} | {row['glinks']:.0f} | {peer} | {own} | {false} |")
    return "\n".join(lines)


def write_report(path: Path, table: str) -> None:
    """Puts the table between its marks in the report."""
    text = path.read_text(encoding="utf-8")
    before, _, rest = text.partition(TABLE_START)
    _, _, after = rest.partition(TABLE_END)
    path.write_text(f"{before}{TABLE_START}\n{table}\n{TABLE_END}{after}", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=REPOSITORY.parent / "shared")
    parser.add_argument("--out", type=Path, help="keep the candidates here")
    parser.add_argument("--raw", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--templates", choices=["drop", "render", "own"], default="drop")
    parser.add_argument("--show", type=int, default=0)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--report", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        out = options.out or Path(scratch)
        if options.report is None:
            sys.stdout.write(run(options, raw=options.raw, out=out)[0])
            return
        scores = run(options, raw=False, out=out / "true")[1]
        raw = run(options, raw=True, out=out / "raw")[1]
        write_report(options.report, report_table(scores, raw, peers(options.shared)))


if __name__ == "__main__":
    main()
