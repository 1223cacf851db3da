"""Each task learns a small synthetic set with a tiny random encoder, deterministically, and resumes by seed."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.errors import ConfigError, InputError, MismatchError
from tests.xlmk_model.evaluation.toy import WRITERS, toy_encoder, write_encoder
from xlmk_model.config import preset
from xlmk_model.evaluation.files import read_bytes
from xlmk_model.evaluation.finetune.config import FinetuneConfig
from xlmk_model.evaluation.finetune.run import finetune
from xlmk_model.evaluation.scoring import score_predictions
from xlmk_model.evaluation.tasks import parse_test


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return toy_encoder(tmp_path_factory.mktemp("encoder"))


def config_of(task: str, encoder: Path, folder: Path, **changes: object) -> FinetuneConfig:
    write = WRITERS[task]
    files = {name: write(folder / f"{name}.txt", 200 if name == "train" else 60, seed) for seed, name in FILES}
    config = FinetuneConfig(
        task=task,
        model=encoder,
        train=(files["train"],),
        dev=(files["dev"],),
        tests=(parse_test(f"de={files['test-de']}"), parse_test(f"en={files['test-en']}")),
        out=folder / "out",
        source_lang="en",
        seeds=(1,),
        steps=200,
        batch=16,
        lr=2e-3,
        max_length=64,
        dropout=0.0,
        evaluations=4,
    )
    return replace(config, **changes)  # type: ignore[arg-type]


FILES = list(enumerate(("train", "dev", "test-de", "test-en")))
MAIN = {"mlqa": "exact_match", "xnli": "accuracy", "ner": "f1"}


def ignore(_: str) -> None:
    pass


@pytest.mark.parametrize("task", ["mlqa", "xnli", "ner"])
def test_a_tiny_encoder_learns_the_task_end_to_end(task: str, encoder: Path, tmp_path: Path) -> None:
    config = config_of(task, encoder, tmp_path, steps=300)  # of six seeds all are beyond 98; after 200 one is at 90
    results = finetune(config, progress=ignore, warn=ignore)
    assert list(results.contract()) == ["de", "en"]
    assert results.mean["de"][MAIN[task]] > 90, results.mean
    again = config.out / "seed-1"
    suffix = "json" if task == "mlqa" else "txt"
    report = score_predictions(task, [str(again / f"predictions-de-de.{suffix}")], [f"de={tmp_path / 'test-de.txt'}"])
    assert report.metrics["de"] == pytest.approx(results.mean["de"], abs=1e-9)


def test_the_same_settings_give_the_same_files_and_finished_seeds_are_skipped(encoder: Path, tmp_path: Path) -> None:
    config = config_of("ner", encoder, tmp_path, steps=6, seeds=(1, 2), dropout=0.1, evaluations=2)
    first = finetune(config, progress=ignore, warn=ignore)
    names = ["results.json", "results.csv", "seed-2/predictions-de-de.txt", "seed-2/complete.json"]
    again = finetune(replace(config, out=tmp_path / "again"), progress=ignore, warn=ignore)
    assert again == first
    for name in names:
        assert (config.out / name).read_bytes() == (tmp_path / "again" / name).read_bytes()

    lines: list[str] = []
    (config.out / "seed-2" / "complete.json").unlink()
    assert finetune(config, progress=lines.append, warn=ignore) == first
    assert [line for line in lines if line.startswith("# seed 1")] == ["# seed 1: finished before, skipped"]
    assert any("seed 2: step 6/6" in line for line in lines)

    with pytest.raises(MismatchError, match=r"lr: there 0\.002, asked for 0\.1; next: another --out"):
        finetune(replace(config, lr=0.1), progress=ignore, warn=ignore)


def test_cutting_a_batch_into_passes_changes_nothing(encoder: Path, tmp_path: Path) -> None:
    config = config_of("mlqa", encoder, tmp_path, steps=10, evaluations=1, max_length=20, stride=4)
    whole = finetune(config, progress=ignore, warn=ignore)
    cut = finetune(replace(config, out=tmp_path / "cut", forward_tokens=64), progress=ignore, warn=ignore)
    assert whole.chosen["1"]["f1"] > 0
    for lang in ("de", "en"):
        assert cut.mean[lang] == pytest.approx(whole.mean[lang], abs=1e-9)


def test_mean_and_spread_over_seeds_are_in_json_and_csv(encoder: Path, tmp_path: Path) -> None:
    config = config_of("xnli", encoder, tmp_path, steps=8, seeds=(1, 2, 3), evaluations=2)
    results = finetune(config, progress=ignore, warn=ignore)
    values = [
        json.loads((config.out / f"seed-{seed}" / "complete.json").read_text())["test"]["de"]["accuracy"]
        for seed in (1, 2, 3)
    ]
    mean = sum(values) / 3
    assert results.mean["de"]["accuracy"] == pytest.approx(mean)
    assert results.spread["de"]["accuracy"] == pytest.approx((sum((v - mean) ** 2 for v in values) / 2) ** 0.5)
    written = json.loads((config.out / "results.json").read_text())
    assert "best accuracy on the dev files in the source language (en)" in written["checkpoint"]
    assert set(written["chosen"]) == {"1", "2", "3"}
    average = (results.mean["de"]["accuracy"] + results.mean["en"]["accuracy"]) / 2
    assert written["mean"]["average"]["accuracy"] == pytest.approx(average)
    rows = list(csv.DictReader((config.out / "results.csv").open()))
    assert len(rows) == 3 * 5
    assert [float(row["value"]) for row in rows[:3]] == pytest.approx(values, abs=1e-4)


def test_the_chosen_checkpoint_is_the_best_on_dev(encoder: Path, tmp_path: Path) -> None:
    config = config_of("ner", encoder, tmp_path, steps=40, evaluations=5)
    lines: list[str] = []
    finetune(config, progress=lines.append, warn=ignore)
    scores = [
        (float(line.split("dev ")[1]), int(line.split("step ")[1].split("/")[0]))
        for line in lines
        if line.startswith("# seed 1, step")
    ]
    chosen = json.loads((config.out / "results.json").read_text())["chosen"]["1"]
    best = max(score for score, _ in scores)
    assert chosen["step"] == next(step for score, step in scores if score == best)
    assert chosen["f1"] == pytest.approx(best, abs=0.01)


def test_unusable_input_is_refused_before_training(encoder: Path, tmp_path: Path) -> None:
    config = config_of("ner", encoder, tmp_path)
    with pytest.raises(InputError, match="neither a Hugging Face model nor a run"):
        finetune(replace(config, model=tmp_path / "nowhere"), progress=ignore, warn=ignore)
    (tmp_path / "broken.txt").write_text("a O\nb\n")
    tests = (parse_test(f"de={tmp_path / 'broken.txt'}"),)
    with pytest.raises(InputError, match=r"broken\.txt:2: one column"):
        finetune(replace(config, tests=tests), progress=ignore, warn=ignore)
    with pytest.raises(InputError, match=r"broken\.txt:2: one column"):
        finetune(replace(config, train=(tmp_path / "broken.txt",)), progress=ignore, warn=ignore)
    warnings: list[str] = []
    with pytest.raises(InputError, match="neither a Hugging Face model nor a run"):
        finetune(replace(config, source_lang="ru", model=tmp_path / "x"), progress=ignore, warn=warnings.append)
    assert "train.txt: given as 'ru', but its text is mostly in LATIN script, not CYRILLIC" in warnings
    with pytest.raises(ConfigError, match="seeds: at least one is needed"):
        replace(config, seeds=())


@pytest.mark.parametrize(
    ("task", "file", "lang", "head"),
    [
        ("mlqa", "xquad/xquad.de.json.gz", "de", 0),
        ("xnli", "xnli-dev/dev-sw.tsv.gz", "sw", 60),
        ("ner", "masakhaner1/swa-dev.txt", "sw", 400),
    ],
)
def test_each_task_learns_from_real_files(
    shared_data: Path, tmp_path: Path, task: str, file: str, lang: str, head: int
) -> None:
    """Trained and scored on the same few lines, in the shape of the tiny preset: it must get above its start."""
    shape = preset("tiny", shards=tmp_path, out=tmp_path).model
    text = read_bytes(shared_data / "eval" / file).decode()
    if head:
        text = "\n".join(text.split("\n")[:head])
    else:
        value = json.loads(text)
        value["data"] = [{"paragraphs": value["data"][0]["paragraphs"][:1]}]
        text = json.dumps(value)
    path = tmp_path / Path(file).name.removesuffix(".gz")
    path.write_text(text, encoding="utf-8")
    config = FinetuneConfig(
        task=task,
        model=write_encoder(tmp_path / "model", [text], layers=shape.layers, hidden=shape.hidden),
        train=(path,),
        dev=(path,),
        tests=(parse_test(f"{lang}={path}"),),
        out=tmp_path / "out",
        source_lang=lang,
        seeds=(1,),
        steps=300,
        batch=8,
        max_length=64,
        lr=1e-3,
        dropout=0.0,
        evaluations=3,
    )
    mean = finetune(config, progress=ignore, warn=ignore).mean[lang]
    # Six seeds gave 50-57, 100 and 100. At 5e-3 it was 14-43, 42-100, 36-100: another machine's last bits decided.
    assert mean[MAIN[task]] > {"mlqa": 35, "xnli": 80, "ner": 80}[task], mean
