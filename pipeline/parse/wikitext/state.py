"""What one page's parse carries from pass to pass: rules of the site, options, counts, stashed text, work done."""

import functools
import re

from pipeline.languages.site import Site
from pipeline.parse.wikitext.model import PageTooComplex, WikitextOptions
from pipeline.parse.wikitext.targets import Target, classify_target
from pipeline.parse.wikitext.titles import Title, capital_letters, normalize_title

NO_TRAIL = " \t\n.,;!?()[]{}<>|/&=*#" + "\x01\x04\x05\x06\x07\x08\x0e\x0f\x10\x11\x12"
"""Characters that begin no link trail in any language: behind most links stands one of them."""
_SELDOM_TRAIL = "'\":"
"""Characters that begin a link trail in few languages, and only where its pattern names them."""
_ONE_CLASS = re.compile(r"\[[^\^\\\[\]][^\\\[\]]*\]\+")
TITLE_CACHE_SIZE = 200_000
"""Targets remembered per site; when full, the cache starts anew (memory, not results, depends on it)."""


class SiteRules:
    """A site's localisation, compiled: patterns and a cache of normalised titles."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.trail = re.compile(f"(?:{site.linktrail})?", re.DOTALL).match if site.linktrail else None
        """Matches what belongs to a link right behind its `]]`."""
        self.trail_letters, self.no_trail = _trail_letters(site.linktrail)
        """Characters of ASCII that belong to a trail wherever they stand in it; characters that begin no link trail."""
        known = self.trail is None or (self.trail_letters and site.linktrail.isascii())
        self.after_link = None if known else self.no_trail
        """Characters that end a link with its trail for sure; None where any other than its letters does."""
        self.linkprefix = re.compile(f"[{site.linkprefix}]") if site.linkprefix else None
        self.capitals = "" if self.linkprefix else capital_letters(site.case_sensitive, site.dotted_i)
        """What each character is at the beginning of a title; none where letters before a link are its own."""
        self.titles: dict[str, Title | None] = {}
        self.targets: dict[str, Target] = {}
        self.template_keys: dict[str, str] = {}
        """Plain template names as written → how they are compared (see `transclusion.template_text`)."""
        self.dropped_names: dict[str, set[str]] = {"drop": set(), "render": set()}
        """Template names as written that are dropped whatever their parameters, by template mode."""

    def title(self, text: str) -> Title | None:
        """`normalize_title` with a memory."""
        found = self.titles.get(text, _MISSING)
        if found is not _MISSING:
            return found  # type: ignore[return-value]
        if len(self.titles) >= TITLE_CACHE_SIZE:
            self.titles.clear()
        title = normalize_title(text, self.site)
        self.titles[text] = title
        return title

    def target(self, raw: str) -> Target:
        """`classify_target` with a memory."""
        found = self.targets.get(raw)
        if found is None:
            if len(self.targets) >= TITLE_CACHE_SIZE:
                self.targets.clear()
            found = self.targets[raw] = classify_target(raw, self.site)
        return found


def _trail_letters(linktrail: str) -> tuple[str, str]:
    r"""Characters of ASCII that belong to a link trail wherever they stand in it, and characters that begin none.

    Most trails are letters of one class, so that all of ASCII is the one or the other.

    >>> letters, others = _trail_letters("[a-zäöü]+")
    >>> letters, len(letters + others)
    ('abcdefghijklmnopqrstuvwxyz', 128)
    >>> _trail_letters(r"(?:[a-z]|'(?!'))+")[0]
    ''
    """
    if _ONE_CLASS.fullmatch(linktrail) is None:
        return "", NO_TRAIL + "".join(char for char in _SELDOM_TRAIL if char not in linktrail)
    letter = re.compile(linktrail).fullmatch
    ascii_chars = [chr(code) for code in range(128)]
    return (
        "".join(char for char in ascii_chars if letter(char)),
        "".join(char for char in ascii_chars if not letter(char)),
    )


_MISSING = object()


@functools.lru_cache(maxsize=16)
def rules_of(site: Site) -> SiteRules:
    """The compiled rules of a site, made once per Site object."""
    return SiteRules(site)


class PageState:
    """Everything the passes over one page share."""

    __slots__ = (
        "counts", "disambiguation", "link_fragments", "link_titles", "options", "rules", "stash", "steps",
        "template_depth", "title",
    )  # fmt: skip

    def __init__(self, title: str, rules: SiteRules, options: WikitextOptions) -> None:
        self.title = title
        self.rules = rules
        self.options = options
        self.counts: dict[str, int] = {}
        self.link_titles: list[str] = []
        """The target's title of each local link, in text order."""
        self.link_fragments: dict[int, str] = {}
        """Index of a link → the fragment of its target; few have one."""
        self.stash: list[str] = []
        self.steps = 0
        self.template_depth = 0
        self.disambiguation = False

    def count(self, name: str, number: int = 1) -> None:
        """Adds to one of the page's counts; a plain dictionary takes a third of the time of a `Counter`."""
        counts = self.counts
        counts[name] = counts.get(name, 0) + number

    def spend(self, steps: int) -> None:
        """Counts scanner steps; raises PageTooComplex beyond the bound."""
        self.steps += steps
        if self.steps > self.options.max_steps:
            raise PageTooComplex("steps", f"more than {self.options.max_steps} scanner steps")

    def check_nesting(self, depth: int) -> None:
        """Raises PageTooComplex where brackets or braces are open deeper than the bound."""
        if depth > self.options.max_nesting:
            raise PageTooComplex("nesting", f"more than {self.options.max_nesting} open brackets")
