"""What every test of the commands has: no variables of the caller, the usual umask."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let every test work in a folder of its own, and give the umask back that main() sets."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("X12_PA_CONFIG", raising=False)
    monkeypatch.delenv("X12_PA_TRACEBACK", raising=False)
    before = os.umask(0o022)
    os.umask(before)
    yield
    os.umask(before)
