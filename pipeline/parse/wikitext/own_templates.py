"""Simple templates of the wiki's own, expanded from the template pages of its dump.

Simple is what says words in the running text: text, links, parameters, other simple templates and the parser functions
that need no wiki. Tables, blocks, Lua and functions that ask the wiki make a template not simple; it is dropped, or
rendered by the tables of well-known templates.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from pipeline.languages.site import Site
from pipeline.parse.wikitext import marks
from pipeline.parse.wikitext.redirects import redirect_target
from pipeline.parse.wikitext.state import PageState
from pipeline.parse.wikitext.template_patterns import Parameters, parameters
from pipeline.parse.wikitext.titles import normalize_title

MAX_TEMPLATE_CHARS = 2_000
"""Longest body of a simple template."""
MAX_TEMPLATES_CHARS = 500_000
"""Characters of all bodies of one wiki together; beyond that the longest are left out."""
MAX_DEPTH = 8
"""Deepest template in a template that is expanded."""
MAX_EXPANDED_CHARS = 20_000
"""Longest text between two steps of one expansion; beyond it the call says nothing."""
MAX_EXPANSIONS = 20_000
"""Most expansions of one page; later calls are read as if the dump had no template pages."""
MAX_REDIRECTS = 3
"""Longest chain of redirects from one template to another."""

TEMPLATE_NAMESPACE = 10
_CHARS_PER_STEP = 16
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_NOT_INCLUDED = re.compile(r"<noinclude\s*>.*?(?:</noinclude\s*>|\Z)", re.DOTALL | re.IGNORECASE)
_ONLY = re.compile(r"<onlyinclude\s*>(.*?)(?:</onlyinclude\s*>|\Z)", re.DOTALL | re.IGNORECASE)
_INCLUSION_TAG = re.compile(r"</?(?:includeonly|noinclude|onlyinclude)\s*/?>", re.IGNORECASE)
_ANY_TAG = re.compile(r"<\s*/?\s*([A-Za-z][\w-]*)")
_INLINE_TAGS = frozenset("span small big sup sub b i u s em strong abbr bdi bdo cite code font nowiki br var".split())
_NOT_SIMPLE = re.compile(
    r"\A[*#:;=|!]|\{\||\{\{\s*(?:#(?!(?:if|ifeq|switch)\s*:)|(?:int|subst|safesubst|msgnw)\s*:)", re.IGNORECASE
)
"""A block at the beginning, a table, Lua and functions that ask the wiki."""
_INNERMOST = re.compile(r"\{\{\{([^{}]*)\}\}\}|\{\{([^{}]*)\}\}")

Evaluate = Callable[[str, PageState], str]
"""What a `{{…}}` without braces inside becomes (`transclusion.template_text`)."""


class TemplatePage(NamedTuple):
    """A page of the namespace Template: its title with the namespace's name (in any language), and its wikitext."""

    title: str
    text: str


def transcluded(wikitext: str) -> str:
    """What of a template's page goes into the pages that use it.

    >>> transcluded("a<!-- b --><noinclude>c</noinclude><includeonly>d</includeonly>")
    'ad'
    >>> transcluded("a<onlyinclude>b</onlyinclude>c")
    'b'
    """
    text = _COMMENT.sub("", wikitext)
    only = _ONLY.findall(text)
    text = "".join(only) if only else _NOT_INCLUDED.sub("", text)
    return _INCLUSION_TAG.sub("", text)


def is_simple(body: str) -> bool:
    """Whether a template's body says words in running text and nothing else.

    >>> is_simple("[[{{{1}}} language|{{{1}}}]]: ''{{{2|}}}''"), is_simple("{{#if:{{{1|}}}|({{{1}}})}}")
    (True, True)
    >>> [is_simple(text) for text in ("{{#invoke:Infobox|infobox}}", "{| class=x |}", "* one", "<div>x</div>")]
    [False, False, False, False]
    """
    if not 0 < len(body) <= MAX_TEMPLATE_CHARS or _NOT_SIMPLE.search(body):
        return False
    return all(found[1].lower() in _INLINE_TAGS for found in _ANY_TAG.finditer(body))


def simple_templates(pages: Iterable[TemplatePage], site: Site) -> dict[str, str]:
    """Name without namespace → body of each simple template, redirects of templates followed; sorted by name.

    >>> from pipeline.languages.site import bundled_site
    >>> page, redirect = "[[Rom]]<noinclude>!</noinclude>", "#REDIRECT [[Vorlage:Rom]]"
    >>> simple_templates([TemplatePage("Vorlage:Rom", page), TemplatePage("Vorlage:R", redirect)], bundled_site("de"))
    {'R': '[[Rom]]', 'Rom': '[[Rom]]'}
    """
    bodies: dict[str, str] = {}
    redirects: dict[str, str] = {}
    for page in pages:
        name = _name("Template:" + page.title.partition(":")[2], site)
        if name is None:
            continue
        target = redirect_target(page.text, site)
        if target is not None:
            aim = _name(target[0], site)
            if aim is not None:
                redirects[name] = aim
            continue
        body = transcluded(page.text).strip("\n")
        if is_simple(body):
            bodies[name] = body
    for name in redirects:
        aim = name
        for _ in range(MAX_REDIRECTS):
            aim = redirects.get(aim, aim)
        if aim in bodies:
            bodies[name] = bodies[aim]
    return _bounded(bodies)


def _bounded(bodies: Mapping[str, str]) -> dict[str, str]:
    """The shortest bodies that fit `MAX_TEMPLATES_CHARS`, by name."""
    room = MAX_TEMPLATES_CHARS
    kept = []
    for name in sorted(bodies, key=lambda name: (len(bodies[name]), name)):
        room -= len(name) + len(bodies[name])
        if room < 0:
            break
        kept.append(name)
    return {name: bodies[name] for name in sorted(kept)}


def _name(title: str, site: Site) -> str | None:
    found = normalize_title(title, site)
    return found.text if found is not None and found.ns == TEMPLATE_NAMESPACE else None


def expand_own(name: str, parts: list[str], state: PageState, evaluate: Evaluate) -> str | None:
    """The words of a simple template of the wiki's own; None where `name` is none or its words are no running text.

    `name` is the call's name as written and valid; `parts` are its parameters as written, templates in them expanded.
    Work is counted in `state`; a call in a call counts its depth. An expansion that says nothing is `marks.DROPPED`.
    """
    title = None if name.startswith(":") else state.rules.title(name)
    body = state.options.own_templates.get(title.text) if title and title.ns in (0, TEMPLATE_NAMESPACE) else None
    if body is None or state.template_depth >= MAX_DEPTH or state.counts.get("templates_expanded", 0) >= MAX_EXPANSIONS:
        return None
    if any("{" in part or "}" in part for part in parts):
        return None
    state.count("templates_expanded")
    state.template_depth += 1
    text = _expanded(body, parameters(parts), state, evaluate)
    state.template_depth -= 1
    if text is None or "{{" in text or "\n" in text.strip():
        return None
    return text if text.strip(" \n\t" + marks.DROPPED + marks.NOTHING) else marks.DROPPED


def _expanded(text: str, given: Parameters, state: PageState, evaluate: Evaluate) -> str | None:
    """The body with everything in braces replaced, from the inside out."""
    while "{{" in text:

        def value(found: re.Match[str]) -> str:
            return _argument(found[1], given) if found[1] is not None else evaluate(found[2], state)

        state.spend(1 + len(text) // _CHARS_PER_STEP)
        after = _INNERMOST.sub(value, text)
        if after == text:
            break
        if len(after) > MAX_EXPANDED_CHARS:
            return None
        text = after
    return text


def _argument(inner: str, given: Parameters) -> str:
    """`{{{name|default}}}`; a parameter that is not given and has no default says nothing here.

    Bars in a value part nothing, as the call's parameters were parted before.
    """
    name, _, default = inner.partition("|")
    value = given.get(name.strip())
    return default if value is None else value.replace("|", marks.PIPE)
