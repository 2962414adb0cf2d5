"""Sizes that nobody sends by accident: memory stays bounded, and what is wrong is said."""

import json
import os
import subprocess
import sys

import pytest

from tests.support import ROOT

LIMIT_KIB = 200 * 1024


def cost(kind: str, size: int) -> dict:
    """Validate one hostile stream in a process of its own; return its peak memory and findings."""
    paths = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    done = subprocess.run(
        [sys.executable, "-m", "tests.trust.hostile", kind, str(size)],
        capture_output=True, check=True, env=os.environ | {"PYTHONPATH": paths},
    )  # fmt: skip
    return json.loads(done.stdout)


SMALL = {"segment": 30 << 20, "levels": 5_000, "deep-levels": 2_000, "repetitions": 20_000,
         "interchanges": 2_000}  # fmt: skip
FULL = {"segment": 2 << 30, "levels": 1_000_000, "deep-levels": 100_000, "repetitions": 100_000,
        "interchanges": 1_000_000}  # fmt: skip
SAID = {"segment": ["X229"], "levels": [], "deep-levels": ["X234"], "repetitions": ["X221"],
        "interchanges": []}  # fmt: skip


def _check(kind: str, size: int) -> None:
    found = cost(kind, size)
    assert found["peak_kib"] < LIMIT_KIB
    assert set(SAID[kind]) <= set(found["codes"])
    assert found["accepted"] == (not SAID[kind])


@pytest.mark.parametrize("kind", SMALL)
def test_large_input_is_bounded(kind):
    _check(kind, SMALL[kind])


@pytest.mark.long
@pytest.mark.parametrize("kind", FULL)
def test_hostile_input_is_bounded(kind):
    _check(kind, FULL[kind])
