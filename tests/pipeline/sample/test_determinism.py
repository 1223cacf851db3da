"""The same arguments give the same bytes; a wiki does not depend on the languages beside it."""

from pathlib import Path

import pytest

from pipeline.errors import ConfigError, TargetError
from pipeline.sample import SampleOptions, SampleReport, available_languages, write_sample


def _bytes(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_two_runs_write_the_same_bytes_and_leave_nothing_else(tmp_path: Path) -> None:
    write_sample(["ja"], tmp_path / "1")
    write_sample(["ja"], tmp_path / "2")
    written = _bytes(tmp_path / "1")
    assert written == _bytes(tmp_path / "2")
    stem = "jawiki-sample-pages-articles-multistream"
    assert set(written) == {f"{stem}.xml.bz2", f"{stem}-index.txt.bz2", "wikidata-sample-all.json.bz2"}


def test_a_wiki_is_the_same_in_any_company_and_more_languages_give_more(tmp_path: Path, sample: SampleReport) -> None:
    two = write_sample(["ru", "de"], tmp_path)
    alone, among = _bytes(tmp_path), _bytes(sample.wikidata.parent)
    wiki_files = [name for name in alone if "wiki-sample-pages" in name]
    assert len(wiki_files) == 4
    assert all(alone[name] == among[name] for name in wiki_files)
    assert sample.summary()["pages"] > 2 * two.summary()["pages"]
    assert sample.wikidata.stat().st_size > two.wikidata.stat().st_size


def test_another_seed_is_another_world(tmp_path: Path, folder: Path) -> None:
    report = write_sample(["ja"], tmp_path, options=SampleOptions(seed=2))
    assert report.wikis["ja"].dump.read_bytes() != (folder / report.wikis["ja"].dump.name).read_bytes()


def test_a_language_without_templates_is_refused_with_those_that_have_them(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as error:
        write_sample(["en", "xx"], tmp_path)
    assert "templates for xx" in str(error.value)
    assert ", ".join(available_languages()) in str(error.value)


@pytest.mark.parametrize("languages", [[], ["en", "en"]])
def test_languages_are_named_once_and_at_least_one(languages: list[str], tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="once each"):
        write_sample(languages, tmp_path)


def test_an_unwritable_folder_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(TargetError, match="cannot write"):
        write_sample(["ja"], tmp_path / "file")


@pytest.mark.parametrize("key", ["unlinked_share", "missing_article_share", "plain_mention_share"])
def test_options_name_the_key_that_is_wrong(key: str) -> None:
    with pytest.raises(ConfigError, match=key):
        SampleOptions(**{key: 1.5})
    with pytest.raises(ConfigError, match="pages_per_stream"):
        SampleOptions(pages_per_stream=0)
