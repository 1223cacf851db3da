"""A native part runs only where it was built from the files that lie here."""

import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pytest

from pipeline.errors import ConfigError
from pipeline.parse import columns, native_sources
from pipeline.parse.dump import block_decoder, page_layout
from pipeline.parse.native import choose_part
from pipeline.parse.native_sources import DIGEST, SOURCES, is_current, sources_digest
from pipeline.parse.wikidata import groups
from pipeline.parse.wikitext import scanner

PARTS = {
    "pipeline.parse._columns": columns,
    "pipeline.parse.dump._bz2_blocks": block_decoder,
    "pipeline.parse.dump._page_layout": page_layout,
    "pipeline.parse.wikidata._groups": groups,
    "pipeline.parse.wikitext._scanner": scanner,
}


class Part(NamedTuple):
    name: str


def built(name: str) -> ModuleType:
    """The native module; the test is skipped where it was not built."""
    return pytest.importorskip(name, reason="no C compiler where the package was installed", exc_type=ImportError)


def test_all_c_files_belong_to_a_part() -> None:
    folder = native_sources.ROOT / "pipeline"
    files = {str(path.relative_to(native_sources.ROOT)) for path in folder.rglob("*.[ch]")}
    assert files == {file for sources in SOURCES.values() for file in sources}
    assert SOURCES.keys() == PARTS.keys()


@pytest.mark.parametrize("name", SOURCES)
def test_a_built_part_is_of_the_files_that_lie_here_and_runs(name: str) -> None:
    assert is_current(built(name))
    assert PARTS[name].NATIVE is not None


@pytest.mark.parametrize("name", SOURCES)
def test_a_changed_file_is_noticed(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module, before = built(name), sources_digest(name)
    for file in SOURCES[name]:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_bytes((native_sources.ROOT / file).read_bytes())
    monkeypatch.setattr(native_sources, "ROOT", tmp_path)
    assert sources_digest(name) == before
    for file in SOURCES[name]:
        with (tmp_path / file).open("a") as stream:
            stream.write("\n")
        assert not is_current(module)
        (tmp_path / file).write_bytes((tmp_path / file).read_bytes()[:-1])
        assert is_current(module)
    (tmp_path / SOURCES[name][0]).unlink()
    assert is_current(module)  # an installed package has no C files


def test_a_module_from_before_there_was_a_digest_is_of_other_sources() -> None:
    old = ModuleType("pipeline.parse._columns")
    assert not is_current(old)
    setattr(old, DIGEST, sources_digest(old.__name__))
    assert is_current(old)


def test_the_command_says_how_to_build_a_part_of_other_sources() -> None:
    slow, old = Part("python"), ModuleType("old")
    name = "python (the native one is of other sources: python setup.py build_ext --inplace)"
    assert choose_part("X", None, python=slow, native=None, what="part", built=old).name == name
    assert choose_part("X", "python", python=slow, native=None, what="part", built=old) is slow
    with pytest.raises(ConfigError, match="the native part is of other sources") as raised:
        choose_part("X", "native", python=slow, native=None, what="part", built=old)
    assert "build_ext --inplace" in str(raised.value)
    assert choose_part(
        "X", None, python=slow, native=None, what="part", built=old, how="compiled"
    ).name == name.replace("native", "compiled")
    with pytest.raises(ConfigError, match="the native part was not built"):
        choose_part("X", "native", python=slow, native=None, what="part")


def test_all_parts_run_without_their_native_modules() -> None:
    """As where there is no compiler."""
    code = f"""
import importlib, sys
sys.modules.update(dict.fromkeys({list(SOURCES)!r}))  # importing one of these fails
for name in {[part.__name__ for part in PARTS.values()]!r}:
    print(importlib.import_module(name).current.name)
"""
    names = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert names == ["python"] * len(PARTS)
