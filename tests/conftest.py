"""Fixtures for all tests."""

import atexit
import os
from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[1].parent / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real data beside the checkout; tests that need it skip without it."""
    if not SHARED.is_dir():
        pytest.skip("needs the real data in ../shared/data, which is not part of the repository")
    return SHARED


@atexit.register
def _quiet_teardown() -> None:
    """Run last: DuckDB's binding lists its own types as leaked where torch and Beam are in the process (see demo)."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
