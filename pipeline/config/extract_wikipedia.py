"""Configuration of `xlmk extract wikipedia`."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pipeline.errors import ConfigError
from pipeline.languages.codes import check_language
from pipeline.parse.wikitext import WikitextOptions


@dataclass(frozen=True, kw_only=True)
class ExtractWikipediaConfig:
    """What to read and how; see `xlmk extract wikipedia --help`."""

    dumps: tuple[str, ...]
    """Dump files of one wiki: `.xml`, or packed as .bz2 (multistream or not), .gz or .zst; several parts of a dump."""
    root: str
    """Folder of the knowledge base; tables go to `root/tables`."""
    lang: str | None = None
    """Wikipedia code; None takes it from the dump. It overrules the dump's own, which is then not trusted."""
    indexes: tuple[str, ...] = ()
    """Index files of the dumps, in the same order; empty looks for them beside the dumps, by name."""
    item_bytes: int = 8 << 20
    """Size of a work item in bytes of the file as it lies there (compressed, if it is)."""
    templates: str = "render"
    """`render`: well-known inline templates become text; `drop`: every template is nothing."""
    extra_templates: Mapping[str, str] = field(default_factory=dict)
    """More templates to render, normalised name → pattern."""
    templates_file: str | None = None
    """TOML file of further templates to render, for all wikis and by wiki; see docs/fidelity.md."""
    own_templates_bytes: int = 64 << 20
    """Dumps of at most so many bytes, as they lie there, are read once more at planning for the wiki's own simple
    templates, which are then expanded; 0 leaves that out. Only where templates are rendered."""
    propagate: bool = True
    """Whether names of the page and of what it links are looked for where no link stands (table `repeats`)."""
    namespaces: tuple[int, ...] = (0,)
    """Namespaces whose pages are extracted; others are counted."""
    max_reject_share: float = 0.02
    """Largest share of pages that may be rejected before the job fails."""
    min_rejects: int = 10
    """So many rejects are always tolerated, whatever their share."""
    max_page_chars: int = 8_000_000
    """Longest wikitext of a page in characters; longer ones are rejected."""

    def __post_init__(self) -> None:
        if not self.dumps:
            raise ConfigError("dumps is empty: expected at least one file", next_step="name a dump with --dump FILE")
        if len(set(self.dumps)) != len(self.dumps):
            raise ConfigError("dumps names a file twice", next_step="give each --dump once")
        if self.indexes and len(self.indexes) != len(self.dumps):
            raise ConfigError(
                f"indexes has {len(self.indexes)} files for {len(self.dumps)} dumps",
                next_step="give one --index for each --dump, in the same order, or none",
            )
        if self.lang is not None:
            check_language(self.lang)
        if self.item_bytes < 1:
            raise ConfigError(f"item_bytes is {self.item_bytes}: expected at least 1")
        if self.own_templates_bytes < 0:
            raise ConfigError(f"own_templates_bytes is {self.own_templates_bytes}: expected 0 or more")
        if not self.namespaces:
            raise ConfigError("namespaces is empty: expected at least one number, e.g. 0")
        if not 0 <= self.max_reject_share <= 1:
            raise ConfigError(f"max_reject_share is {self.max_reject_share}: expected 0 to 1")
        self.wikitext()

    def wikitext(
        self, own_templates: Mapping[str, str] | None = None, from_file: Mapping[str, str] | None = None
    ) -> WikitextOptions:
        """The part that the wikitext parser sees, with what was found in the dumps and in `templates_file`."""
        if self.templates not in ("render", "drop"):
            raise ConfigError(f"templates is {self.templates!r}: expected 'render' or 'drop'")
        return WikitextOptions(
            templates="render" if self.templates == "render" else "drop",
            extra_templates={**(from_file or {}), **self.extra_templates},
            own_templates=dict(own_templates or {}),
            max_chars=self.max_page_chars,
        )
