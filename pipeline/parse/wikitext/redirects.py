"""Redirect pages: `#REDIRECT [[Target#fragment]]` in any language."""

import functools
import re
from urllib.parse import unquote

from pipeline.languages.site import Site
from pipeline.parse.wikitext.titles import full_text, normalize_title

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_MAY_BEGIN = frozenset("#＃\ufeff \t\r\n<")
_OPENING = re.compile(r"\s*(?::\s*)?\[\[")


def redirect_target(wikitext: str, site: Site) -> tuple[str, str | None] | None:
    """The page a redirect leads to, as (title with namespace, fragment); None where the page is no redirect.

    The word may be any of the language's or English, in any case, with a full-width `＃`, without a following space.

    >>> from pipeline.languages.site import bundled_site
    >>> redirect_target("#WEITERLEITUNG[[foo#bar]] {{x}}", bundled_site("de"))
    ('Foo', 'bar')
    >>> redirect_target("＃REDIRECT [[日本]]", bundled_site("ja"))
    ('日本', None)
    >>> redirect_target("'''Foo''' is", bundled_site("de")) is None
    True
    """
    if wikitext[:1] not in _MAY_BEGIN:
        return None
    text = wikitext.lstrip("\ufeff \t\r\n")
    if text.startswith("<!--"):
        text = _COMMENT.sub("", text).lstrip()
    if text[:1] not in ("#", "＃"):
        return None
    head = "#" + text[1:1500]
    lower = head.lower()
    for word in _words(site.redirect_words):
        if lower.startswith(word):
            opening = _OPENING.match(head, len(word))
            break
    else:
        return None
    end = -1 if opening is None else head.find("]]", opening.end())
    if opening is None or end < 0:
        return None
    target = head[opening.end() : end].partition("|")[0]
    if "%" in target:
        target = unquote(target)
    title = normalize_title(target, site)
    if title is None or title.interwiki is not None or not title.text:
        return None
    return full_text(title, site), title.fragment


@functools.lru_cache(maxsize=16)
def _words(redirect_words: tuple[str, ...]) -> tuple[str, ...]:
    """The words that begin a redirect in small letters, the longest first."""
    return tuple(word.lower() for word in sorted(redirect_words, key=len, reverse=True))
