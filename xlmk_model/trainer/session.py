"""A training session: everything that is open between start (or resume) and the last step of this process."""

from dataclasses import dataclass
from pathlib import Path

import torch

from pipeline.errors import MismatchError, TargetError
from xlmk_model.checkpoint import Checkpoint, TrainState, load_checkpoint, pointer, remove_old, save_checkpoint
from xlmk_model.collate import Planner, StepMaker
from xlmk_model.collate.hard_negatives import HardNegatives
from xlmk_model.config import TrainConfig
from xlmk_model.contrastive import rank_and_world
from xlmk_model.init import new_model
from xlmk_model.metrics import drop_after
from xlmk_model.model import XlmkModel
from xlmk_model.optim import load_optimizer, new_optimizer, optimizer_tensors
from xlmk_model.run_folder import RunIdentity, check_identity, read_identity, write_identity
from xlmk_model.shards import Dataset, open_dataset
from xlmk_model.trainer.mining import Miner, mines_at


def choose_device(name: str) -> torch.device:
    """The device of that name; `auto` is a GPU if there is one."""
    if name != "auto":
        return torch.device(name)
    if torch.cuda.is_available():
        return torch.device("cuda", rank_and_world()[0] % torch.cuda.device_count())
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


@dataclass
class Session:
    """An open run. `state` is replaced after every step."""

    config: TrainConfig
    dataset: Dataset
    model: XlmkModel
    optimizer: torch.optim.AdamW
    device: torch.device
    planner: Planner
    maker: StepMaker
    miner: Miner | None
    state: TrainState

    @property
    def metrics_path(self) -> Path:
        """RUN/metrics.jsonl."""
        return self.config.out / "metrics.jsonl"

    def mine(self) -> None:
        """Mine hard negatives if the next step begins with it."""
        if self.miner is not None and mines_at(self.state.step, self.config):
            self.maker.hard = self.miner.mine(self.model, self.state.step)

    def save(self, *, best: bool = False) -> None:
        """Write a checkpoint of the present state; rank 0 only."""
        if rank_and_world()[0]:
            return
        optimizer = optimizer_tensors(self.model, self.optimizer)
        mined = self.maker.hard.tensors() if self.config.knowledge.hard_negatives else None
        checkpoint = Checkpoint(model=self.model.tensors(), optimizer=optimizer, state=self.state, mined=mined)
        save_checkpoint(self.config.out, checkpoint, keep=self.config.run.keep_checkpoints, best=best)


def open_session(config: TrainConfig) -> Session:
    """Open a new run, or the unfinished one in `config.out`.

    Raises MissingTableError or InputError for shards that are not whole, MismatchError if the run there has other
    shards, tokenizer or configuration, TargetError if the run folder cannot be written.
    """
    dataset = open_dataset(config.shards)
    device = choose_device(config.run.device)
    found = read_identity(config.out)
    model = new_model(config, dataset)
    if model.encoder.config.vocab_size < dataset.vocabulary.size:
        raise MismatchError(
            f"the model has {model.encoder.config.vocab_size} pieces, the shards' tokenizer {dataset.vocabulary.size}",
            next_step="xlmk shards with the model's tokenizer",
        )
    encoder = model.encoder.config.to_diff_dict()
    asked = RunIdentity(config, dataset.digest, dataset.tokenizer_digest, encoder)
    if found is not None:
        check_identity(config.out, found, asked)
    elif rank_and_world()[0] == 0:
        try:
            (config.out / "checkpoints").mkdir(parents=True, exist_ok=True)
            write_identity(config.out, asked, dataset)
        except OSError as error:
            raise TargetError(f"{config.out} cannot be written: {error}", next_step="--out DIR") from error
    model.to(device).train()
    optimizer = new_optimizer(model, config.optim)
    state, maker = TrainState(), StepMaker(dataset, config)
    latest = pointer(config.out, "latest")
    if latest is not None:
        checkpoint = load_checkpoint(latest)
        model.load_tensors(checkpoint.model)
        load_optimizer(model, optimizer, checkpoint.optimizer)
        state = checkpoint.state
        if checkpoint.mined is not None:
            maker.hard = HardNegatives(**checkpoint.mined)
    if rank_and_world()[0] == 0:
        if latest is not None:
            remove_old(config.out, config.run.keep_checkpoints)
        drop_after(config.out / "metrics.jsonl", state.step if latest is not None else -1)
    return Session(
        config=config,
        dataset=dataset,
        model=model,
        optimizer=optimizer,
        device=device,
        planner=Planner.of(dataset, config),
        maker=maker,
        miner=Miner(dataset, config, maker.source, device) if config.knowledge.hard_negatives else None,
        state=state,
    )
