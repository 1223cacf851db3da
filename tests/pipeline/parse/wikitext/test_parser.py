"""The compiled parser: the same rows as Python's, and never one of other sources than those that lie there."""

import re
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings

from pipeline.errors import ConfigError
from pipeline.languages.site import bundled_site
from pipeline.parse.wikitext import WikitextOptions, compiled_sources, parser
from pipeline.parse.wikitext.compiled_sources import MODULES, PACKAGE, compiled_copy, sources_digest, write_copies
from pipeline.parse.wikitext.model import PageTooComplex
from pipeline.parse.wikitext.parser import PYTHON, Parser
from tests.pipeline.parse.wikitext import golden
from tests.pipeline.parse.wikitext.test_properties import WIKITEXT

built = pytest.mark.skipif(
    parser.NATIVE is None, reason="no parser compiled from these sources: python setup.py build_ext --inplace"
)
NATIVE = parser.NATIVE or PYTHON


def rows(one: Parser, text: str, lang: str, options: WikitextOptions) -> object:
    """All that a page gives, or why it gives nothing."""
    try:
        page = one.parse_page(text, title=golden.TITLE, site=bundled_site(lang), options=options)
    except PageTooComplex as verdict:
        return verdict.args
    return page, one.propagate_mentions(page.passages, title=golden.TITLE, lang=lang)


@built
def test_golden_cases() -> None:
    for case in golden.cases():
        options = WikitextOptions(templates=case.templates)
        found = rows(NATIVE, case.wikitext, case.lang, options)
        assert found == rows(PYTHON, case.wikitext, case.lang, options), case.name


@built
@settings(max_examples=150, deadline=None)
@given(WIKITEXT)
def test_any_text(text: str) -> None:
    options = WikitextOptions(max_steps=200, max_nesting=9)
    assert rows(NATIVE, text, "zh", options) == rows(PYTHON, text, "zh", options)


def test_one_of_other_sources_is_not_taken() -> None:
    assert parser.compiled(None, "b") is None
    assert parser.compiled("a", "b") is None
    if parser.compiled_digest() is not None:
        assert (parser.NATIVE is not None) == (parser.compiled_digest() == sources_digest())


def test_any_edited_source_is_another_digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "pipeline" / "parse" / "wikitext"
    shutil.copytree(compiled_sources.FOLDER, folder, ignore=shutil.ignore_patterns("*.so", "__pycache__"))
    shutil.copy(compiled_sources.FOLDER.parents[1] / "records.py", tmp_path / "pipeline")
    before = sources_digest()
    monkeypatch.setattr(compiled_sources, "FOLDER", folder)
    assert sources_digest() == before
    for path in (folder / "links.py", folder / "state.py", tmp_path / "pipeline" / "records.py"):
        path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
        after = sources_digest()
        assert after != before
        before = after


def test_copies_call_each_other(tmp_path: Path) -> None:
    """Every import of a compiled module is one that is led to its copy (examples in docstrings are not)."""
    for path in write_copies(tmp_path):
        text = path.read_text(encoding="utf-8")
        assert not re.search(rf"(?m)^from {PACKAGE} import \(?[^\n]*\b({'|'.join(MODULES)})\b", text), path.name
        assert not re.search(rf"(?m)^(from|import) {PACKAGE}\.({'|'.join(MODULES)})\b", text), path.name
    assert compiled_copy(f"from {PACKAGE} import marks, scanner") == (
        f"from {compiled_sources.COMPILED} import marks\nfrom {PACKAGE} import scanner"
    )
    assert compiled_copy("import re\n") == "import re\n"


def test_choice() -> None:
    assert parser.choose("python").parse_page is PYTHON.parse_page
    assert parser.choose(None).parse_page is (parser.NATIVE or PYTHON).parse_page
    with pytest.raises(ConfigError, match="expected 'native' or 'python'"):
        parser.choose("mypyc")
