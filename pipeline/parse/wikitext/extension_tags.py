"""Tags that MediaWiki's extensions own: what stays of them in running text."""

import re

from pipeline.parse.wikitext import marks
from pipeline.parse.wikitext.state import PageState

_BLOCKS = frozenset(
    {
        "gallery",
        "pre",
        "references",
        "timeline",
        "imagemap",
        "inputbox",
        "categorytree",
        "graph",
        "quiz",
        "mapframe",
        "syntaxhighlight",
        "source",
        "score",
        "rss",
        "dynamicpagelist",
    }
)
_POEM_INDENT = re.compile(r"^( +)", re.MULTILINE)
_POEM_COLONS = re.compile(r"^:+", re.MULTILINE)
_INLINE_CODE = re.compile(r"\binline\b|enclose\s*=\s*[\"']?none", re.IGNORECASE)


def extension_text(name: str, attributes: str, inner: str | None, state: PageState) -> str:
    """The text or mark that takes the place of an extension tag; `inner` is None for `<name />`."""
    if name == "nowiki":
        if not inner:
            return marks.NOTHING
        return _stashed(inner, state)
    if name == "poem":
        return _poem(inner) if inner else marks.NOTHING
    if name in ("syntaxhighlight", "source") and inner and _INLINE_CODE.search(attributes):
        return _stashed(inner.replace("&", "&amp;"), state)
    state.count(f"tag_{name}")
    if name in _BLOCKS:
        return marks.BOX
    return marks.NOTHING


def _stashed(text: str, state: PageState) -> str:
    """A mark for text that no later pass reads."""
    state.stash.append(text)
    return f"{marks.STASH_START}{len(state.stash) - 1}{marks.STASH_END}"


def _poem(inner: str) -> str:
    """Lines stay lines, indentation is not a list."""
    body = _POEM_INDENT.sub("\u00a0", _POEM_COLONS.sub("", inner.strip("\n")))
    lines = body.split("\n")
    kept = [
        line + "<br>" if line.strip() and after.strip() else line
        for line, after in zip(lines, [*lines[1:], ""], strict=True)
    ]
    return "<div>\n" + "\n".join(kept) + "\n</div>"
