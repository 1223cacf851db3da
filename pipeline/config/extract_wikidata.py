"""Configuration of `xlmk extract wikidata`."""

from dataclasses import dataclass
from typing import get_args

from pipeline.errors import ConfigError
from pipeline.languages.codes import check_language
from pipeline.parse.wikidata.entity_rows import Keep


@dataclass(frozen=True, kw_only=True)
class ExtractWikidataConfig:
    """What to read and how; see `xlmk extract wikidata --help`."""

    dumps: tuple[str, ...]
    """Wikidata JSON files: an entity a line (in an array or not) or whole documents; also .bz2, .gz, .zst."""
    root: str
    """Folder of the knowledge base; tables go to `root/tables`."""
    languages: tuple[str, ...]
    """Wikipedia codes of the wanted languages."""
    keep: Keep = "linked"
    """Items to keep: `linked` to a wanted Wikipedia, `described` in a wanted language, or `all`."""
    item_bytes: int = 8 << 20
    """Size of a work item in bytes of the file as it lies there (compressed, if it is)."""
    max_reject_share: float = 0.01
    """Largest share of entities that may be rejected before the job fails."""
    min_rejects: int = 10
    """So many rejects are always tolerated, whatever their share."""
    memory_bytes: int = 1 << 30
    """Memory for sorting the tables at the end; what does not fit goes to disk."""

    def __post_init__(self) -> None:
        if not self.dumps:
            raise ConfigError("dumps is empty: expected at least one file", next_step="name a dump with --dump FILE")
        if len(set(self.dumps)) != len(self.dumps):
            raise ConfigError("dumps names a file twice", next_step="give each --dump once")
        if not self.languages:
            raise ConfigError("languages is empty: expected at least one code", next_step="give --languages en,it")
        for lang in self.languages:
            check_language(lang)
        if self.keep not in get_args(Keep):
            raise ConfigError(f"keep is {self.keep!r}: expected one of {', '.join(get_args(Keep))}")
        if self.item_bytes < 1:
            raise ConfigError(f"item_bytes is {self.item_bytes}: expected at least 1")
        if not 0 <= self.max_reject_share <= 1:
            raise ConfigError(f"max_reject_share is {self.max_reject_share}: expected 0 to 1")
