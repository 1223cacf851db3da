"""The sample world, written once for all tests of this folder."""

from pathlib import Path

import pytest

from pipeline.sample import SampleReport, write_sample
from pipeline.sample.names import Names
from pipeline.sample.options import BASE_LANGUAGES, SampleOptions
from pipeline.sample.texts import load_texts
from pipeline.sample.world import World, load_world


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> SampleReport:
    """All five base languages with the default options."""
    return write_sample(BASE_LANGUAGES, tmp_path_factory.mktemp("sample"))


@pytest.fixture(scope="session")
def folder(sample: SampleReport) -> Path:
    """The folder that `sample` was written to."""
    return sample.wikidata.parent


@pytest.fixture(scope="session")
def world() -> World:
    """The world without language."""
    return load_world()


@pytest.fixture(scope="session")
def names(world: World) -> dict[str, Names]:
    """Names by base language, with the default options."""
    return {lang: Names(world, load_texts(lang), SampleOptions()) for lang in BASE_LANGUAGES}
