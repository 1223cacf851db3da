"""What a training run tells its caller, and the lines it shows on the way."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class TrainReport:
    """The end of a training session.

    `before` and `after` are the validation at step 0 and the last one (see RUN/metrics.jsonl for all): mlm_loss,
    mep_loss, mep_recall_at_1, ..., shares between 0 and 1. `stopped` is None when all steps are done, else the reason.
    `steps` counts from the start of the run, `session_steps` and `seconds` this session; `tokens` all ranks, the run.
    """

    run: Path
    steps: int
    session_steps: int
    skipped: int
    tokens: int
    seconds: float
    before: dict[str, float]
    after: dict[str, float]
    stopped: str | None


def clock(seconds: float) -> str:
    """Hours, minutes and seconds.

    >>> clock(3725), clock(59)
    ('1:02:05', '0:59')
    """
    whole = round(seconds)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def progress_line(
    *, step: int, steps: int, losses: Mapping[str, float], rate: float, tokens_per_second: float, remaining: float
) -> str:
    """One line of progress; `remaining` in seconds.

    >>> progress_line(step=50, steps=200, losses={"mlm": 6.5, "mep": 3.25}, rate=1e-3, tokens_per_second=12345.6,
    ...     remaining=75)
    'step 50/200  mlm 6.500  mep 3.250  lr 1.0e-03  12,346 tokens/s  1:15 left'
    """
    shown = "  ".join(f"{name} {losses[name]:.3f}" for name in ("mlm", "mep", "oe") if name in losses)
    return f"step {step}/{steps}  {shown}  lr {rate:.1e}  {tokens_per_second:,.0f} tokens/s  {clock(remaining)} left"


def validation_line(step: int, measured: Mapping[str, float]) -> str:
    """One line about a validation.

    >>> validation_line(0, {"mlm_loss": 8.4, "mep_recall_at_10": 0.125})
    'valid at step 0  mlm_loss 8.400  mep_recall_at_10 12.5%'
    """
    parts = [f"{name} {value:.1%}" if "recall" in name else f"{name} {value:.3f}" for name, value in measured.items()]
    return "  ".join([f"valid at step {step}", *parts])
