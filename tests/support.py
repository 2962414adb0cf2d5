"""What several tests share: where the reference samples lie, a fixed clock, a fixture reader."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from x12_pa.services.profile_sample_text import recounted as counts_set_right

ROOT = Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "fixtures"
NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)


def fixed_clock() -> datetime:
    """Return the instant that every test calls now."""
    return NOW


def reference_dir() -> Path:
    """Return the folder of reference tables and samples, or skip the test and say why."""
    folder = Path(os.environ.get("X12_PA_REFERENCE", ROOT.parent / "shared" / "reference"))
    if not folder.is_dir():
        pytest.skip(f"the reference samples are not beside this checkout ({folder.name} missing)")
    return folder


def recounted(data: bytes) -> bytes:
    """Set the counts of a changed file right: SE01, GE01 and IEA01."""
    return counts_set_right(data.decode("latin-1")).encode("latin-1")
