"""`-{…}-`: MediaWiki's language conversion markup, read for the wiki's own language."""

import re

from pipeline.parse.wikitext import marks
from pipeline.parse.wikitext.state import PageState

_INNERMOST = re.compile(r"-\{((?:(?!-\{|\}-).)*)\}-", re.DOTALL)
_MAX_NESTING = 20


def convert_variants(text: str, state: PageState) -> str:
    """The text with `-{…}-` as what a reader of the wiki's main variant sees; as it is in a wiki without variants."""
    variants = state.rules.site.variants
    if not variants or "-{" not in text:
        return text
    for _ in range(_MAX_NESTING):
        state.spend(len(text) // 64)
        converted = _INNERMOST.sub(lambda found: marks.NOTHING + chosen_text(found[1], variants) + marks.NOTHING, text)
        if converted == text:
            break
        text = converted
    return text


def chosen_text(inner: str, variants: tuple[str, ...]) -> str:
    """What `-{inner}-` shows.

    >>> variants = ("zh", "zh-hans", "zh-hant", "zh-cn", "zh-tw")
    >>> [chosen_text(x, variants) for x in ("A", "zh-cn:甲;zh-tw:乙", "H|zh-cn:x", "zh-hant:繁;zh-hans:简", "R|a")]
    ['A', '甲', '', '简', 'a']
    """
    flags, bar, rest = inner.partition("|")
    names: set[str] = set()
    if bar:
        names = {flag.strip() for flag in flags.split(";")}
        if not all(name == "" or name in variants or (len(name) == 1 and name in "ATRDHNS+-") for name in names):
            names, rest = set(), inner
    else:
        rest = inner
    if names & {"H", "T", "-", "N", "D"}:
        return ""
    if "R" in names:
        return rest
    rules = _rules(rest, variants)
    if not rules:
        return rest
    for variant in variants:
        if variant in rules:
            return rules[variant]
    return ""


def _rules(text: str, variants: tuple[str, ...]) -> dict[str, str]:
    """`zh-cn:甲;zh-tw:乙` → {"zh-cn": "甲", "zh-tw": "乙"}; empty where the text is no list of rules."""
    if ":" not in text:
        return {}
    parts = re.split(
        r";\s*(?=(?:[^;:]*=>\s*)?(?:" + "|".join(map(re.escape, variants)) + r")\s*:)",
        text.strip(),
        flags=re.IGNORECASE,
    )
    rules: dict[str, str] = {}
    for part in parts:
        name, colon, value = part.partition(":")
        name = name.rpartition("=>")[2].strip().lower()
        if not colon or name not in variants:
            return {}
        rules.setdefault(name, value.strip().rstrip(";"))
    return rules
