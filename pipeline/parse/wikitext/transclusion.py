"""What a `{{…}}` becomes: a variable, a parser function, the words of a well-known template, or nothing."""

import re

from pipeline.parse.wikitext import marks
from pipeline.parse.wikitext.parser_functions import evaluate_function
from pipeline.parse.wikitext.state import PageState
from pipeline.parse.wikitext.templates import disambiguation_names, name_key, render_template, template_key

_INVALID_NAME = re.compile(r"[<>\[\]{}\n\x00-\x1f]")
_PARTS = re.compile(r"\[\[|\]\]|\|")
_MODIFIER = re.compile(r"(?:subst|safesubst|msgnw|msg|raw) *:\s*", re.IGNORECASE)


def split_parts(inner: str) -> list[str]:
    """The parts of `{{a|b|c}}`: bars inside of links part nothing.

    >>> split_parts("lang|de|[[Haus|Häuser]]")
    ['lang', 'de', '[[Haus|Häuser]]']
    """
    if "[[" not in inner:
        return inner.split("|")
    parts = []
    depth = 0
    start = 0
    for found in _PARTS.finditer(inner):
        mark = found[0]
        if mark == "[[":
            depth += 1
        elif mark == "]]":
            depth = max(0, depth - 1)
        elif depth == 0:
            parts.append(inner[start : found.start()])
            start = found.end()
    parts.append(inner[start:])
    return parts


def argument_text(inner: str) -> str:
    """`{{{1|default}}}` outside of a template: its default, or itself where it has none.

    >>> argument_text("2|def"), argument_text("1")
    ('def', '{{{1}}}')
    """
    parts = split_parts(inner)
    return parts[1] if len(parts) > 1 else "{{{" + inner + "}}}"


def template_text(inner: str, state: PageState) -> str:
    """The text of `{{inner}}`, whose own templates are already text. An invalid name leaves the braces standing."""
    name = inner.split("|", 1)[0].strip()
    found = _MODIFIER.match(name)
    if found:
        name = name[found.end() :]
    if name == "!":
        return marks.PIPE
    if ":" in name or name.isupper() or name == "=":
        parts = split_parts(inner)
        value = evaluate_function(name, parts[1:], state)
        if value is not None:
            state.counts["parser_functions"] += 1
            return value
    if not name or _INVALID_NAME.search(name):
        return "{{" + inner + "}}"
    key = template_key(name, state.rules)
    if key is None:
        return "{{" + inner + "}}"
    if name_key(key) in disambiguation_names():
        state.disambiguation = True
    if state.options.templates == "render":
        words = render_template(key, split_parts(inner)[1:], state)
        if words:
            state.counts["templates_rendered"] += 1
            return words
    state.counts["templates_dropped"] += 1
    return marks.DROPPED
