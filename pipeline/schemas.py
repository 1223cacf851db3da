"""Every table and shard file: its columns, declared once, and how it is partitioned and sorted.

A field is non-null unless null means something. Tables with `partition="lang"` lie in hive folders `lang=xx`, so their
files do not repeat that column; every reader adds it (DuckDB, Polars and pyarrow's datasets do so by themselves).
"""

from dataclasses import dataclass

import pyarrow as pa


def _field(name: str, kind: pa.DataType, *, null: bool = False) -> pa.Field:
    return pa.field(name, kind, nullable=null)


def _list(kind: pa.DataType) -> pa.DataType:
    return pa.list_(pa.field("element", kind, nullable=False))


LINK = pa.struct(
    [
        _field("start", pa.int32()),
        _field("end", pa.int32()),
        _field("target", pa.string()),
        _field("fragment", pa.string(), null=True),
    ]
)
SPAN = pa.struct([_field("start", pa.int32()), _field("end", pa.int32()), _field("qid", pa.int64())])


@dataclass(frozen=True, kw_only=True)
class Table:
    """One table: its name, the columns of its files, its hive partition column (or None) and its unique sort key."""

    name: str
    schema: pa.Schema
    partition: str | None = None
    sort_key: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that a reader of the table sees, the partition column first.

        >>> TABLES["sitelinks"].columns
        ('lang', 'title', 'qid')
        >>> TABLES["leads"].columns
        ('lang', 'qid', 'text')
        """
        return ((self.partition,) if self.partition else ()) + tuple(self.schema.names)


def _table(name: str, fields: list[pa.Field], sort_key: str, partition: str | None = None) -> Table:
    return Table(name=name, schema=pa.schema(fields), partition=partition, sort_key=tuple(sort_key.split()))


_TABLES = [
    _table(
        "pages",
        [
            _field("page_id", pa.int64()),
            _field("revision_id", pa.int64()),
            _field("title", pa.string()),
            _field("kind", pa.string()),
            _field("redirect_title", pa.string(), null=True),
            _field("redirect_fragment", pa.string(), null=True),
            _field("wikitext_chars", pa.int64()),
        ],
        "page_id",
        "lang",
    ),
    _table(
        "passages",
        [
            _field("page_id", pa.int64()),
            _field("passage_index", pa.int32()),
            _field("section", _list(pa.string())),
            _field("kind", pa.string()),
            _field("text", pa.string()),
            _field("links", _list(LINK)),
        ],
        "page_id passage_index",
        "lang",
    ),
    _table(
        "repeats",
        [
            _field("page_id", pa.int64()),
            _field("passage_index", pa.int32()),
            _field("start", pa.int32()),
            _field("end", pa.int32()),
            _field("target", pa.string()),
            _field("source", pa.string()),
        ],
        "page_id passage_index start end",
        "lang",
    ),
    _table(
        "rejects",
        [_field(name, pa.string()) for name in ("job", "item", "key", "reason", "detail")],
        "job item key reason detail",
    ),
    _table(
        "entities",
        [
            _field("qid", pa.int64()),
            _field("sitelink_count", pa.int32()),
            _field("instance_of", _list(pa.int64())),
        ],
        "qid",
    ),
    _table(
        "entity_texts",
        [
            _field("lang", pa.string()),
            _field("wikidata_lang", pa.string()),
            _field("qid", pa.int64()),
            _field("label", pa.string(), null=True),
            _field("description", pa.string(), null=True),
            _field("aliases", _list(pa.string())),
            _field("label_lang", pa.string(), null=True),
            _field("description_lang", pa.string(), null=True),
        ],
        "lang qid",
    ),
    _table(
        "sitelinks",
        [_field("lang", pa.string()), _field("title", pa.string()), _field("qid", pa.int64())],
        "lang title",
    ),
    _table(
        "statements",
        [
            _field("subject_qid", pa.int64()),
            _field("property_id", pa.int64()),
            _field("object_qid", pa.int64()),
            _field("rank", pa.string()),
        ],
        "subject_qid property_id object_qid rank",
    ),
    _table("item_redirects", [_field("qid", pa.int64()), _field("target_qid", pa.int64())], "qid"),
    _table(
        "properties",
        [
            _field("lang", pa.string()),
            _field("property_id", pa.int64()),
            _field("label", pa.string(), null=True),
            _field("description", pa.string(), null=True),
            _field("aliases", _list(pa.string())),
            _field("label_lang", pa.string(), null=True),
            _field("description_lang", pa.string(), null=True),
            _field("datatype", pa.string()),
        ],
        "lang property_id",
    ),
    _table(
        "titles",
        [
            _field("title", pa.string()),
            _field("page_id", pa.int64(), null=True),
            _field("kind", pa.string(), null=True),
            _field("target", pa.string()),
            _field("target_page_id", pa.int64(), null=True),
            _field("qid", pa.int64(), null=True),
            _field("status", pa.string()),
        ],
        "title",
        "lang",
    ),
    _table(
        "mentions",
        [
            _field("page_id", pa.int64()),
            _field("passage_index", pa.int32()),
            _field("start", pa.int32()),
            _field("end", pa.int32()),
            _field("surface", pa.string()),
            _field("qid", pa.int64(), null=True),
            _field("status", pa.string()),
            _field("source", pa.string()),
        ],
        "page_id passage_index start end source",
        "lang",
    ),
    _table(
        "triples",
        [_field(name, pa.int64()) for name in ("subject_qid", "property_id", "object_qid")],
        "subject_qid property_id object_qid",
    ),
    _table("leads", [_field("qid", pa.int64()), _field("text", pa.string())], "qid", "lang"),
]
TABLES: dict[str, Table] = {table.name: table for table in _TABLES}

_INPUT_IDS = _field("input_ids", _list(pa.int32()))
_TRIPLE = [_field(name, pa.int64()) for name in ("subject_qid", "property_id", "object_qid")]
_MEP = [
    _field("example_id", pa.string()),
    _field("page_id", pa.int64()),
    _INPUT_IDS,
    _field("mentions", _list(SPAN)),
]
_SHARDS = [
    _table("mlm", [_field("example_id", pa.string()), _INPUT_IDS], "example_id", "lang"),
    _table("mep", _MEP, "example_id", "lang"),
    _table(
        "mep_eval",
        [*_MEP, _field("text", pa.string()), _field("spans", _list(SPAN))],
        "example_id",
        "lang",
    ),
    _table("oe", _TRIPLE, "subject_qid property_id object_qid"),
    _table("facts", _TRIPLE, "subject_qid property_id object_qid"),
    _table(
        "texts",
        [
            _field("id", pa.int64()),
            _field("kind", pa.string()),
            _field("lang", pa.string()),
            _field("text", pa.string()),
            _INPUT_IDS,
        ],
        "kind id lang",
    ),
    _table(
        "entities",
        [_field("qid", pa.int64()), _field("instance_of", _list(pa.int64())), _field("held_out", pa.bool_())],
        "qid",
    ),
]
SHARDS: dict[str, Table] = {table.name: table for table in _SHARDS}
