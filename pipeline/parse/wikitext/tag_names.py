"""Names of the tags that the first pass of the parser takes out: what the scanner looks for."""

EXTENSION_TAGS = (
    "nowiki", "references", "ref", "pre", "gallery", "poem", "math", "chem", "ce", "syntaxhighlight", "source",
    "timeline", "hiero", "score", "imagemap", "inputbox", "indicator", "categorytree", "charinsert", "graph",
    "langconvert", "mapframe", "maplink", "templatestyles", "templatedata", "section", "abschnitt", "phonos", "quiz",
    "page-collection", "rss", "talkpage", "thread", "includeonly", "dynamicpagelist", "randomimage",
)  # fmt: skip
"""In MediaWiki's own and Wikimedia's extensions (siteinfo `extensiontags` of real wikis)."""

INCLUSION_TAGS = ("noinclude", "onlyinclude", "includeonly")
TAG_NAMES = frozenset(EXTENSION_TAGS) | frozenset(f"{slash}{name}" for slash in ("", "/") for name in INCLUSION_TAGS)
"""Small letters `a` to `z` and `-` only; with their slash the closing tags of inclusion."""
