"""Configuration of `xlmk resolve`."""

from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import ConfigError
from pipeline.tables.connection import MIN_MEMORY_BYTES, parse_size
from pipeline.tables.titles import DISAMBIGUATION_CLASSES, LIST_CLASSES


@dataclass(frozen=True, kw_only=True)
class ResolveConfig:
    """Where the tables are and how links and statements are resolved."""

    root: Path
    """The knowledge base's folder."""
    memory_limit: str = "2GB"
    """DuckDB's memory in all workers together; what does not fit is spilled to disk. Does not change the output."""
    item_bytes: int = 256 << 20
    """Parquet bytes of passages (of statements) in one work item."""
    max_redirects: int = 10
    """Redirects followed from a title; longer chains count as loops. (MediaWiki's own readers see one followed.)"""
    min_lead_chars: int = 10
    """Code points of the shortest paragraph that is taken as a lead."""
    disambiguation_classes: tuple[int, ...] = DISAMBIGUATION_CLASSES
    """Items whose instances are disambiguation pages."""
    list_classes: tuple[int, ...] = LIST_CLASSES
    """Items whose instances are lists."""

    def __post_init__(self) -> None:
        memory = parse_size(self.memory_limit, key="memory_limit")
        if memory < MIN_MEMORY_BYTES:
            raise ConfigError(f"memory_limit is {self.memory_limit}: at least {MIN_MEMORY_BYTES // 10**6}MB is needed")
        for key, least in (("item_bytes", 1), ("max_redirects", 1), ("min_lead_chars", 1)):
            if getattr(self, key) < least:
                raise ConfigError(f"{key} is {getattr(self, key)}: it must be at least {least}")

    def worker_memory(self, workers: int) -> int:
        """Bytes of each of `workers` processes.

        >>> ResolveConfig(root=Path("KB"), memory_limit="1GB").worker_memory(2)
        500000000
        """
        memory = parse_size(self.memory_limit, key="memory_limit") // workers
        if memory < MIN_MEMORY_BYTES:
            raise ConfigError(
                f"memory_limit {self.memory_limit} is {memory // 10**6} MB for each of {workers} workers:"
                f" at least {MIN_MEMORY_BYTES // 10**6} MB is needed",
                next_step="a larger memory limit or fewer workers",
            )
        return memory
