"""Golden cases of the wikitext parser: files people can read and review.

A case is name / label / language / input / output, cases are parted by a line of dashes. The input runs up to
`output:`; `⏎` in it is a line end. A line of output is one passage: `kind: text`, links as `[surface→Target#fragment]`
(`[surface]` where the target is the surface); its section stands before the kind as `{Heading / Heading}`.
"""

from pathlib import Path
from typing import NamedTuple

from pipeline.languages.site import bundled_site
from pipeline.parse.wikitext import ParsedPage, ParsedPassage, TemplateMode, WikitextOptions, parse_page

FOLDER = Path(__file__).parent / "cases"
TITLE = "Test page"


class Case(NamedTuple):
    """One golden case."""

    name: str
    label: str
    lang: str
    templates: TemplateMode
    wikitext: str
    expected: list[str]


def cases() -> list[Case]:
    """All cases of all files."""
    found = []
    for path in sorted(FOLDER.glob("*.txt")):
        for block in path.read_text(encoding="utf-8").split("\n----------\n"):
            if block.strip():
                found.append(_case(block.strip("\n")))
    return found


def _case(block: str) -> Case:
    head, _, rest = block.partition("\ninput:\n")
    wikitext, _, output = rest.partition("\noutput:")
    fields = dict(line.split(": ", 1) for line in head.split("\n"))
    mode: TemplateMode = "render" if fields.get("templates") == "render" else "drop"
    expected = [line for line in output.split("\n") if line]
    return Case(fields["name"], fields["label"], fields.get("lang", "en"), mode, wikitext.replace("⏎", "\n"), expected)


def parse(case: Case) -> ParsedPage:
    """The case's input, parsed."""
    options = WikitextOptions(templates=case.templates)
    return parse_page(case.wikitext, title=TITLE, site=bundled_site(case.lang), options=options)


def shown(passage: ParsedPassage) -> str:
    """A passage as it stands in a case file."""
    text = passage.text
    for link in reversed(passage.links):
        surface = text[link.start : link.end]
        target = link.target + (f"#{link.fragment}" if link.fragment else "")
        label = surface if surface == target else f"{surface}→{target}"
        text = f"{text[: link.start]}[{label}]{text[link.end :]}"
    section = "{" + " / ".join(passage.section) + "} " if passage.section else ""
    return f"{section}{passage.kind}: {text}"
