"""The scanner changes nothing but the time: same bytes; and the work of a page grows with its size, no faster."""

from pathlib import Path
from typing import Any

import pytest

from pipeline.languages.site import bundled_site
from pipeline.parse import columns
from pipeline.parse.dump import page_layout
from pipeline.parse.wikitext import WikitextOptions, scanner
from pipeline.parse.wikitext.model import ParsedPassage
from pipeline.parse.wikitext.page import PageState, parse_page
from pipeline.parse.wikitext.propagate import propagate_mentions
from pipeline.parse.wikitext.scanner import PYTHON, Scanner
from tests.pipeline.jobs.test_engine import tree
from tests.pipeline.jobs.test_extract_wikipedia import extract
from tests.pipeline.parse.dump.builder import dump, page
from tests.pipeline.parse.wikitext import golden

SCANNERS = [one for one in (PYTHON, scanner.NATIVE) if one]
TEXT = """'''Rome''' is in [[Italy]]{{lang|it|Roma}}.<ref name="a">b</ref> [[File:a.png|thumb|a [[b]] c]]
* the [[Roman Forum|forum]] {{x|y={{z}}}}, Roman Forum, Rome &amp; [[Paris, France]]
<!-- c -->
== History ==
Italy has [http://a.b cities], Rome too, <nowiki>[[no]]</nowiki> <b>x</b>
"""


@pytest.mark.skipif(scanner.NATIVE is None, reason="the native scanner was not built: no C compiler")
def test_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The golden cases as the pages of a dump; pages and columns are read and made by the same kind of part."""
    texts = [case.wikitext.replace("&", "&amp;").replace("<", "&lt;") for case in golden.cases()]
    path = tmp_path / "dump.xml"
    path.write_bytes(dump([page(number, f"Seite {number}", text) for number, text in enumerate([*texts, TEXT], 1)]))
    trees = []
    for one in SCANNERS:
        monkeypatch.setattr(scanner, "current", one)
        monkeypatch.setattr(page_layout, "current", page_layout.choose(one.name))
        monkeypatch.setattr(columns, "current", columns.choose(one.name))
        extract(tmp_path / one.name, path)
        trees.append(tree(tmp_path / one.name))
    assert trees[0] == trees[1]
    assert any(name.startswith("tables/passages") for name in trees[0])


@pytest.mark.parametrize("one", SCANNERS, ids=lambda one: one.name)
def test_work_is_linear_in_the_page(one: Scanner, monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps, calls of the scanner, characters that it is given: sixteen times the page, sixteen times the work."""

    def work(times: int) -> tuple[int, int, int]:
        calls = chars = 0

        def counted(name: str) -> object:
            real = getattr(one, name)

            def call(text: str | list[str] | list[ParsedPassage], *args: Any) -> object:
                nonlocal calls, chars
                calls += 1
                found = real(text, *args)
                if name != "find_markup":
                    texts = [text] if isinstance(text, str) else text
                    chars += sum(len(one if isinstance(one, str) else one.text) for one in texts)
                return found

            return call

        names = ("find_markup", "split_markup", "read_links", "running_text", "link_surfaces", "find_names")
        monkeypatch.setattr(scanner, "current", one._replace(**{name: counted(name) for name in names}))
        states: list[PageState] = []
        monkeypatch.setattr(
            "pipeline.parse.wikitext.page.PageState", lambda *given: states.append(PageState(*given)) or states[-1]
        )
        parsed = parse_page(TEXT * times, title="Rome", site=bundled_site("en"), options=WikitextOptions())
        assert propagate_mentions(parsed.passages, title="Rome")
        return states[0].steps, calls, chars

    small, large = work(4), work(64)
    for before, after in zip(small, large, strict=True):
        assert after <= 17 * before
