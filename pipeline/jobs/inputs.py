"""The published tables that a job reads: found, checked to be whole, and identified by content."""

from pathlib import Path

from pipeline.errors import MissingTableError
from pipeline.manifest.publish import missing_files
from pipeline.manifest.storage import read_json

MADE_BY = {
    "passages": "xlmk extract wikipedia --lang LANG --dump FILE --root KB",
    "pages": "xlmk extract wikipedia --lang LANG --dump FILE --root KB",
    "entities": "xlmk extract wikidata --languages LANGS --dump FILE --root KB",
    "entity_texts": "xlmk extract wikidata --languages LANGS --dump FILE --root KB",
    "properties": "xlmk extract wikidata --languages LANGS --dump FILE --root KB",
    "mentions": "xlmk resolve --root KB",
    "triples": "xlmk resolve --root KB",
    "leads": "xlmk resolve --root KB",
}
"""Which command makes a table."""


def table_files(root: Path, table: str, lang: str | None = None) -> list[Path]:
    """The Parquet files of a table (of one language of it), in order.

    Raises MissingTableError where there are none.
    """
    folder = root / "tables" / table / (f"lang={lang}" if lang else "")
    files = sorted(folder.glob("**/*.parquet"))
    if not files:
        raise MissingTableError(f"no table {table!r} in {folder}", next_step=MADE_BY[table].replace("KB", str(root)))
    return files


def table_languages(root: Path, table: str) -> list[str]:
    """The languages that a table in hive folders has.

    Raises MissingTableError where it has none.
    """
    table_files(root, table)
    return sorted(path.name.partition("=")[2] for path in (root / "tables" / table).glob("lang=*") if path.is_dir())


def check_whole(root: Path, tables: tuple[str, ...]) -> list[Path]:
    """The manifests under `root` that published any of these tables, all of whose files are there.

    Raises MissingTableError for a file that a manifest names and that is gone or has another size.
    """
    found = []
    for path in sorted((root / "manifests").glob("*.json")):
        manifest = read_json(path)
        if manifest is None or not isinstance(manifest.get("tables"), dict):
            raise MissingTableError(f"{path} is damaged", next_step="repeat the command that made it")
        own = {name: table for name, table in manifest["tables"].items() if name in tables}  # type: ignore[attr-defined]
        if not own:
            continue
        missing = missing_files(root, {"tables": own})
        if missing:
            command = MADE_BY[next(iter(own))].replace("KB", str(root))
            raise MissingTableError(
                f"{path.name} lists {missing[0]}, but it is gone or has another size ({len(missing)} such files)",
                next_step=f"{command} (it makes what is missing again)",
            )
        found.append(path)
    return found
