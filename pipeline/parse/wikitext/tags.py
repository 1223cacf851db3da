"""Third pass: HTML tags that MediaWiki allows become marks, all others stay text."""

import re

from pipeline.parse.wikitext import marks
from pipeline.parse.wikitext.state import PageState

_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)((?:[\s/][^<>]*)?)>")
_INLINE = frozenset(
    """b bdi bdo del i ins u font big small sub sup cite code em s strike strong tt var ruby rb rp rt rtc span abbr dfn
    kbd samp data time mark q meta link wbr""".split()
)
_HIDDEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_VOID = frozenset({"meta", "link", "wbr", "br", "hr"})


def mark_tags(text: str, state: PageState, *, hidden_cut: bool = False) -> str:
    r"""The text with known tags as marks (`pipeline.parse.wikitext.marks`); hidden elements are gone.

    `hidden_cut` says that they are gone already. Tags are found by their `<`: most texts have few.

    >>> from pipeline.languages.site import bundled_site
    >>> from pipeline.parse.wikitext.model import WikitextOptions
    >>> from pipeline.parse.wikitext.state import PageState, rules_of
    >>> mark_tags("x<sup>2</sup><br/><foo> 3 < 4", PageState("T", rules_of(bundled_site("en")), WikitextOptions()))
    'x\x0e2\x0f\x07<foo> 3 < 4'
    """
    start = text.find("<")
    if start < 0:
        return text
    out: list[str] = []
    position = 0
    while start >= 0:
        end = text.find(">", start, start + _PLAIN_CHARS) + 1
        mark = _PLAIN_TAGS.get(text[start:end])
        if mark is None:
            found = _TAG.match(text, start)
            if found is None:
                start = text.find("<", start + 1)
                continue
            if not hidden_cut and "none" in found[3] and _HIDDEN.search(found[3]):
                return mark_tags(_without_hidden(text, state), state, hidden_cut=True)
            mark, end = _mark(found), found.end()
        out.append(text[position:start])
        out.append(mark)
        position = end
        start = text.find("<", position)
    out.append(text[position:])
    return "".join(out)


def _mark(found: re.Match[str]) -> str:
    name = found[2].lower()
    closes = found[1] == "/"
    if name in _INLINE:
        if name in _VOID:
            return marks.NOTHING
        return marks.INLINE_CLOSE if closes else marks.INLINE_OPEN
    if name == "br":
        return marks.BREAK
    if name == "hr":
        return marks.RULE
    letter = marks.BLOCK_LETTERS.get(name)
    if letter is None or name in ("aside", "figure", "section", "tbody"):
        return found[0]
    if found[3].endswith("/") and not closes and letter != "I":
        return marks.BLOCK + letter + marks.BLOCK + letter.lower()
    return marks.BLOCK + (letter.lower() if closes else letter)


def _plain_tags() -> dict[str, str]:
    r"""Tags without attributes in small letters, as most are, and their marks.

    >>> [_plain_tags()[tag] for tag in ("<br>", "<br />", "</div>", "<sup>")]
    ['\x07', '\x07', '\x01d', '\x0e']
    """
    names = (*_INLINE, *marks.BLOCK_LETTERS, "br", "hr")
    tags = {}
    for name in names:
        for tag in (f"<{name}>", f"</{name}>", f"<{name}/>", f"<{name} />"):
            found = _TAG.match(tag)
            assert found is not None, tag
            tags[tag] = _mark(found)
    return tags


_PLAIN_TAGS = _plain_tags()
_PLAIN_CHARS = max(map(len, _PLAIN_TAGS))


def _without_hidden(text: str, state: PageState) -> str:
    """Cuts elements with `display:none` up to their closing tag (or not at all where there is none)."""
    out: list[str] = []
    position = 0
    depth = 0
    name = ""
    start = 0
    for found in _TAG.finditer(text):
        state.spend(1)
        tag = found[2].lower()
        if depth:
            if tag == name and not found[3].endswith("/"):
                depth += -1 if found[1] else 1
                if depth == 0:
                    out.append(text[position:start])
                    out.append(marks.NOTHING)
                    state.count("hidden_elements")
                    position = found.end()
        elif (
            not found[1]
            and tag not in _VOID
            and "none" in found[3]
            and _HIDDEN.search(found[3])
            and not found[3].endswith("/")
        ):
            depth, name, start = 1, tag, found.start()
    out.append(text[position:])
    return "".join(out)
