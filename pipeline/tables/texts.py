"""Which entities have a text of a kind, and how unique the texts of a data set are."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pipeline.tables.connection import Connection, connect, fetch

Ints = npt.NDArray[np.int64]
MEMORY_BYTES = 1_000_000_000
_OWN = "create temp table own (lang varchar, text_lang varchar)"
_WITH_TEXT = {
    "label_description": """
        select distinct qid from read_parquet($files) as texts
        join own on texts.lang = own.lang and texts.label_lang = own.text_lang
        where texts.label is not null order by qid""",
    "description": """
        select distinct qid from read_parquet($files) as texts
        join own on texts.lang = own.lang and texts.description_lang = own.text_lang
        where texts.description is not null order by qid""",
    "lead": """
        select distinct qid from read_parquet($files, hive_partitioning = true, hive_types_autocast = false)
        where lang in (select lang from own) order by qid""",
}
_TYPED = """
select qid from read_parquet($files) where list_has_any(instance_of, $types::bigint[]) order by qid
"""
_PROPERTIES = """
select distinct property_id from read_parquet($files) as texts
join own on texts.lang = own.lang and texts.label_lang = own.text_lang
where texts.label is not null order by property_id
"""
_UNIQUENESS = """
select kind, lang, count(*), count(distinct text), sum(len(input_ids))::bigint
from read_parquet($files) group by kind, lang order by kind, lang
"""


class TextTables:
    """Questions about texts, answered by DuckDB within bounded memory; `spill` is its folder for temporary files.

    `languages` are (language of a row, language that a text of it may be in): a variant counts as the language, a
    fallback does not.
    """

    def __init__(self, languages: Sequence[tuple[str, str]], spill: Path) -> None:
        self._languages, self._spill = list(languages), spill

    def entities_with_text(self, kind: str, files: Sequence[Path]) -> Ints:
        """Ascending ids of the entities that have a text of this kind in one of the languages.

        `files`: of `leads` for the kind "lead", else of `entity_texts`.
        """
        return self._ids(_WITH_TEXT[kind], {"files": [str(path) for path in files]})

    def entities_of_types(self, types: Sequence[int], files: Sequence[Path]) -> Ints:
        """Ascending ids of the entities (`files` of `entities`) that are an instance of one of these classes."""
        return self._ids(_TYPED, {"files": [str(path) for path in files], "types": list(types)})

    def properties_with_label(self, files: Sequence[Path]) -> Ints:
        """Ascending ids of the properties (`files` of `properties`) that have a label in one of the languages."""
        return self._ids(_PROPERTIES, {"files": [str(path) for path in files]})

    def _ids(self, sql: str, parameters: dict[str, object]) -> Ints:
        with connect(memory_bytes=MEMORY_BYTES, spill=self._spill) as connection:
            self._load_languages(connection)
            (column,) = connection.execute(sql, parameters).fetchnumpy().values()
            return np.asarray(column, np.int64)

    def _load_languages(self, connection: Connection) -> None:
        fetch(connection, _OWN)
        for lang, text_lang in self._languages:
            fetch(connection, "insert into own values ($lang, $text_lang)", {"lang": lang, "text_lang": text_lang})


def text_uniqueness(files: Sequence[Path], spill: Path) -> list[tuple[str, str, int, int, int]]:
    """(kind, language, texts, different texts, tokens) of the shards' texts, by kind and language."""
    with connect(memory_bytes=MEMORY_BYTES, spill=spill) as connection:
        rows = fetch(connection, _UNIQUENESS, {"files": [str(path) for path in files]})
    return [(str(kind), str(lang), int(n), int(different), int(tokens)) for kind, lang, n, different, tokens in rows]


def text_languages(files: Sequence[Path], spill: Path) -> list[str]:
    """The languages of `entity_texts`, sorted, without `mul` (labels that belong to no language)."""
    sql = "select distinct lang from read_parquet($files) where lang <> 'mul' order by lang"
    with connect(memory_bytes=MEMORY_BYTES, spill=spill) as connection:
        return [str(lang) for (lang,) in fetch(connection, sql, {"files": [str(path) for path in files]})]
