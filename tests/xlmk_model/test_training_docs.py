"""docs/training.md lists every knob as the code has it, with a unit and a reason each."""

from pathlib import Path

from xlmk_model.config import TrainConfig, known_keys
from xlmk_model.config.describe import knob_table
from xlmk_model.config.reasons import REASONS

DOCS = Path(__file__).resolve().parents[2] / "docs" / "training.md"


def test_docs_hold_the_table_of_knobs() -> None:
    """Made with `python -c "from xlmk_model.config.describe import knob_table; print(knob_table())"`."""
    assert knob_table() in DOCS.read_text(encoding="utf-8")


def test_every_knob_has_a_unit_and_a_reason() -> None:
    assert list(REASONS) == list(known_keys(TrainConfig))
    assert all(unit and reason for unit, reason in REASONS.values())
