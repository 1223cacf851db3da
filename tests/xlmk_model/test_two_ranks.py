"""A whole run on two gloo ranks: same rows, same losses as in one process (exactness: test_exact_gradients)."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing

from xlmk_model.checkpoint import latest_checkpoint, load_state
from xlmk_model.config import TrainConfig, with_overrides
from xlmk_model.metrics import read_metrics
from xlmk_model.trainer import train


def rank_main(rank: int, folder: Path, config: TrainConfig) -> None:
    """One rank of the run in `config.out`."""
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{folder}/rendezvous", rank=rank, world_size=2)
    train(config, progress=lambda _line: None)
    dist.destroy_process_group()


@pytest.mark.long
def test_two_ranks_learn_what_one_does(fast_config: TrainConfig, tmp_path: Path) -> None:
    settings = ["model.dropout=0", "queue=12", "mep_rows=7", "checkpoint_every=0", "lr=1e-6"]
    plain = with_overrides(fast_config, settings)
    train(replace(plain, out=tmp_path / "one"), progress=lambda _line: None)
    torch.multiprocessing.spawn(rank_main, args=(tmp_path, replace(plain, out=tmp_path / "two")), nprocs=2)
    one, two = (load_state(latest_checkpoint(tmp_path / name)) for name in ("one", "two"))
    assert (one.step, one.counters, one.tokens) == (two.step, two.counters, two.tokens)
    lines = [read_metrics(tmp_path / name / "metrics.jsonl") for name in ("one", "two")]
    assert [line["step"] for line in lines[0]] == [line["step"] for line in lines[1]]
    for ours, theirs in zip(*lines, strict=True):
        assert ours.get("tokens") == theirs.get("tokens")
        for key in ("mlm_loss", "mep_loss", "oe_loss", "mep_recall_at_10"):
            assert ours.get(key) == pytest.approx(theirs.get(key), abs=1e-3), key
