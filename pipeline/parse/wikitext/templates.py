"""Well-known inline templates whose words are prose, and templates the user adds."""

from pipeline.parse.wikitext.state import PageState, SiteRules


def template_key(name: str, rules: SiteRules) -> str | None:
    """The normalised name of a template, without its namespace; None where it is no valid title.

    >>> from pipeline.languages.site import bundled_site
    >>> from pipeline.parse.wikitext.state import rules_of
    >>> template_key("vorlage:lang_de", rules_of(bundled_site("de"))), template_key("a#b", rules_of(bundled_site("de")))
    ('Lang de', 'A')
    """
    title = rules.title(name)
    return None if title is None else title.text


def render_template(key: str, parts: list[str], state: PageState) -> str | None:
    """The words of a template call, None where the template is not known (and is dropped)."""
    return None
