"""What a `{{…}}` becomes: a variable, a parser function, the words of a well-known template, or nothing."""

import re
from collections.abc import Set

from pipeline.parse.wikitext import marks
from pipeline.parse.wikitext.own_templates import expand_own
from pipeline.parse.wikitext.parser_functions import evaluate_function
from pipeline.parse.wikitext.state import PageState
from pipeline.parse.wikitext.templates import (
    disambiguation_names,
    is_rendered,
    is_users_own,
    name_key,
    render_template,
    template_key,
)

MAX_DROPPED_NAMES = 50_000
"""Names remembered per site and mode as ones that are always dropped."""
_INVALID_NAME = re.compile(r"[<>\[\]{}\n\x00-\x1f]")
_NONE: Set[str] = frozenset()
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


def always_dropped(state: PageState) -> Set[str]:
    """Names as written of templates known to be dropped whatever their parameters; `template_text` adds to them."""
    options = state.options
    if options.extra_templates or options.own_templates:
        return _NONE
    return state.rules.dropped_names[options.templates]


def template_text(inner: str, state: PageState) -> str:
    """The text of `{{inner}}`, whose own templates are already text. An invalid name leaves the braces standing."""
    bar = inner.find("|")
    written = inner if bar < 0 else inner[:bar]
    if written in always_dropped(state):
        state.count("templates_dropped")
        return marks.DROPPED
    options, rules = state.options, state.rules
    comparable = rules.template_keys.get(written)
    name = written.strip()
    if comparable is None:
        found = _MODIFIER.match(name)
        if found:
            name = name[found.end() :]
        if name == "!":
            return marks.PIPE
        if ":" in name or name.isupper() or name == "=":
            value = evaluate_function(name, split_parts(inner)[1:], state)
            if value is not None:
                state.count("parser_functions")
                return value
        key = template_key(name, rules) if name and not _INVALID_NAME.search(name) else None
        if key is None:
            return "{{" + inner + "}}"
        comparable = name_key(key)
        if comparable in disambiguation_names():
            state.disambiguation = True
        elif ":" not in name:
            dropped = rules.dropped_names[options.templates]
            if len(dropped) < MAX_DROPPED_NAMES and not is_rendered(comparable, state):
                dropped.add(written)
            elif not found and not name.isupper() and len(rules.template_keys) < MAX_DROPPED_NAMES:
                rules.template_keys[written] = comparable
    if options.templates == "render":
        parts = split_parts(inner)[1:]
        if options.own_templates and not is_users_own(comparable, state):
            own = expand_own(name, parts, state, template_text)
            if own is not None:
                return own
        words = render_template(comparable, parts, state)
        if words:
            state.count("templates_rendered")
            return words
    state.count("templates_dropped")
    return marks.DROPPED
