"""Opening checkpoints for evaluation: a run, its export and a bare encoder give the same states; errors are clear."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from pipeline.errors import InputError
from tests.xlmk_model.evaluation.toy import write_tags
from xlmk_model.config import TrainConfig
from xlmk_model.evaluation.encoder import Encoder, model_digest, open_encoder
from xlmk_model.evaluation.finetune.config import FinetuneConfig
from xlmk_model.evaluation.finetune.run import finetune
from xlmk_model.evaluation.tasks import parse_test
from xlmk_model.export import export_run
from xlmk_model.init import load_run
from xlmk_model.trainer import train


@pytest.fixture(scope="module")
def run(fast_config: TrainConfig, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("opened") / "run"
    train(replace(fast_config, out=out), progress=lambda _line: None)
    return out


IDS = torch.tensor([[0, 5, 6, 7, 2], [0, 8, 2, 1, 1]])
LENGTHS = torch.tensor([5, 3])


def states(encoder: Encoder) -> torch.Tensor:
    encoder.body.eval()
    with torch.no_grad():
        return encoder.states(IDS, LENGTHS)


def test_a_run_its_export_and_a_bare_encoder_give_the_same_states(run: Path, tmp_path: Path) -> None:
    found = states(open_encoder(run))
    with torch.no_grad():
        mask = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]])
        expected = load_run(run).encoder.roberta(input_ids=IDS, attention_mask=mask).last_hidden_state
    assert torch.equal(found, expected)
    exported = export_run(run, tmp_path / "hf")
    assert torch.equal(states(open_encoder(exported)), found)
    bare = tmp_path / "bare"
    bare.mkdir()
    for path in exported.iterdir():
        (bare / path.name).write_bytes(path.read_bytes())
    weights = load_file(exported / "model.safetensors")
    body = {name.removeprefix("roberta."): value for name, value in weights.items() if name.startswith("roberta.")}
    save_file(body, bare / "model.safetensors", metadata={"format": "pt"})
    assert torch.equal(states(open_encoder(bare)), found)
    assert model_digest(bare) != model_digest(exported) == model_digest(exported)


def test_folders_that_are_no_model_are_refused(run: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"neither a Hugging Face model nor a run: no config\.json"):
        open_encoder(tmp_path)
    exported = export_run(run, tmp_path / "hf")
    weights = load_file(exported / "model.safetensors")
    del weights["roberta.encoder.layer.0.output.dense.weight"]
    save_file(weights, exported / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(InputError, match=r"lacks weights of the encoder: encoder\.layer\.0\.output\.dense\.weight"):
        open_encoder(exported)
    for path in exported.glob("*token*"):
        path.unlink()
    weights["roberta.encoder.layer.0.output.dense.weight"] = torch.zeros(32, 64)
    save_file(weights, exported / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(InputError, match="has no tokenizer: none of"):
        open_encoder(exported)


def test_a_run_can_be_fine_tuned(run: Path, tmp_path: Path) -> None:
    path = write_tags(tmp_path / "tags.txt", 20, 1)
    config = FinetuneConfig(
        task="ner",
        model=run,
        train=(path,),
        dev=(path,),
        tests=(parse_test(f"de={path}"),),
        out=tmp_path / "out",
        seeds=(1,),
        steps=2,
        max_length=32,
        evaluations=1,
    )
    results = finetune(config, progress=lambda _line: None, warn=lambda _line: None)
    assert results.chosen["1"]["step"] == 2
