"""Measures extraction against MediaWiki's own parser: makes candidates from the gold's dumps and scores them.

    python benchmarks/fidelity.py [--shared ../shared] [--raw] [--out FOLDER] [--only dewiki,enwiki] [--show 20]

`--raw` reads the minidumps with their false siteinfo, the language given (only the wikis that have one).
"""

import argparse
import bz2
import json
import multiprocessing
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from pipeline.languages.site import SiteInfo, site_for_dump
from pipeline.parse.wikitext import PageTooComplex, WikitextOptions, parse_page, redirect_target

REPOSITORY = Path(__file__).parents[1]


def local_name(tag: str) -> str:
    """The tag without its namespace."""
    return tag.rpartition("}")[2]


def pages_of(path: Path) -> Iterator[tuple[SiteInfo | None, ElementTree.Element]]:
    """Each `<page>` of a dump with the dump's siteinfo."""
    siteinfo = None
    lang = None
    with bz2.open(path) as stream:
        for event, element in ElementTree.iterparse(stream, events=("start", "end")):
            name = local_name(element.tag)
            if event == "start":
                if name == "mediawiki":
                    lang = element.get("{http://www.w3.org/XML/1998/namespace}lang")
                continue
            if name == "siteinfo":
                siteinfo = read_siteinfo(element, lang)
            elif name == "page":
                yield siteinfo, element
                element.clear()


def read_siteinfo(element: ElementTree.Element, lang: str | None) -> SiteInfo:
    """The `<siteinfo>` element as a record."""
    values = {local_name(child.tag): child.text for child in element}
    spaces = {}
    for child in element.iter():
        if local_name(child.tag) == "namespace":
            spaces[int(child.get("key", "0"))] = (child.text or "", child.get("case", "first-letter"))
    return SiteInfo(
        values.get("dbname"),
        lang,
        values.get("case") or "first-letter",
        spaces,
        values.get("sitename"),
        values.get("base"),
    )


def candidate(task: tuple[Path, Path, str | None]) -> str:
    """Writes the candidate file of one dump; returns its name and counts."""
    source, target, lang = task
    options = WikitextOptions(templates="drop")
    site = None
    number = 0
    with target.open("w", encoding="utf-8") as out:
        for siteinfo, element in pages_of(source):
            if site is None:
                site = site_for_dump(siteinfo, lang=lang)
            fields: dict[str, str] = {}
            for child in element.iter():
                fields.setdefault(local_name(child.tag), child.text or "")
            text = fields.get("text", "")
            if fields.get("ns", "0") != "0" or "redirect" in fields or redirect_target(text, site):
                continue
            try:
                page = parse_page(text, title=fields["title"], site=site, options=options)
            except PageTooComplex as error:
                sys.stderr.write(f"{source.name}: {fields['title']}: {error.reason}\n")
                continue
            passages = []
            for passage in page.passages:
                links = [
                    {"start": x.start, "end": x.end, "target": x.target, "fragment": x.fragment} for x in passage.links
                ]
                passages.append({"text": passage.text, "links": links})
            row = {"page_id": int(fields["id"]), "title": fields["title"], "passages": passages}
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
            number += 1
    return f"{target.name}: {number} pages"


def tasks(shared: Path, out: Path, only: set[str], *, raw: bool) -> list[tuple[Path, Path, str | None]]:
    """Which dump becomes which candidate file, with the language where it overrules."""
    found: list[tuple[Path, Path, str | None]] = []
    for source in sorted((shared / "data/wikidump/true-siteinfo").glob("*.xml.bz2")):
        stem = source.name.removesuffix(".xml.bz2")
        wiki, _, kind = stem.partition(".")
        if only and wiki not in only and stem not in only:
            continue
        if raw and kind == "minidump":
            lang = wiki.removesuffix("wiki").replace("_", "-")
            found.append(
                (shared / f"data/wikidump/dbpedia-minidumps/{wiki}-minidump.xml.bz2", out / f"{stem}.jsonl", lang)
            )
        elif not raw:
            found.append((source, out / f"{stem}.jsonl", None))
    return found


def run_scorer(shared: Path, out: Path, stems: list[str], extra: list[str]) -> str:
    """The scorer's output for these candidates."""
    gold = shared / "data/gold"
    files = []
    for stem in stems:
        bare = gold / f"{stem}.notemplates.jsonl.gz"
        files.append(str(bare if bare.exists() else gold / f"{stem}.jsonl.gz"))
    command = [sys.executable, str(shared / "tools/score_extraction.py"), *files, str(out), *extra]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=REPOSITORY.parent / "shared")
    parser.add_argument("--out", type=Path, default=Path("candidates"))
    parser.add_argument("--raw", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--show", type=int, default=0)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--processes", type=int, default=1)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    work = tasks(options.shared, options.out, {x for x in options.only.split(",") if x}, raw=options.raw)
    with multiprocessing.Pool(options.processes) as pool:
        for line in pool.imap_unordered(candidate, work):
            sys.stderr.write(line + "\n")
    extra = ["--show", str(options.show)] if options.show else []
    if options.json:
        extra += ["--json", str(options.json)]
    sys.stdout.write(
        run_scorer(options.shared, options.out, [task[1].name.removesuffix(".jsonl") for task in work], extra)
    )


if __name__ == "__main__":
    main()
