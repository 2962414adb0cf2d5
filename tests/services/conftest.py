"""Fixture: an office with a payer, per test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services.bench import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """An office with a payer that certifies everything."""
    made = Bench(tmp_path)
    yield made
    made.close()
