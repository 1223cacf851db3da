"""`xlmk evaluate` probes from the command line, on a run of a few steps over the synthetic world."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli.main import main
from tests.xlmk_model.synthetic_shards import write_shards
from xlmk_model.config import preset, with_overrides
from xlmk_model.trainer import train


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """(run, shards)"""
    folder = tmp_path_factory.mktemp("probes")
    world = write_shards(folder / "shards", rows=40)
    settings = """hidden=16 ffn=32 heads=2 projection=8 mlm_rows=4 mep_rows=4 oe_rows=4 steps=2 start_step=0
        warmup_steps=1 validate_every=0 checkpoint_every=0 run.device=cpu run.threads=1"""
    train(with_overrides(preset("tiny", shards=world.folder, out=folder / "run"), settings.split()), progress=len)
    return folder / "run", world.folder


def run(*arguments: str | Path) -> tuple[dict[str, object], str]:
    """(the JSON line, what is printed for people) of a command."""
    outputs = []
    for json_flag in (["--json"], []):
        result = CliRunner().invoke(main, ["evaluate", *map(str, arguments), *json_flag])
        assert result.exit_code == 0, result.output
        outputs.append(result.stdout)
    assert outputs[0].count("\n") == 1
    return json.loads(outputs[0]), outputs[1]


def test_retrieval_entailment_and_cloze_from_shards(made: tuple[Path, Path]) -> None:
    model, shards = made
    report, text = run("retrieval", "--model", model, "--shards", shards, "--max-queries", "20")
    assert "mention" in report["macro"]  # type: ignore[operator]
    assert "aa->bb" in text
    report, text = run("entailment", "--model", model, "--shards", shards)
    assert set(report["model"]) == set(report["commonest"])  # type: ignore[call-overload]
    assert text.count("commonest object") == 9
    report, text = run("cloze", "--model", model, "--shards", shards, "--languages", "aa,bb")
    assert set(report["languages"]) == {"aa", "bb"}  # type: ignore[call-overload]
    assert "right in both of either" in text


def test_parallel_and_contamination(made: tuple[Path, Path], tmp_path: Path) -> None:
    model, shards = made
    for lang in ("aa", "bb"):
        (tmp_path / f"{lang}.txt").write_text("".join(f"{lang}-k{n} {lang}-c{n}\n" for n in range(4)))
    report, text = run("parallel", "--model", model, *(f"--text={lang}={tmp_path}/{lang}.txt" for lang in ("aa", "bb")))
    assert report["sentences"] == 4
    assert text.splitlines()[-1] == "percent; mean states of layer -1"
    result = CliRunner().invoke(main, ["evaluate", "cloze", "--model", str(model)])
    assert (result.exit_code, "either --shards or --mlama" in result.stderr) == (2, True)
    (tmp_path / "q.txt").write_text("Q1")
    report, text = run("contamination", "--shards", shards, "--entities", tmp_path / "q.txt", "--out", tmp_path / "out")
    assert report["in_mentions"] == 1
    assert text.splitlines() == [
        "1 entities: 1 in train mentions, 1 in triples",
        f"0 pages to leave out: {tmp_path}/out/pages.tsv",
    ]
