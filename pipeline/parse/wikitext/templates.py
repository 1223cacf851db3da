"""Well-known inline templates whose words are prose, and templates the user adds."""

import functools
import importlib.resources
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.errors import ConfigError, InputError
from pipeline.parse.wikitext.state import PageState, SiteRules
from pipeline.parse.wikitext.template_functions import FUNCTIONS
from pipeline.parse.wikitext.template_patterns import expand, parameters

DATA = "data/templates.toml"


def template_key(name: str, rules: SiteRules) -> str | None:
    """The normalised name of a template, without its namespace; None where it is no valid title.

    >>> from pipeline.languages.site import bundled_site
    >>> from pipeline.parse.wikitext.state import rules_of
    >>> template_key("vorlage:lang_de", rules_of(bundled_site("de"))), template_key("a#b", rules_of(bundled_site("de")))
    ('Lang de', 'A')
    """
    title = rules.title(name)
    return None if title is None else title.text


def name_key(name: str) -> str:
    """How names of the tables and of calls are compared: without case, underscores as spaces.

    >>> name_key("Lang_De")
    'lang de'
    """
    return " ".join(name.replace("_", " ").lower().split())


@functools.cache
def _bundled() -> dict[str, Any]:
    text = importlib.resources.files("pipeline.parse.wikitext").joinpath(DATA).read_text(encoding="utf-8")
    return tomllib.loads(text)


@functools.cache
def disambiguation_names() -> frozenset[str]:
    """Names of templates that mark a disambiguation page, in many languages, by `name_key`."""
    return frozenset(name_key(name) for name in _bundled()["disambiguation"]["names"].split(",") if name.strip())


@functools.cache
def bundled_templates(lang: str) -> Mapping[str, str]:
    """The bundled patterns for a wiki by `name_key`: those for all, then the language's own over them.

    >>> bundled_templates("ru")["нп5"], bundled_templates("ru")["lang-*"]
    ('[[{1}|{2|1}]]', '{1}')
    """
    return _patterns(_bundled(), lang)


def _patterns(tables: Mapping[str, Any], lang: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for table in ("any", lang):
        for names, pattern in tables.get(table, {}).items():
            for name in names.split(", "):
                found[name_key(name)] = pattern
    return found


def load_templates(path: Path, lang: str) -> dict[str, str]:
    """The user's own patterns for one wiki, for `WikitextOptions.extra_templates`.

    The file has the form of `data/templates.toml`: tables named by Wikipedia code or `any`. Raises InputError where the
    file cannot be read and ConfigError where it says something else.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(
            f"templates file {path}: {error}", next_step="give a TOML file as docs/fidelity.md shows"
        ) from error
    for table, rows in tables.items():
        if not isinstance(rows, dict) or not all(isinstance(pattern, str) for pattern in rows.values()):
            raise ConfigError(f"templates file {path}: table [{table}] must map template names to patterns (strings)")
        for names, pattern in rows.items():
            if pattern.startswith("!") and pattern not in FUNCTIONS:
                known = ", ".join(sorted(FUNCTIONS))
                raise ConfigError(f"templates file {path}: {names!r} names function {pattern}; known are {known}")
    return _patterns(tables, lang)


def _pattern_of(key: str, tables: tuple[Mapping[str, str], ...]) -> str | None:
    for table in tables:
        if not table:
            continue
        pattern = table.get(key)
        if pattern is not None:
            return pattern
        for sign in "-/":
            head, found, _ = key.partition(sign)
            if found and (pattern := table.get(f"{head}{sign}*")) is not None:
                return pattern
    return None


def is_rendered(key: str, state: PageState) -> bool:
    """Whether a template of this `name_key` has words in this page's mode."""
    if state.options.templates == "drop":
        return False
    return _pattern_of(key, (state.options.extra_templates, bundled_templates(state.rules.site.lang))) is not None


def is_users_own(key: str, state: PageState) -> bool:
    """Whether the user's own patterns say what a template of this `name_key` becomes: they go before all else."""
    return _pattern_of(key, (state.options.extra_templates,)) is not None


def render_template(key: str, parts: list[str], state: PageState) -> str | None:
    """The words of a template call, None where the template is not known (and is dropped).

    `key` is the template's `name_key`; `parts` are the call's parameters as written, templates in them expanded.
    """
    lang = state.rules.site.lang
    pattern = _pattern_of(key, (state.options.extra_templates, bundled_templates(lang)))
    if pattern is None:
        return None
    given = parameters(parts)
    if pattern.startswith("!"):
        return FUNCTIONS[pattern](given, lang)
    return expand(pattern, given, lang)
