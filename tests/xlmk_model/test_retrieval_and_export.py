"""Training teaches entities that were held out, in three seeds; the exported folder is the same model."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from transformers import AutoModel, AutoModelForMaskedLM, AutoTokenizer

from pipeline.errors import InputError, TargetError
from tests.xlmk_model.synthetic_shards import World
from xlmk_model.config import TrainConfig, preset, with_overrides
from xlmk_model.evaluation.ranking import ranks_of
from xlmk_model.evaluation.retrieval import evaluate_retrieval
from xlmk_model.export import export_run
from xlmk_model.init import load_encoder, load_run
from xlmk_model.trainer import train


def test_ranks_against_a_loop() -> None:
    generator = torch.Generator().manual_seed(0)
    query, candidate = torch.randn(20, 5, generator=generator), torch.randn(30, 5, generator=generator)
    gold = torch.randint(30, (20,), generator=generator)
    same = torch.randint(25, (30,), generator=generator)
    expected = []
    for q in range(20):
        scores = (candidate @ query[q]).tolist()
        rivals = [c for c in range(30) if int(same[c]) != int(same[gold[q]])]
        expected.append(1 + sum(scores[c] >= scores[int(gold[q])] for c in rivals))
    assert ranks_of(query, candidate, gold, same) == expected


def learning(world: World, out: Path, seed: int) -> TrainConfig:
    """250 steps of a model of 48 dimensions: about ten seconds."""
    settings = """hidden=48 ffn=96 projection=48 mlm_rows=16 mep_rows=32 oe_rows=8 steps=220 start_step=20
        warmup_steps=20 log_every=50 validate_every=0 checkpoint_every=0 run.threads=1 run.device=cpu"""
    config = with_overrides(preset("tiny", shards=world.folder, out=out), settings.split())
    return replace(config, seed=seed)


def check_rise(world: World, out: Path, seed: int) -> None:
    report = train(learning(world, out, seed), progress=lambda _line: None)
    assert report.after["mlm_loss"] < report.before["mlm_loss"] - 0.5
    assert report.after["mep_loss"] < report.before["mep_loss"] - 1.0
    before, after = (evaluate_retrieval(out, world.folder, initial=initial) for initial in (True, False))
    for probe in ("mention", "description"):
        rise = after.macro[probe]["held_out"].recall_at_10 - before.macro[probe]["held_out"].recall_at_10
        assert rise > 0.3, (probe, seed)
        assert after.macro[probe]["held_out"].queries > 0


@pytest.fixture(scope="module")
def trained(world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("trained") / "run"
    check_rise(world, out, 0)
    return out


@pytest.mark.long
@pytest.mark.parametrize("seed", [1, 2])
def test_more_seeds_agree(world: World, tmp_path: Path, seed: int) -> None:
    check_rise(world, tmp_path / "run", seed)


def test_export_is_the_same_model(trained: Path, tmp_path: Path) -> None:
    folder = export_run(trained, tmp_path / "hf")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    rows = tokenizer(["aa-k1 aa-c2", "bb-p3"], return_tensors="pt", padding=True)
    ours = load_run(trained).encoder
    with torch.no_grad():
        expected = ours(**rows, output_hidden_states=True)
        hidden = AutoModel.from_pretrained(folder)(**rows).last_hidden_state
        logits = AutoModelForMaskedLM.from_pretrained(folder)(**rows).logits
    assert torch.equal(hidden, expected.hidden_states[-1])
    assert torch.equal(logits, expected.logits)
    assert (folder / "xlmk_heads.safetensors").is_file()
    card = (folder / "README.md").read_text()
    assert "abab" in card and "CC BY-SA 4.0" in card and "It started from scratch." in card
    assert "| aa | 100 |" in card and "`DATASET.md` beside this file" in card
    assert (folder / "DATASET.md").read_text() == "Sources: synthetic_shards.py\n"
    with pytest.raises(TargetError, match="exists already"):
        export_run(trained, folder)
    with pytest.raises(InputError, match="is not a run"):
        export_run(folder, tmp_path / "other")


def test_plain_folder_is_probed_and_started_from(trained: Path, world: World, tmp_path: Path) -> None:
    folder = export_run(trained, tmp_path / "hf")
    report = evaluate_retrieval(folder, world.folder)
    assert report.macro["description"]["held_out"].recall_at_10 > 0.5
    for init in (folder, trained):
        config = replace(learning(world, tmp_path / f"from-{init.name}", 0), init=init)
        first = train(with_overrides(config, ["steps=2", "start_step=0"]), progress=lambda _line: None)
        assert first.before["mlm_loss"] < 4.5  # a fresh model has 5
        assert (first.before["mep_recall_at_10"] > 0.5) == (init == trained)  # heads come with a run only
    assert load_encoder(folder).config.hidden_size == 48


def test_pickled_and_foreign_models_are_refused(trained: Path, tmp_path: Path) -> None:
    folder = export_run(trained, tmp_path / "hf")
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(InputError, match="pickled code are not read"):
        load_encoder(folder)
    config = folder / "config.json"
    config.write_text(config.read_text().replace('"xlm-roberta"', '"bert"'))
    with pytest.raises(InputError, match="model_type is 'bert', needed is one of xlm-roberta, roberta"):
        load_encoder(folder)
    with pytest.raises(InputError, match=r"no config\.json"):
        load_encoder(tmp_path)
