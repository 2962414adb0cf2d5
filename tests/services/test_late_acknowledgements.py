"""Acknowledgements that come before their request, or that speak of another program's groups."""

import itertools
from datetime import timedelta
from pathlib import Path

import pytest

from tests.services.bench import Bench, counts
from tests.services.test_ingest import numbered, ready
from tests.support import FIXTURES, fixed_clock
from x12_pa.acks import ControlNumbers, answer
from x12_pa.ledger.acks import acks, unmatched_acks
from x12_pa.services.pieces import needs_a_person
from x12_pa.validation import validate

ELSEWHERE = (FIXTURES / "valid" / "278-request-services.edi").read_bytes()
NAME = "REQ000003"


def acknowledged(data: bytes, start: int = 500) -> bytes:
    """Return the TA1 and 999 with which a partner answers a file."""
    counted = itertools.count(start)
    numbers = ControlNumbers(
        interchange=lambda _: next(counted),
        group=lambda _: next(counted),
    )
    made = answer(validate(data), numbers=numbers, clock=fixed_clock)
    assert made is not None
    return made


def refused(data: bytes) -> bytes:
    """Return a file of which the partner refuses the set."""
    return data.replace(b"UM*HS*", b"UM*XX*")


def test_a_999_that_came_before_its_request_is_given_to_it(bench: Bench) -> None:
    early = bench.ingest(acknowledged(ELSEWHERE), "ack.x12")
    assert needs_a_person(early.outcome.counts), "it speaks of nothing that is known yet"
    taken = bench.ingest(ELSEWHERE, "request.x12")
    assert counts(taken) == {"requests": 1, "acknowledgements that had come before": 1}
    assert bench.states() == {NAME: "received"}
    (request,) = bench.requests()
    with bench.office.ledger.read() as tx:
        assert [ack.level for ack in acks(tx, request_id=request.id)] == ["transaction"]


def test_a_refusal_that_came_before_its_request_refuses_it(bench: Bench) -> None:
    bench.ingest(acknowledged(refused(ELSEWHERE)), "ack.x12")
    taken = bench.ingest(ELSEWHERE, "request.x12")
    assert counts(taken)["requests refused"] == 1
    assert bench.states() == {NAME: "refused_technically"}


def test_two_that_name_the_same_group_are_left_for_a_person(bench: Bench) -> None:
    bench.ingest(acknowledged(ELSEWHERE, 500), "one.x12")
    bench.ingest(acknowledged(refused(ELSEWHERE), 600), "other.x12")
    bench.ingest(ELSEWHERE, "request.x12")
    assert bench.states() == {NAME: "sent"}


def test_one_from_long_before_the_file_was_written_speaks_of_another_file(bench: Bench) -> None:
    bench.now -= timedelta(days=400)
    bench.ingest(acknowledged(ELSEWHERE), "ack.x12")
    bench.now += timedelta(days=400)
    bench.ingest(ELSEWHERE, "request.x12")
    assert bench.states() == {NAME: "sent"}


def test_the_same_request_again_does_not_move_it_again(bench: Bench) -> None:
    bench.ingest(acknowledged(ELSEWHERE), "ack.x12")
    bench.ingest(ELSEWHERE, "request.x12")
    again = bench.ingest(numbered(ELSEWHERE, 77), "again.x12")
    assert counts(again) == {"known requests": 1}
    with bench.office.ledger.read() as tx:
        assert {ack.level for ack in unmatched_acks(tx)} <= {"interchange", "group"}


def test_a_number_that_another_program_used_does_not_stop_ours(bench: Bench) -> None:
    """Only evidence of numbers that *nobody* here sent says that this ledger is an old copy."""
    theirs = ELSEWHERE.replace(b"*1*T*:~", b"*1*P*:~").replace(b"GE*1*1~", b"GE*1*5000~")
    theirs = numbered(theirs, 5000).replace(b"*1*X*005010X217~", b"*5000*X*005010X217~")
    bench.ingest(theirs, "request.x12")
    bench.ingest(acknowledged(theirs), "ack.x12")
    done = bench.submit(1)
    assert done.clean
    assert done.file is not None
    assert (done.file.isa13, done.file.gs06) == (1, 1)


@pytest.mark.parametrize(("code", "person"), [(b"A", False), (b"R", True)])
def test_a_999_of_claims_says_nothing_of_the_request_with_its_group_number(
    bench: Bench, code: bytes, person: bool, tmp_path: Path
) -> None:
    ours = ready(bench, 1)["999"][0]
    theirs = ours.replace(b"AK1*HI*", b"AK1*HC*").replace(b"005010X217", b"005010X222A1")
    theirs = theirs.replace(b"IK5*A", b"IK5*" + code).replace(b"AK9*A", b"AK9*" + code)
    taken = bench.ingest(numbered(theirs, 900), "claims.x12")
    assert needs_a_person(taken.outcome.counts) is person
    assert set(bench.states().values()) == {"sent"}
    bench.ingest(ours, "ours.x12")
    assert set(bench.states().values()) == {"received"}
