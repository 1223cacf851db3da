"""Runs the whole chain on the real dumps in ../shared/data and writes what it printed to docs/real-input.md.

    python scripts/real_input.py OUT        (OUT: a folder for the tables, shards and the run)

Every figure of that page comes from here: the commands are run as a user would run them, with `--json`.
"""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "data"
MINIDUMPS = {
    "el": "Greek", "hy": "Armenian", "he": "Hebrew", "ar": "Arabic", "hi": "Devanagari",
    "ta": "Tamil", "th": "Thai", "ka": "Georgian", "ko": "Hangul", "ja": "Japanese",
}  # fmt: skip
TEXT = """# The whole chain on real dumps

What `python scripts/real_input.py OUT` printed at commit {commit}: real pages that nobody on this project wrote,
through every command. Sources (not in the repository): the whole Latgalian Wikipedia (2017), an excerpt of the English
one (schema 0.10), ten small dumps in ten scripts that carry a false English `<siteinfo>` (so `--lang` overrules it),
and two Wikidata samples of 20 and 100 items. Licences: Wikipedia CC BY-SA 4.0 / GFDL, Wikidata CC0.
"""


class Page:
    """The page that is being written."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def table(self, title: str, header: list[str], rows: list[list[object]]) -> None:
        if not rows:
            self.lines += ["", f"## {title}", "", "None."]
            return
        self.lines += ["", f"## {title}", "", "| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
        self.lines += [
            "| " + " | ".join(f"{c:,}" if isinstance(c, int) else str(c) for c in row) + " |" for row in rows
        ]

    def text(self, *lines: str) -> None:
        self.lines += ["", *lines]


def xlmk(*arguments: object) -> dict[str, object]:
    """Runs a command with `--json` and returns its line."""
    command = [str(Path(sys.executable).parent / "xlmk"), *map(str, arguments), "--json"]
    print("+", " ".join(command[1:]).replace(str(SHARED), "../shared/data"), flush=True)
    result = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    value = json.loads(result.stdout)
    assert isinstance(value, dict)
    return value


def dumps() -> dict[str, Path]:
    """Wikipedia code → dump."""
    wikidump = SHARED / "wikidump"
    mini = {lang: wikidump / "dbpedia-minidumps" / f"{lang}wiki-minidump.xml.bz2" for lang in MINIDUMPS}
    english = wikidump / "enwiki" / "enwiki-pages-articles-p10p30302-shortened.xml.bz2"
    return {"ltg": wikidump / "ltgwiki" / "ltgwiki-pages-articles.xml.bz2", "en": english, **mini}


def number(counts: dict[str, int], *names: str) -> int:
    return sum(counts.get(name, 0) for name in names)


def wikipedia(page: Page, kb: Path) -> None:
    rows: list[list[object]] = []
    drops: dict[str, dict[str, int]] = {}
    for lang, dump in dumps().items():
        report = xlmk("extract", "wikipedia", "--lang", lang, "--dump", dump, "--root", kb)
        counts, rejects = report["counts"], report["rejects"]
        assert isinstance(counts, dict) and isinstance(rejects, dict)
        drops[lang] = rejects
        names = ["pages", "articles", "redirects", "other_namespaces"]
        sums = [number(counts, name) for name in names]
        rejected = report["rejected"]
        assert isinstance(rejected, int)
        assert sums[0] == sum(sums[1:]) + rejected, f"{lang}: the ledger does not add up"
        local = number(counts, "links_local")
        rows.append(
            [lang, report["items"], *sums, rejected, number(counts, "passages"), number(counts, "links"), local]
        )
    header = [
        "wiki",
        "items",
        "pages in",
        "articles",
        "redirects",
        "other ns",
        "rejected",
        "passages",
        "links kept",
        "local links seen",
    ]
    page.table("`xlmk extract wikipedia`: the ledger", header, rows)
    page.text("Pages in = articles + redirects + other namespaces + rejected: checked by the job, and again here.")
    reasons = sorted({(lang, reason, n) for lang, found in drops.items() for reason, n in found.items()})
    page.table("Pages rejected, by reason", ["wiki", "reason", "pages"], [list(row) for row in reasons])


def wikidata(page: Page, kb: Path) -> None:
    files = [
        SHARED / "wikidata" / name
        for name in ("twenty_entities.json.bz2", "sample_wikidata_items.json.bz2", "P17.json", "P31.json", "P279.json")
    ]
    arguments = [part for file in files for part in ("--dump", file)]
    report = xlmk("extract", "wikidata", "--languages", ",".join(dumps()), *arguments, "--root", kb, "--keep", "linked")
    for title, key in (("rows", "tables"), ("counts", "counts"), ("rejects", "rejects")):
        values = report[key]
        assert isinstance(values, dict)
        page.table(f"`xlmk extract wikidata`: {title}", [title, "number"], [[k, v] for k, v in sorted(values.items())])


def downstream(page: Page, kb: Path, out: Path) -> None:
    report = xlmk("resolve", "--root", kb)
    statuses = report["statuses"]
    assert isinstance(statuses, dict)
    names = sorted({status for counts in statuses.values() for status in counts})
    rows = [
        [lang, *[counts.get(name, 0) for name in names], sum(counts.values())]
        for lang, counts in sorted(statuses.items())
    ]
    page.table("`xlmk resolve`: every link by status", ["wiki", *names, "all"], rows)
    dropped = report["dropped_statements"]
    assert isinstance(dropped, dict)
    page.table(
        "Statements that did not become triples", ["reason", "statements"], [[k, v] for k, v in sorted(dropped.items())]
    )
    xlmk("tokenizer", "train", "--root", kb, "--vocab-size", 8000, "--out", out / "tokenizer")
    made = xlmk("shards", "--root", kb, "--tokenizer", out / "tokenizer", "--out", out / "shards")
    languages = made["languages"]
    assert isinstance(languages, dict)
    rows = [
        [
            lang,
            *[
                parts.get(kind, {}).get(split, {}).get("rows", 0)
                for kind, split in (
                    ("mlm", "train"),
                    ("mlm", "valid"),
                    ("mep", "train"),
                    ("mep", "valid"),
                    ("mep", "test"),
                )
            ],
        ]
        for lang, parts in sorted(languages.items())
    ]
    page.table("`xlmk shards`: rows", ["wiki", "mlm train", "mlm valid", "mep train", "mep valid", "mep test"], rows)
    run = xlmk(
        "train",
        "--shards",
        out / "shards",
        "--out",
        out / "run",
        "--preset",
        "tiny",
        "--steps",
        50,
        "--set",
        "knowledge.start_step=0",
    )
    before, after = run["before"], run["after"]
    assert isinstance(before, dict) and isinstance(after, dict)
    rows = [
        [name, f"{before.get(name, float('nan')):.3f}", f"{after.get(name, float('nan')):.3f}"]
        for name in sorted(after)
    ]
    page.table("`xlmk train --steps 50` (tiny): validation at step 0 and 50", ["figure", "before", "after"], rows)


def main(out: Path) -> None:
    """Runs everything and writes the page; text that people wrote under "What was wrong with the data" is kept."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    page, target = Page(), ROOT / "docs" / "real-input.md"
    wikipedia(page, out / "KB")
    wikidata(page, out / "KB")
    downstream(page, out / "KB", out)
    mark = "## What was wrong with the data"
    kept = target.read_text().partition(mark)[2] if target.exists() else "\n"
    target.write_text(TEXT.format(commit=commit.stdout.strip()) + "\n".join(page.lines) + f"\n\n{mark}{kept}")
    print(f"written: {target.relative_to(ROOT)}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
