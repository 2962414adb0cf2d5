"""A disk that is really full: exit code 3, the right words, nothing lost and nothing half-done."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support import ROOT

MOUNTING = ["unshare", "-rm"]


def may_mount(folder: Path) -> bool:
    line = [*MOUNTING, "mount", "-t", "tmpfs", "tmpfs", str(folder)]
    try:
        return subprocess.run(line, capture_output=True).returncode == 0
    except OSError:
        return False


@pytest.mark.parametrize("free", [0, 16, 60, 200])
def test_on_a_full_disk_nothing_is_lost_and_every_command_says_so(
    tmp_path: Path, free: int
) -> None:
    folder = tmp_path / "small"
    folder.mkdir()
    if not may_mount(folder):
        pytest.skip("this system lets nobody mount a small disk")
    line = [*MOUNTING, sys.executable, "-m", "tests.cli.small_disk", str(folder), str(free)]
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    env = os.environ | {"PYTHONPATH": path}
    made = subprocess.run(line, capture_output=True, text=True, env=env, timeout=300)
    assert made.returncode == 0, made.stderr
    found: dict[str, Any] = json.loads(made.stdout)
    first, *full, verified, again, _ = found["done"]
    assert first["code"] == 0, first
    for each in full:
        assert each["code"] == 3 or (each["code"] in (0, 1) and free), each
        assert "Traceback" not in each["err"]
        if each["code"] == 3:
            assert each["err"].count("error: ") == 1, each
            assert "Make room" in each["err"], each
    assert found["left"] == [], "half-written files"
    assert verified["code"] == 0, verified
    states = [row["outcome"] for row in json.loads(again["out"])["requests"]]
    assert states in (["known", "queued"], ["known", "known"])
    assert found["sent"] == 2
