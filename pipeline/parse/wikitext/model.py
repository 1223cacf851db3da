"""What the wikitext parser takes and gives: options, passages, counts, and the error of a page that is too much."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from pipeline.errors import ConfigError
from pipeline.records import Link, LinkRow, PassageKind

TemplateMode = Literal["drop", "render"]


class PageTooComplex(Exception):
    """A page needs more work than its bound allows. Counted, never timed: the same page fails everywhere.

    `reason` is a short constant ("characters", "nesting", "steps"); `detail` has the figures.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, kw_only=True)
class WikitextOptions:
    """How pages are read."""

    templates: TemplateMode = "render"
    """`render`: words of well-known inline templates become text; `drop`: every template is nothing."""
    extra_templates: Mapping[str, str] = field(default_factory=dict)
    """More templates to render, normalised name → pattern (see `templates.load_templates`)."""
    own_templates: Mapping[str, str] = field(default_factory=dict)
    """Simple templates of the wiki's own, name without namespace → body (see `own_templates.simple_templates`)."""
    max_chars: int = 8_000_000
    """Longest wikitext of a page, in characters (MediaWiki's own limit is 2 MiB)."""
    max_nesting: int = 10_000
    """Deepest nesting of open braces and brackets."""
    max_steps: int = 20_000_000
    """Scanner steps of a page: markup events, and characters copied during expansion divided by 16."""

    def __post_init__(self) -> None:
        if self.templates not in ("drop", "render"):
            raise ConfigError(f"templates is {self.templates!r}: expected 'drop' or 'render'")
        for name in ("max_chars", "max_nesting", "max_steps"):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name} is {getattr(self, name)}: expected at least 1")


class ParsedPassage(NamedTuple):
    """One block of prose: `text[link.start:link.end]` is the surface of each link."""

    section: tuple[str, ...]
    kind: PassageKind
    text: str
    links: tuple[Link, ...]


PassageRow = tuple[tuple[str, ...], PassageKind, str, tuple[LinkRow, ...]]
"""The fields of a `ParsedPassage`, with plain links: what the passes give and take, in less time."""


class ParsedPage(NamedTuple):
    """The prose of a page, in reading order: `rows`, or the same with names as `passages`.

    `counts`: `links_local` (recognised), `links_in_…` (of these, in blocks that are no prose), `links_<class>` of other
    targets, `templates_dropped`, `templates_rendered`, …

    `disambiguation` is a hint from the page's own templates; Wikidata decides.
    """

    rows: tuple[PassageRow, ...]
    counts: Mapping[str, int]
    disambiguation: bool

    @property
    def passages(self) -> tuple[ParsedPassage, ...]:
        """The rows with the names of their fields."""
        rows = ((section, kind, text, tuple(map(Link._make, links))) for section, kind, text, links in self.rows)
        return tuple(map(ParsedPassage._make, rows))
