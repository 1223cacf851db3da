"""The training loop: plan → batch → gradients → update, with validation, checkpoints and signals between steps."""

import math
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import FrameType

import torch

from pipeline.errors import JobFailedError
from xlmk_model.batches import StepBatch, to_device
from xlmk_model.collate import Plan
from xlmk_model.config import TrainConfig
from xlmk_model.contrastive import global_sum, rank_and_world
from xlmk_model.errors import TrainingDivergedError
from xlmk_model.init import extension_note
from xlmk_model.metrics import Value, add_sums, append_metrics, grouped, means, read_metrics
from xlmk_model.optim import (
    clip_gradients,
    gradient_norm,
    learning_rate,
    reset_gradients,
    set_learning_rate,
    sum_gradients,
)
from xlmk_model.sampling import keyed_seed
from xlmk_model.trainer.batches_ahead import Prepared, batches, plans
from xlmk_model.trainer.distributed import process_group
from xlmk_model.trainer.mining import next_mining
from xlmk_model.trainer.report import TrainReport, progress_line, validation_line
from xlmk_model.trainer.session import Session, open_session
from xlmk_model.trainer.step import StepRunner, StepSums
from xlmk_model.trainer.tensorboard import event_writer, write_events
from xlmk_model.trainer.validation import Validator, selection_loss

Progress = Callable[[str], None]
NORM_DECAY = 0.98
"""Decay of the running mean of gradient norms that spikes are measured against."""


@dataclass
class Stop:
    """Set by SIGTERM or SIGINT: the run saves after the present step and ends."""

    reason: str | None = None


@contextmanager
def stopping_by_signal() -> Iterator[Stop]:
    """Turn SIGTERM into `Stop` while inside (main thread only: elsewhere signals cannot be caught)."""
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return

    def note(number: int, _frame: FrameType | None) -> None:
        stop.reason = signal.Signals(number).name

    before = signal.signal(signal.SIGTERM, note)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGTERM, before)


class Loop:
    """One session's steps."""

    def __init__(self, session: Session, progress: Progress) -> None:
        """`progress` gets lines of text, on rank 0."""
        self.session, self.config = session, session.config
        self.rank, self.world = rank_and_world()
        self.progress: Progress = progress if self.rank == 0 else (lambda _line: None)
        self.runner = StepRunner(session.model, self.config, session.device)
        self.validator = Validator(session.dataset, self.config, rank=self.rank, world=self.world)
        self.started = time.monotonic()
        self.waited = 0.0
        self.first_step = session.state.step
        self.tokens_at_start = session.state.tokens
        wanted = self.config.run.tensorboard and self.rank == 0
        self.events = event_writer(self.config.out, self.first_step) if wanted else None

    def _record(self, line: Mapping[str, Value]) -> None:
        if self.rank == 0:
            append_metrics(self.session.metrics_path, line)
            if self.events is not None:
                write_events(self.events, line)

    def _seed_dropout(self, step: int) -> None:
        torch.manual_seed(keyed_seed(self.config.seed, "dropout", step, self.rank))

    def update(self, plan: Plan, sums: StepSums) -> bool:
        """Apply the gradients unless they are bad; returns whether they were applied."""
        session, optim = self.session, self.config.optim
        sum_gradients(session.model)
        norm = gradient_norm(session.model)
        state, factor = session.state, self.config.run.spike_factor
        spike = bool(factor) and state.norm_mean > 0 and norm > factor * state.norm_mean
        good = math.isfinite(norm) and not spike
        if good:
            rate = learning_rate(plan.step, steps=self.config.steps, config=optim)
            set_learning_rate(session.optimizer, rate)
            clip_gradients(session.model, norm, optim.clip_norm)
            session.optimizer.step()
            for name, found in sums.keys.items():
                session.model.queue(name).push(found.key, found.key_qid, found.key_text)
            mean = norm if not state.norm_mean else NORM_DECAY * state.norm_mean + (1 - NORM_DECAY) * norm
            add_sums(state.sums, {**sums.values, "grad_norm_sum": norm, "grad_norm_count": 1.0})
            session.state = replace(state, norm_mean=mean, skipped_in_a_row=0)
        else:
            session.state = replace(state, skipped=state.skipped + 1, skipped_in_a_row=state.skipped_in_a_row + 1)
            if session.state.skipped_in_a_row >= self.config.run.bad_steps:
                raise self._diverged(plan, norm)
        reset_gradients(session.model, session.model.encoder.get_input_embeddings().weight)
        return good

    def _diverged(self, plan: Plan, norm: float) -> TrainingDivergedError:
        rows = ", ".join(self.session.maker.example_ids(plan)[:20])
        return TrainingDivergedError(
            f"{self.session.state.skipped_in_a_row} steps in a row were skipped, the last is step {plan.step} with "
            f"gradient norm {norm} (running mean {self.session.state.norm_mean:.3g}); its rows begin: {rows}",
            next_step="--set optim.lr=SMALLER, or look at those rows",
        )

    def prepared(self) -> Iterator[Prepared]:
        """Plans and batches from the next step to the one before the next mining."""
        session, state = self.session, self.session.state
        until = next_mining(state.step, self.config)
        wanted = plans(session.planner, step=state.step, counters=state.counters, steps=until)
        return batches(session.maker, wanted, rank=self.rank, world=self.world, workers=self.config.data.workers)

    def _drawn_languages(self, made: StepBatch) -> dict[str, float]:
        """How many texts of queries were drawn in each language, over all ranks, as sums and counts."""
        langs = self.session.maker.source.langs
        parts = {name: part for name, part in (("mep", made.mep), ("oe", made.oe)) if part is not None}
        drawn = [torch.bincount(part.text_language, minlength=len(langs)) for part in parts.values()]
        found: dict[str, float] = {}
        for name, counts in zip(parts, global_sum(torch.stack(drawn)).tolist() if drawn else [], strict=True):
            for lang, count in zip(langs, counts, strict=True):
                found |= {f"{name}_text/{lang}_sum": count, f"{name}_text/{lang}_count": sum(counts)}
        return found

    def step(self, plan: Plan, made: StepBatch) -> None:
        """One step; afterwards `session.state` is that of the next."""
        session = self.session
        batch = to_device(made, session.device)
        self._seed_dropout(plan.step)
        before = {name: value.clone() for name, value in session.model.heads.named_buffers()}
        sums = self.runner.run(batch)
        sums.values |= self._drawn_languages(made)
        tokens = int(global_sum(torch.tensor(batch.tokens)))
        if not self.update(plan, sums):
            for name, value in session.model.heads.named_buffers():
                value.copy_(before[name])  # BatchNorm's statistics, which a bad step must not enter
        session.state = replace(
            session.state, step=plan.step + 1, counters=plan.after, tokens=session.state.tokens + tokens
        )

    def log(self) -> None:
        """A line of metrics over the steps since the last one, and a line of progress."""
        state, config = self.session.state, self.config
        losses = means(state.sums)
        seconds = time.monotonic() - self.started
        speed = (state.tokens - self.tokens_at_start) / seconds
        rate = learning_rate(state.step - 1, steps=config.steps, config=config.optim)
        named = {f"{name}_loss" if name in ("mlm", "mep", "oe") else name: value for name, value in losses.items()}
        line: dict[str, Value] = {"kind": "train", "step": state.step, **grouped(named), "lr": rate}
        timing = {"tokens_per_second": round(speed, 1), "data_wait_share": round(self.waited / seconds, 4)}
        self._record({**line, "tokens": state.tokens, "skipped": state.skipped, **timing})
        remaining = seconds / (state.step - self.first_step) * (config.steps - state.step)
        self.progress(
            progress_line(
                step=state.step,
                steps=config.steps,
                losses=losses,
                rate=rate,
                tokens_per_second=speed,
                remaining=remaining,
            )
        )
        self.session.state = replace(state, sums={})

    def validate(self) -> bool:
        """Measure on the valid split; returns whether it is the best so far."""
        state = self.session.state
        measured = self.validator.run(self.session.model, self.session.device)
        self._record({"kind": "valid", "step": state.step, **measured})
        self.progress(validation_line(state.step, measured))
        loss = selection_loss(measured, self.config)
        best = loss is not None and (state.best_loss is None or loss < state.best_loss)
        if best:
            self.session.state = replace(state, best_loss=loss)
        return best

    def agreed(self, stop: Stop) -> str | None:
        """Why to stop; whichever rank heard a signal, all end after the same step."""
        heard = int(global_sum(torch.tensor(int(stop.reason is not None))))
        return stop.reason or ("signal on another rank" if heard else None)

    def run(self, stop: Stop) -> str | None:
        """Steps until the end, `run.stop_at` or a signal; returns why it ended early, or None."""
        if self.session.state.step == 0:
            self.validate()
        reason = None
        while self.session.state.step < self.config.steps and reason is None:
            self.session.mine()
            reason = self._until_mining(stop)
        return reason

    def _until_mining(self, stop: Stop) -> str | None:
        """Steps with the present hard negatives; returns why to stop, or None."""
        run, steps = self.config.run, self.config.steps
        asked = time.monotonic()
        for plan, made in self.prepared():
            self.waited += time.monotonic() - asked
            self.step(plan, made)
            done = self.session.state.step
            last = done == steps
            if done % run.log_every == 0 or last:
                self.log()
            best = self.validate() if last or (run.validate_every and done % run.validate_every == 0) else False
            reason = self.agreed(stop) or (f"run.stop_at = {done}" if done == run.stop_at and not last else None)
            if best or last or reason or (run.checkpoint_every and done % run.checkpoint_every == 0):
                self.session.save(best=best)
            if reason:
                return reason
            asked = time.monotonic()
        return None


def train(config: TrainConfig, *, progress: Progress) -> TrainReport:
    """Train, or resume the unfinished run in `config.out`; a finished run is left as it is.

    Called on every rank under torchrun. Torch's generators are left as they were. Raises XlmkError subclasses: see
    `open_session`, and TrainingDivergedError.
    """
    if config.run.threads:
        torch.set_num_threads(config.run.threads)
    started = time.monotonic()
    with process_group():
        session = open_session(config)
        first_step = session.state.step
        cuda = [session.device.index or 0] if session.device.type == "cuda" else []
        if first_step and first_step < config.steps and rank_and_world()[0] == 0:
            progress(f"resumed at step {first_step} of {config.steps} from {config.out}")
        if config.init is not None and not first_step and rank_and_world()[0] == 0:
            note = extension_note(config.init, session.dataset)
            if note is not None:
                progress(f"# {note}")
        with stopping_by_signal() as stop, torch.random.fork_rng(devices=cuda):
            stopped = Loop(session, progress).run(stop)
    valid = [line for line in read_metrics(session.metrics_path) if line["kind"] == "valid"]
    measured = [{key: value for key, value in line.items() if key not in ("kind", "step")} for line in valid]
    return TrainReport(
        run=config.out,
        steps=session.state.step,
        session_steps=session.state.step - first_step,
        skipped=session.state.skipped,
        tokens=session.state.tokens,
        seconds=time.monotonic() - started,
        before=measured[0] if measured else {},
        after=measured[-1] if measured else {},
        stopped=stopped,
    )


def train_to_end(config: TrainConfig, *, progress: Progress) -> TrainReport:
    """`train`, for what goes on with the trained model: raises JobFailedError where a signal or `run.stop_at` ended it.

    The run lies there as `train` left it, and the same call goes on from there.
    """
    report = train(config, progress=progress)
    if report.stopped is not None:
        raise JobFailedError(
            f"{config.out} was stopped at step {report.steps} of {config.steps} ({report.stopped})",
            next_step="the same command goes on from there",
        )
    return report
