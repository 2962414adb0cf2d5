"""Killed with SIGKILL anywhere between a queued request and its decision: exactly one of each.

The whole product as a process: `x12-pa exchange run --once` dies at a named failpoint, is run
again, and the payer goes on polling. In the end the payer has one interchange with every request,
and every request has one decision in force, whatever the place.
"""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.cli.support import command
from tests.services.bench import Bench
from x12_pa.exchange.failpoints import DOWNLOAD, UPLOAD, VARIABLE
from x12_pa.ledger.integrity import check
from x12_pa.syntax import read_interchanges

REQUESTS = (1, 2, 3)
NAMES = {f"PA20261122-00000{number}" for number in REQUESTS}
SLICE = ("u3_written", "u6_committed", "d5_stored", "d6_inside")
"""One in the middle of an upload, one after its rename, one before and one inside the reading."""


def exchange(bench: Bench, failpoint: str | None = None) -> int:
    """Run the mailbox in a process of its own; return how it ended."""
    env = {**os.environ, "X12_PA_CONFIG": str(bench.config)}
    if failpoint:
        env[VARIABLE] = failpoint
    done = subprocess.run(
        [*command(), "exchange", "run", "--once"], env=env, capture_output=True, timeout=60
    )
    assert b"Traceback" not in done.stderr, done.stderr
    return done.returncode


def assert_exactly_once(bench: Bench) -> None:
    sent = [i for data in bench.received() for i in read_interchanges(data)]
    assert [len(group.transactions) for i in sent for group in i.groups] == [len(REQUESTS)]
    assert bench.states() == dict.fromkeys(NAMES, "certified")
    versions = {(r.request, r.service, r.version) for r in bench.decided(past=True)}
    assert {version for _, _, version in versions} == {1}
    assert len(bench.decided(past=True)) == len(bench.decided())
    assert check(bench.office.ledger).ok


def killed_and_recovered(bench: Bench, failpoint: str) -> bool:
    """Go the whole way with one kill at a place; return whether the place was passed at all.

    After the kill the payer polls before we run again, so it may take what we are not sure of.
    """
    bench.submit(*REQUESTS)
    killed = False
    for turn in range(6):
        code = exchange(bench, None if killed else failpoint)
        killed |= code == -signal.SIGKILL
        assert code in (0, 3, -signal.SIGKILL), (turn, code)
        bench.poll()
        if killed and turn and set(bench.states().values()) == {"certified"}:
            break
    assert exchange(bench) == 0
    return killed


@pytest.mark.parametrize("place", SLICE)
def test_killed_once_everything_happens_once(bench: Bench, place: str) -> None:
    assert killed_and_recovered(bench, place)
    assert_exactly_once(bench)


@pytest.mark.long
@pytest.mark.parametrize("passage", [1, 2, 3])
@pytest.mark.parametrize("place", [p for p in (*UPLOAD, *DOWNLOAD) if p not in SLICE])
def test_killed_at_any_place_everything_happens_once(
    bench: Bench, place: str, passage: int
) -> None:
    if not killed_and_recovered(bench, f"{place}:{passage}"):
        assert place in UPLOAD or passage > 1, "this place was never reached"
    assert_exactly_once(bench)


def test_the_failpoints_are_off_unless_asked_for(bench: Bench, tmp_path: Path) -> None:
    bench.submit(1)
    assert (VARIABLE in os.environ, exchange(bench)) == (False, 0)
