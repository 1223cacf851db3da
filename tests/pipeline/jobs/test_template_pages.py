"""The wiki's own simple templates: found in the dump at planning, expanded in its pages."""

from pathlib import Path

import duckdb
import pytest

from pipeline.config.extract_wikipedia import ExtractWikipediaConfig
from pipeline.errors import ConfigError
from pipeline.jobs.extract_wikipedia import plan_wikipedia
from tests.pipeline.jobs.test_extract_wikipedia import extract
from tests.pipeline.parse.dump.builder import dump, page

PAGES = [
    page(1, "Roma", "{{Sprache|it|Roma}} liegt in Italien."),
    page(2, "Vorlage:Sprache", "[[{{{1}}} Sprache|{{{1}}}]]: ''{{{2}}}''<noinclude>!</noinclude>", ns=10),
    page(3, "Vorlage:Kasten", "{| class=x\n|}", ns=10),
]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "dump.xml"
    path.write_bytes(dump(PAGES))
    return path


def passage(root: Path) -> tuple[str, int]:
    """The text of the only passage, and how many links it has."""
    rows = duckdb.sql(f"select text, len(links) from '{root}/tables/passages/**/*.parquet'").fetchall()
    assert len(rows) == 1
    return rows[0][0], rows[0][1]


def test_templates_of_the_dump_are_expanded(source: Path, tmp_path: Path) -> None:
    report = extract(tmp_path / "kb", source)
    assert passage(tmp_path / "kb") == ("it: Roma liegt in Italien.", 1)
    assert report.counts["templates_expanded"] == 1


@pytest.mark.parametrize("config", [{"own_templates_bytes": 0}, {"own_templates_bytes": 9}, {"templates": "drop"}])
def test_only_where_it_is_wanted(source: Path, tmp_path: Path, config: dict[str, object]) -> None:
    report = extract(tmp_path / "kb", source, **config)
    assert passage(tmp_path / "kb") == ("liegt in Italien.", 0)
    assert "templates_expanded" not in report.counts


def test_a_file_of_templates_comes_first(source: Path, tmp_path: Path) -> None:
    file = tmp_path / "templates.toml"
    file.write_text('[de]\n"sprache" = "{2}"\n[fr]\n"sprache" = "{1}"\n', encoding="utf-8")
    extract(tmp_path / "kb", source, templates_file=str(file))
    assert passage(tmp_path / "kb") == ("Roma liegt in Italien.", 0)


def test_dumps_that_are_too_large_are_noted(source: Path) -> None:
    config = ExtractWikipediaConfig(dumps=(str(source),), root="kb", own_templates_bytes=9)
    assert any("own templates are not expanded" in note for note in plan_wikipedia(config).notes)
    enough = ExtractWikipediaConfig(dumps=(str(source),), root="kb")
    assert plan_wikipedia(enough).notes == []
    assert dict(plan_wikipedia(enough).job.options.own_templates) == {
        "Sprache": "[[{{{1}}} Sprache|{{{1}}}]]: ''{{{2}}}''"
    }


def test_a_negative_size_is_refused() -> None:
    with pytest.raises(ConfigError, match="own_templates_bytes is -1"):
        ExtractWikipediaConfig(dumps=("x",), root="kb", own_templates_bytes=-1)
