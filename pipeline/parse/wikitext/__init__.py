"""Wikitext → prose passages with local links, as faithful to MediaWiki's own parser as one without a wiki can be."""

from pipeline.parse.wikitext.model import (
    PageTooComplex,
    ParsedPage,
    ParsedPassage,
    PassageRow,
    TemplateMode,
    WikitextOptions,
)
from pipeline.parse.wikitext.page import parse_page
from pipeline.parse.wikitext.redirects import redirect_target
from pipeline.parse.wikitext.templates import load_templates
from pipeline.parse.wikitext.titles import Title, normalize_title

__all__ = [
    "PageTooComplex",
    "ParsedPage",
    "ParsedPassage",
    "PassageRow",
    "TemplateMode",
    "Title",
    "WikitextOptions",
    "load_templates",
    "normalize_title",
    "parse_page",
    "redirect_target",
]
