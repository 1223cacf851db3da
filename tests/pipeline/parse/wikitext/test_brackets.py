"""What brackets of the first pass become, read part by part and event by event."""

import pytest

from pipeline.languages.site import bundled_site
from pipeline.parse.wikitext import marks
from pipeline.parse.wikitext.model import WikitextOptions
from pipeline.parse.wikitext.preprocess import preprocess
from pipeline.parse.wikitext.state import PageState, rules_of


def flat(text: str, lang: str) -> tuple[str, dict[str, int]]:
    """The flat wikitext of a page and its counts, the second time: by then names are known that are always dropped."""
    for _ in range(2):
        state = PageState("T", rules_of(bundled_site(lang)), WikitextOptions())
        found = preprocess(text, state)
    return found.replace(marks.DROPPED, "~").replace(marks.NOTHING, "_"), state.counts


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{Box|a=[[b]]<ref>c</ref>|d={{e|{{lc:F}}}}}} g", "~ g"),
        ("{{Box <!-- a -->|b=[[c|{{d}}]]}}e{{f|g}}", "~e~"),
        ("{{lc:A[[B{{c}}D}}]]E}} F", "a[[b~d}}]]e F"),
        ("{{lc:A[[B [[C]]]]D}}E", "a[[b [[c]]]]dE"),
        ("{{a|[[b}} c {{d}}", "{{a|[[b}} c ~"),
        ("{{{{a}}|b}}{{{c|D}}}{{{{{e}}}}}", "{{~|b}}D{{{{{e}}}}}"),
        ("{{}}} {{ {{}}", "{{}}} {{ {{}}"),
        ("{{lc:A<!-- {{b}} --> C}}<!-- {{d --> e}} F", "a c e}} F"),
        ("{{lc:A<nowiki>{{b</nowiki>{{c|}}D}}", "a\x100\x11~d"),
    ],
)
def test_flat_text(text: str, expected: str, lang: str) -> None:
    assert flat(text, lang)[0] == expected


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_a_dropped_template_encloses_is_counted(lang: str) -> None:
    _, counts = flat("{{Box|a={{b|c}}<ref/>{{small|d}}|{{lc:E}}<ref>f</ref>}}", lang)
    assert counts == {"templates_dropped": 2, "templates_rendered": 1, "parser_functions": 1, "tag_ref": 2}
