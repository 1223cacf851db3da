"""Where the parts of shards go: folders of the data set instead of a knowledge base's tables."""

from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from pipeline.errors import MismatchError
from pipeline.examples.splits import SPLITS
from pipeline.manifest.items import JobSpec
from pipeline.schemas import SHARDS, SPAN, Table
from pipeline.tokenizer import Tokenizer, load_tokenizer

FORMAT = 3
"""Bumped by hand when the shards change for the same tables and options."""

_INPUT_IDS = SHARDS["mlm"].schema.field("input_ids")
_MENTIONS = SHARDS["mep"].schema.field("mentions")
SPILL = Table(
    name="spill",
    schema=pa.schema(
        [
            pa.field("bucket", pa.int32(), nullable=False),
            pa.field("digest", pa.uint64(), nullable=False),
            pa.field("example_id", pa.string(), nullable=False),
            pa.field("page_id", pa.int64(), nullable=False),
            pa.field("split", pa.int8(), nullable=False),
            pa.field("in_mlm", pa.bool_(), nullable=False),
            _INPUT_IDS,
            _MENTIONS,
            pa.field("text", pa.string(), nullable=False),
            pa.field("spans", pa.list_(pa.field("element", SPAN, nullable=False)), nullable=False),
        ]
    ),
    sort_key=("digest", "example_id"),
)
"""Rows between the two passes: one row group (or more) a bucket. `split` is an index into `splits.SPLITS`,
or EXCLUDED."""
EXCLUDED = len(SPLITS)
"""Rows of excluded pages: they are in no shard, but a text that equals one of theirs is a duplicate and goes, too."""
MEP_EVAL = replace(SHARDS["mep_eval"], name="mep")
"""The columns of MEP's files for validation and testing, which lie beside those for training."""


@dataclass(frozen=True, kw_only=True)
class ShardsSpec(JobSpec):
    """A job that publishes into a folder of shards. `scope` is `lang=xx` for what belongs to one language."""

    def published_folder(self, table: str) -> Path:
        """The folder of `table` that belongs to this job and scope alone.

        >>> spec = ShardsSpec(name="shards", root="SHARDS", format_number=1, tables=("mlm",), scope="lang=it")
        >>> spec.published_folder("mlm").as_posix()
        'SHARDS/mlm/lang=it'
        """
        folder = Path(self.root) / ("spills" if table == SPILL.name else table)
        return folder / self.scope if self.scope else folder

    def schema(self, table: str) -> Table:
        """The declaration of one of the shards' tables."""
        return SPILL if table == SPILL.name else SHARDS[table]


_shared: dict[str, Tokenizer] = {}
"""The last tokenizer used in this process, by digest: loading one of 250,000 pieces takes seconds."""


def share_tokenizer(tokenizer: Tokenizer) -> None:
    """Lets the items that this process does itself use a tokenizer that it has loaded already."""
    _shared.clear()
    _shared[tokenizer.digest] = tokenizer


def shared_tokenizer(folder: str, digest: str) -> Tokenizer:
    """The tokenizer in `folder`, loaded once a process; raises MismatchError unless it is the one expected."""
    if digest not in _shared:
        share_tokenizer(load_tokenizer(Path(folder)))
    if digest not in _shared:
        raise MismatchError(
            f"the tokenizer in {folder} has digest {next(iter(_shared))}, these shards are made with {digest}",
            next_step="repeat xlmk shards",
        )
    return _shared[digest]
