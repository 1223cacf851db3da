"""`xlmk train` in this process: from scratch, resumed, and from a model whose vocabulary the shards extend."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from click.testing import CliRunner
from safetensors.torch import load_file
from tokenizers import Tokenizer

from cli.main import main
from tests.xlmk_model.synthetic_shards import World, write_shards, write_tokenizer
from xlmk_model.batches import Vocabulary
from xlmk_model.checkpoint import latest_checkpoint
from xlmk_model.config import ModelConfig
from xlmk_model.encoder import encoder_config, new_encoder
from xlmk_model.init import load_encoder

SIZES = "model.hidden=32 ffn=64 model.heads=2 projection=16 mlm_rows=4 mep_rows=4 oe_rows=4 validate_rows=4 device=cpu"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> World:
    return write_shards(tmp_path_factory.mktemp("cli") / "shards", entities=30, rows=10)


def xlmk_train(shards: Path, out: Path, *options: str) -> tuple[dict[str, Any], str]:
    """The report of the command, and what it said on stderr."""
    settings = [part for setting in SIZES.split() for part in ("--set", setting)]
    command = ["train", "--shards", str(shards), "--out", str(out), "--preset", "tiny", *settings, *options, "--json"]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 0, result.output
    report: dict[str, Any] = json.loads(result.stdout)
    return report, result.stderr


def test_repeating_the_command_resumes(small: World, tmp_path: Path) -> None:
    out = tmp_path / "run"
    first, _ = xlmk_train(small.folder, out, "--steps", "3", "--set", "stop_at=2")
    assert (first["steps"], first["stopped"]) == (2, "run.stop_at = 2")
    second, _ = xlmk_train(small.folder, out, "--steps", "3")
    assert (second["steps"], second["session_steps"], second["stopped"]) == (3, 1, None)
    other = CliRunner().invoke(main, ["train", "--shards", str(small.folder), "--out", str(out), "--preset", "small"])
    assert other.exit_code == 1
    assert "model.layers: run has 2, asked for 6" in other.stderr and "next:" in other.stderr


def test_a_model_whose_vocabulary_is_extended(small: World, tmp_path: Path) -> None:
    old_words = [piece for piece in small.words if piece not in ("name28", "name29", "<mask>")]
    old_ids = {piece: number for number, piece in enumerate([*old_words, "<mask>"])}
    model, size = tmp_path / "model", len(old_ids)
    sizes = ModelConfig(layers=2, hidden=32, ffn=64, heads=2, positions=130, init_std=0.3)
    vocabulary = Vocabulary(size=size, bos=0, pad=1, eos=2, unk=3, mask=size - 1)
    before = new_encoder(encoder_config(sizes, vocabulary), 0).eval()
    torch.nn.init.normal_(before.lm_head.bias, generator=torch.Generator().manual_seed(1))
    before.save_pretrained(model)
    write_tokenizer(model, old_ids)
    options = ["--steps", "1", "--init", str(model), "--set", "optim.lr=1e-30", "--set", "start_step=9"]
    _, said = xlmk_train(small.folder, tmp_path / "run", *options)
    assert f"extended from {size} to {size + 2} pieces" in said
    after = load_encoder(tmp_path / "run")
    ids = torch.tensor([[0, small.words["aa-k1"], small.words["name3"], small.words["bb-f2"], 2]])
    with torch.no_grad():
        ours, theirs = before(ids).logits, after(ids).logits
    assert theirs.shape[-1] == size + 2
    assert torch.allclose(ours[..., : size - 1], theirs[..., : size - 1], atol=1e-5, rtol=0)
    words = load_file(latest_checkpoint(tmp_path / "run") / "model.safetensors")
    bias = words["encoder.lm_head.bias"]
    assert torch.allclose(bias[small.words["name28"]], before.lm_head.bias[3])  # no old piece: starts from <unk>
    assert torch.allclose(bias[small.words["<mask>"]], before.lm_head.bias[old_ids["<mask>"]])
    assert Tokenizer.from_file(str(tmp_path / "run" / "tokenizer" / "tokenizer.json")).get_vocab() == small.words


def test_a_model_without_a_tokenizer_or_with_another_is_refused(small: World, tmp_path: Path) -> None:
    model = tmp_path / "model"
    vocabulary = Vocabulary(size=len(small.words), bos=0, pad=1, eos=2, unk=3, mask=len(small.words) - 1)
    new_encoder(encoder_config(ModelConfig(layers=1, hidden=8, ffn=8, heads=1), vocabulary), 0).save_pretrained(model)
    command = ["train", "--shards", str(small.folder), "--out", str(tmp_path / "run"), "--init", str(model)]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 1 and "has no tokenizer" in result.stderr
    shutil.copytree(small.folder / "tokenizer", model, dirs_exist_ok=True)
    swapped = {**small.words, "aa-k0": small.words["aa-k1"], "aa-k1": small.words["aa-k0"]}
    write_tokenizer(model, swapped)
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 1
    assert "neither equals nor extends the model's" in result.stderr
    assert "'aa-k1' has id 5 in the shards, 4 in the model" in result.stderr
