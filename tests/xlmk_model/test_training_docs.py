"""docs/training.md lists every knob as the code has it."""

from pathlib import Path

from xlmk_model.config.describe import knob_table

DOCS = Path(__file__).resolve().parents[2] / "docs" / "training.md"


def test_docs_hold_the_table_of_knobs() -> None:
    assert knob_table() in DOCS.read_text(encoding="utf-8")
