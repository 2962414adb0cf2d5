"""Sizes that nobody sends by accident: memory stays bounded, and what is wrong is said."""

import json
import os
import subprocess
import sys

import pytest

from tests.support import ROOT

LIMIT_KIB = 64_000_000 // 1024
# Each kind: a size for every day, a hostile size, and what must be said of it; `[]` is accepted.
KINDS: dict[str, tuple[int, int, list[str]]] = {
    "segment": (30 << 20, 2 << 30, ["X229"]),
    "one-set": (8 << 20, 500_000_000, []),
    "sets": (4_000, 1_000_000, []),
    "faults": (3_000, 200_000, ["X216"]),
    "levels": (5_000, 1_000_000, []),
    "deep-levels": (2_000, 100_000, ["X234"]),
    "repetitions": (20_000, 100_000, ["X221"]),
    "interchanges": (2_000, 1_000_000, []),
}


def cost(kind: str, size: int) -> dict:
    """Validate one hostile stream in a process of its own; return its peak memory and findings."""
    paths = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    done = subprocess.run(
        [sys.executable, "-m", "tests.trust.hostile", kind, str(size)],
        capture_output=True, check=True, env=os.environ | {"PYTHONPATH": paths},
    )  # fmt: skip
    return json.loads(done.stdout)


def check(kind: str, size: int) -> None:
    said, found = KINDS[kind][2], cost(kind, size)
    assert found["peak_kib"] < LIMIT_KIB
    assert set(said) <= set(found["codes"])
    assert found["accepted"] == (not said)
    assert found["bytes"] >= size, "not all of it was read"


@pytest.mark.parametrize("kind", KINDS)
def test_large_input_is_bounded(kind):
    check(kind, KINDS[kind][0])


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
def test_hostile_input_is_bounded(kind):
    check(kind, KINDS[kind][1])
