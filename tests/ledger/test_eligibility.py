"""Questions of 270s and what was told of them: stored once, found again, never changed."""

from datetime import date
from pathlib import Path

import pytest
from attrs import evolve
from sqlalchemy import text

from x12_pa.errors import InternalError
from x12_pa.ledger import audit, eligibility
from x12_pa.ledger.database import Ledger, Tx, open_ledger
from x12_pa.ledger.eligibility import NewAnswer, NewCheck
from x12_pa.ledger.plain import member_hash
from x12_pa.ledger.requests import NewRequest, record_request
from x12_pa.ledger.responses import NewResponse, record_responses
from x12_pa.ledger.steps import Steps

CHECK = NewCheck(
    key="k1",
    trace="EL-1",
    payer="ACMEPAYER",
    member_id="MBR000123",
    day=date(2026, 12, 5),
    data={"row": {"procedure": "73721"}},
)
NO = NewAnswer(coverage="active", required="no", data={"on": "2026-12-05"})
YES = NewAnswer(coverage="active", required="yes", data={"on": "2026-12-05"})


def asked(tx: Tx, *checks: NewCheck) -> list[int]:
    request = NewRequest(
        kind="270",
        sender="CLINIC001",
        bht03="EL-1",
        payer="ACMEPAYER",
        member_id="MBR000123",
        data={"reference": "EL-1"},
        idempotency_key="q1",
    )
    number = record_request(tx, request).id
    return [eligibility.record_check(tx, number, each) for each in checks]


def answered(tx: Tx, check: int, *told: NewAnswer, content: str = "a") -> None:
    """Take in a response that tells of a check; one that is known tells nothing."""
    new = NewResponse(kind="271", data={"content": content}, bht03="EL-1")
    ((number, created),) = record_responses(tx, [new])
    if created:
        steps = Steps()
        eligibility.note_answers(steps, tx.now, check, number, told)
        steps.write(tx)


def test_a_question_is_found_by_key_reference_trace_member_and_day(ledger: Ledger) -> None:
    with ledger.write() as tx:
        (number,) = asked(tx, CHECK)
        ways = (
            {"reference": "EL-1"},
            {"trace": "EL-1"},
            {"member_id": " mbr000123 "},
            {"payer": "ACMEPAYER", "day": date(2026, 12, 5)},
        )
        found = [[one.id for one in eligibility.checks(tx, **way)] for way in ways]  # type: ignore
        assert found == [[number]] * 4
        assert eligibility.checks(tx, member_id="MBR000999") == []
        known = eligibility.check_by_key(tx, "k1")
    assert known is not None
    assert (known.id, known.state) == (number, "queued")


def test_a_key_is_stored_once(ledger: Ledger) -> None:
    with pytest.raises(InternalError), ledger.write() as tx:
        asked(tx, CHECK, evolve(CHECK, trace="EL-2"))


def test_each_ledger_has_a_key_of_its_own_for_member_ids(tmp_path: Path) -> None:
    hashes = set()
    for name in ("one", "two"):
        opened = open_ledger(tmp_path / name / "ledger.db")
        for _ in range(2):
            with opened.write() as tx:
                hashes.add((name, member_hash(tx, "MBR000123")))
        opened.close()
    assert len(hashes) == len({value for _, value in hashes}) == 2


def test_the_member_id_stands_in_no_column(ledger: Ledger) -> None:
    with ledger.write() as tx:
        asked(tx, CHECK)
        row = tx.execute(text("SELECT * FROM eligibility_check")).one()
    assert "MBR000123" not in str(row)


def test_a_response_is_told_once_and_a_later_one_beside_it(ledger: Ledger) -> None:
    with ledger.write() as tx:
        (number,) = asked(tx, CHECK)
        answered(tx, number, NO, YES)
        answered(tx, number, NO, YES)
        answered(tx, number, YES, content="b")
        found = eligibility.answers(tx, [number])
        assert [one.required for one in found] == ["no", "yes", "yes"]
        assert eligibility.answers(tx, required="no") == found[:1]
        assert eligibility.is_answered(tx, number)
        events = [each.event for each in audit.entries(tx)]
    assert events.count("eligibility.answered") == 2


def told_twice(tx: Tx) -> None:
    (number,) = asked(tx, CHECK)
    ((response, _),) = record_responses(tx, [NewResponse(kind="271", data={}, bht03="EL-1")])
    steps = Steps()
    for _ in range(2):
        eligibility.note_answers(steps, tx.now, number, response, [NO])
    steps.write(tx)


def test_the_answers_of_a_response_to_a_question_are_taken_once(ledger: Ledger) -> None:
    with pytest.raises(InternalError), ledger.write() as tx:
        told_twice(tx)


@pytest.mark.parametrize(
    "statement",
    ["UPDATE eligibility_answer SET required = 'no'", "DELETE FROM eligibility_answer"],
)
def test_an_answer_is_never_changed(ledger: Ledger, statement: str) -> None:
    with ledger.write() as tx:
        (number,) = asked(tx, CHECK)
        answered(tx, number, YES)
    with pytest.raises(InternalError, match="refused a change"), ledger.write() as tx:
        tx.execute(text(statement))
