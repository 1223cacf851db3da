"""What one would write in an afternoon: a Wikidata dump by json and pyarrow, one process, no checks.

It makes the four large tables of `xlmk extract wikidata` for the same languages and the same items (those linked to a
wanted Wikipedia), without variants of languages, redirects, counts by kind, rejects, sorting, resume.

    python -m benchmarks.json_baseline DUMP OUT en,de
"""

import bz2
import gzip
import json
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

OPENERS: dict[str, Any] = {".bz2": bz2.open, ".gz": gzip.open}
BATCH = 20_000
TABLES = ("entities", "entity_texts", "sitelinks", "statements")


def item_rows(entity: dict[str, Any], langs: list[str], rows: dict[str, list[dict[str, Any]]]) -> None:
    """Appends an item's rows to those of each table."""
    qid, links = int(entity["id"][1:]), entity["sitelinks"] or {}
    wanted = [(lang, links[f"{lang}wiki"]["title"]) for lang in langs if f"{lang}wiki" in links]
    if not wanted:
        return
    rows["sitelinks"] += [{"lang": lang, "title": title, "qid": qid} for lang, title in wanted]
    labels, descriptions, aliases = (entity[name] or {} for name in ("labels", "descriptions", "aliases"))
    for lang in (*langs, "mul"):
        label, description = (terms.get(lang, {}).get("value") for terms in (labels, descriptions))
        names = [alias["value"] for alias in aliases.get(lang, ())]
        if label or description or names:
            row = {"lang": lang, "qid": qid, "label": label, "description": description, "aliases": names}
            rows["entity_texts"].append(row)
    instance_of = []
    for name, statements in (entity["claims"] or {}).items():
        for statement in statements:
            value = statement["mainsnak"].get("datavalue", {})
            if value.get("type") == "wikibase-entityid" and value["value"].get("entity-type") == "item":
                target = value["value"]["numeric-id"]
                row = {"subject_qid": qid, "property_id": int(name[1:]), "object_qid": target}
                rows["statements"].append({**row, "rank": statement["rank"]})
                if name == "P31":
                    instance_of.append(target)
    rows["entities"].append({"qid": qid, "sitelink_count": len(links), "instance_of": instance_of})


def main() -> None:
    """Reads DUMP, writes one Parquet file a table under OUT."""
    dump, out, langs = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3].split(",")
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}
    writers: dict[str, pq.ParquetWriter] = {}

    def flush(least: int) -> None:
        for name, waiting in rows.items():
            if len(waiting) >= least and waiting:
                table = pa.Table.from_pylist(waiting, schema=writers[name].schema if name in writers else None)
                if name not in writers:
                    writers[name] = pq.ParquetWriter(out / f"{name}.parquet", table.schema, compression="zstd")
                writers[name].write_table(table)
                waiting.clear()

    out.mkdir(parents=True, exist_ok=True)
    with OPENERS.get(dump.suffix, open)(dump, "rb") as lines:
        for line in lines:
            if line[:1] == b"{":
                entity = json.loads(line.rstrip(b",\n"))
                if entity.get("type") == "item":
                    item_rows(entity, langs, rows)
                    flush(BATCH)
    flush(1)
    for writer in writers.values():
        writer.close()


if __name__ == "__main__":
    main()
