"""Authorizations and the coverage under them: what changed, what is due, and asking again once."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from tests.services.bench import IDENTITY, LEDGER, MAILBOX, Bench, by_kind
from tests.services.eligibility import profiled, told
from tests.simulator.support import personality
from x12_pa.errors import UsageError
from x12_pa.ledger import eligibility as store
from x12_pa.services.eligibility_watch import Row, ask_again, rows

ID = "PA20261122-000001"


def approved(folder: Path, **answer: Any) -> Bench:
    """Return a bench with one certified request, and a payer that tells this of its patient."""
    bench = Bench(folder, told(**answer))
    bench.submit(1)
    exchanged(bench)
    return bench


def exchanged(bench: Bench) -> None:
    bench.run()
    bench.poll()
    bench.run()


def verified(bench: Bench) -> list[Row]:
    """Ask about what is due, and return what is to be looked at afterwards."""
    ask_again(bench.office, rows(bench.office))
    exchanged(bench)
    return rows(bench.office)


def seen(found: list[Row]) -> list[tuple[str, str | None]]:
    return [(row.concern.kind, row.concern.occasion) for row in found]


def test_an_approval_is_due_on_its_day_and_not_after_the_answer(tmp_path: Path) -> None:
    bench = approved(tmp_path)
    found = rows(bench.office)
    assert seen(found) == [("due", "approval")]
    assert found[0].concern.authorization == ID
    assert seen(verified(bench)) == []


def test_the_question_is_the_requests_own(tmp_path: Path) -> None:
    bench = approved(tmp_path)
    verified(bench)
    with bench.office.ledger.read() as tx:
        (one,) = store.checks(tx, authorization=ID)
    assert (one.occasion, one.payer, one.day.isoformat()) == ("approval", "DEMOPAYER", "2026-12-07")
    assert one.data["row"]["procedure"] == "HC:73721:RT"


def test_on_the_day_of_service_it_is_due_again(tmp_path: Path) -> None:
    bench = approved(tmp_path)
    verified(bench)
    bench.now += timedelta(days=14)
    assert seen(rows(bench.office)) == []
    bench.now += timedelta(days=1)
    assert seen(rows(bench.office)) == [("due", "service")]
    assert seen(verified(bench)) == []


def test_what_is_due_in_some_days_can_be_asked_for(tmp_path: Path) -> None:
    bench = approved(tmp_path)
    verified(bench)
    assert seen(rows(bench.office, days=30)) == [("due", "service")]


def test_an_occasion_is_asked_once_while_its_answer_is_waited_for(tmp_path: Path) -> None:
    bench = approved(tmp_path)
    first = ask_again(bench.office, rows(bench.office))
    (row,) = rows(bench.office)
    assert (row.waiting, row.asked_as) == (bench.now.date(), first.outcomes[0].reference)
    bench.now += timedelta(days=1)
    assert ask_again(bench.office, rows(bench.office)).outcomes == ()


def test_coverage_that_ended_is_told_until_it_is_answered_otherwise(tmp_path: Path) -> None:
    bench = approved(tmp_path, begins="2026-01-01", ends="2026-11-30")
    assert seen(verified(bench)) == [("coverage ended", None)]
    bench.payer.personality = told()
    bench.now += timedelta(days=15)
    assert seen(verified(bench)) == []


def test_a_new_member_id_is_told(tmp_path: Path) -> None:
    bench = approved(tmp_path, member_id="MBR000777")
    assert seen(verified(bench)) == [("member id changed", None)]


def test_another_plan_since_the_approval_is_told(tmp_path: Path) -> None:
    bench = approved(tmp_path)
    verified(bench)
    bench.payer.personality = told(plan="EXAMPLE HMO")
    bench.now += timedelta(days=15)
    assert seen(verified(bench)) == [("plan changed", None)]


def test_an_answer_to_a_schedule_verifies_too(tmp_path: Path) -> None:
    bench = approved(tmp_path)
    (row,) = rows(bench.office)
    assert row.question is not None
    bench.told(evolve(row.question, procedure=None, service_type="98"))
    assert seen(rows(bench.office)) == []


def test_a_dependents_authorization_is_not_verified_by_the_subscribers_answer(
    tmp_path: Path,
) -> None:
    bench = Bench(tmp_path, told())
    number = next(n for n in range(1, 53) if has_dependent(n))
    bench.submit(number)
    exchanged(bench)
    (row,) = rows(bench.office)
    assert row.question is not None
    own = {"dependent_last_name": None, "dependent_first_name": None, "dependent_birth_date": None}
    bench.told(evolve(row.question, dependent_relationship=None, dependent_gender=None, **own))
    assert seen(rows(bench.office)) == [("due", "approval")]
    assert seen(verified(bench)) == []


def has_dependent(number: int) -> bool:
    from tests.simulator.support import fixture

    return fixture(number).dependent is not None


def test_a_test_verifies_nothing(tmp_path: Path) -> None:
    bench = approved(tmp_path)
    (row,) = rows(bench.office)
    assert row.question is not None
    bench.check(row.question, test=True)
    exchanged(bench)
    assert seen(rows(bench.office)) == [("due", "approval")]


def test_a_denied_request_is_not_watched(tmp_path: Path) -> None:
    bench = Bench(tmp_path, personality(otherwise={"decision": "A3", "reason": "0F"}))
    bench.submit(1)
    exchanged(bench)
    assert rows(bench.office) == []


def test_a_request_that_waits_is_watched_from_the_order_on(tmp_path: Path) -> None:
    bench = Bench(tmp_path, personality(otherwise={"decision": "A4", "reason": "0V"}))
    bench.submit(1)
    assert seen(rows(bench.office)) == [("due", "order")]


CT = 2
"""A request of the demo for two procedures, HC:74177 and HC:71260."""


def ct_scans(folder: Path, *rules: dict[str, Any]) -> Bench:
    bench = Bench(folder, told(*rules))
    bench.submit(CT)
    exchanged(bench)
    return bench


def test_an_authorization_of_two_procedures_is_asked_about_both(tmp_path: Path) -> None:
    bench = ct_scans(tmp_path)
    (done,) = [ask_again(bench.office, rows(bench.office))]
    with bench.office.ledger.read() as tx:
        asked = [one.data["row"]["procedure"] for one in store.checks(tx)]
    assert (asked, len({one.reference for one in done.outcomes})) == (["HC:74177", "HC:71260"], 2)


def test_one_270_asks_about_both_where_the_payer_takes_several_questions(tmp_path: Path) -> None:
    bench = profiled(tmp_path, mailbox="eligibility: {questions_per_patient: 10}")
    bench.submit(CT)
    exchanged(bench)
    done = ask_again(bench.office, rows(bench.office))
    bench.run()
    sent = bench.received()[-1]
    assert (len({one.reference for one in done.outcomes}), sent.count(b"EQ*")) == (1, 2)


def test_a_procedure_that_lost_its_coverage_is_named_and_the_other_is_not(tmp_path: Path) -> None:
    gone = {"when": {"procedure": "71260"}, "answer": {"coverage": "inactive"}}
    found = verified(ct_scans(tmp_path, gone))
    assert [(row.concern.kind, row.concern.services) for row in found] == [
        ("coverage ended", ("HC:71260",))
    ]


def test_what_changed_for_the_patient_is_told_once_for_all_procedures(tmp_path: Path) -> None:
    bench = ct_scans(tmp_path)
    bench.payer.personality = told(member_id="MBR000777")
    assert [(row.concern.kind, row.concern.services) for row in verified(bench)] == [
        ("member id changed", ("HC:74177", "HC:71260"))
    ]


def test_an_answer_about_one_procedure_leaves_the_other_to_be_verified(tmp_path: Path) -> None:
    bench = ct_scans(tmp_path)
    first, _ = rows(bench.office)
    assert first.question is not None
    bench.told(first.question)
    assert [row.concern.services for row in rows(bench.office)] == [("HC:71260",)]


def test_a_procedure_that_was_denied_is_not_asked_about(tmp_path: Path) -> None:
    services = [
        {"procedure": "74177", "decision": "A1"},
        {"procedure": "71260", "decision": "A3", "reason": "0F"},
    ]
    bench = Bench(tmp_path, personality(otherwise={"decision": "A2", "services": services}))
    bench.submit(CT)
    exchanged(bench)
    assert [row.concern.services for row in rows(bench.office)] == [("HC:74177",)]


def rejected(folder: Path, code: str, follow_up: str) -> Bench:
    """Return a bench whose payer rejected the question of the approval, and will never again."""
    bench = approved(folder, reject=code, follow_up=follow_up)
    assert seen(verified(bench)) == [("due", "approval")]
    bench.payer.personality = told()
    return bench


def asked_on(bench: Bench, days: int) -> int:
    """Ask for what is due some days later; return how many questions went out."""
    bench.now += timedelta(days=days)
    return len(ask_again(bench.office, rows(bench.office)).files)


def test_what_must_be_corrected_is_not_asked_again_on_the_next_occasion_either(
    tmp_path: Path,
) -> None:
    bench = rejected(tmp_path, "75", "C")
    (row,) = rows(bench.office)
    assert row.pause is not None
    assert (row.needs_a_person, row.pause.action) == (True, "correct")
    assert "75 subscriber not found (correct subscriber)" in row.pause.detail
    assert [asked_on(bench, days) for days in (1, 14, 1)] == [0, 0, 0]


def test_what_must_not_be_sent_again_is_not(tmp_path: Path) -> None:
    bench = rejected(tmp_path, "42", "N")
    assert [asked_on(bench, days) for days in (1, 14)] == [0, 0]


def test_what_a_person_wants_asked_again_is_asked(tmp_path: Path) -> None:
    bench = rejected(tmp_path, "75", "C")
    done = ask_again(bench.office, rows(bench.office), again=[ID])
    assert [one.state for one in done.outcomes] == ["queued"]
    exchanged(bench)
    assert rows(bench.office) == []


def test_only_what_is_due_can_be_asked_again(tmp_path: Path) -> None:
    bench = approved(tmp_path)
    with pytest.raises(UsageError, match="no verification is due of PA-ELSE"):
        ask_again(bench.office, rows(bench.office), again=["PA-ELSE"])


@pytest.mark.parametrize(
    ("code", "follow_up", "waits"), [("42", "R", [1]), ("42", "X", [9, 1]), ("80", "P", [1])]
)
def test_what_is_to_be_asked_later_is_asked_then_and_once(
    tmp_path: Path, code: str, follow_up: str, waits: list[int]
) -> None:
    bench = rejected(tmp_path, code, follow_up)
    sent = [asked_on(bench, days) for days in (0, *waits, 0)]
    assert sent == [0] * len(waits) + [1, 0]


def test_an_answer_that_follows_is_waited_for(tmp_path: Path) -> None:
    bench = rejected(tmp_path, "42", "Y")
    (row,) = rows(bench.office)
    assert (asked_on(bench, 14), row.needs_a_person) == (0, False)
    assert asked_on(bench, 1) == 1, "the day of service is another occasion"


@pytest.mark.parametrize(("code", "follow_up", "asked"), [("63", "C", 1), ("63", "N", 0)])
def test_a_day_that_was_too_far_ahead_is_asked_about_when_it_has_come_unless_forbidden(
    tmp_path: Path, code: str, follow_up: str, asked: int
) -> None:
    bench = rejected(tmp_path, code, follow_up)
    assert [asked_on(bench, days) for days in (1, 14)] == [0, asked]


def test_an_answer_without_a_word_on_coverage_is_for_a_person(tmp_path: Path) -> None:
    bench = approved(tmp_path, coverage="none")
    (row,) = verified(bench)
    assert (row.needs_a_person, row.pause and row.pause.action) == (True, "read")
    assert asked_on(bench, 1) == 0


def test_an_inquiry_that_was_refused_technically_is_for_a_person(tmp_path: Path) -> None:
    bench = approved(tmp_path)
    ask_again(bench.office, rows(bench.office))
    bench.run()
    ack = by_kind(path.read_bytes() for path in bench.poll())["999"][0]
    bench.ingest(ack.replace(b"IK5*A", b"IK5*R").replace(b"AK9*A*1*1*1", b"AK9*R*1*1*0"))
    (row,) = rows(bench.office)
    assert (row.needs_a_person, asked_on(bench, 1)) == (True, 0)


@pytest.mark.parametrize(("zone", "due"), [("America/New_York", 21), ("UTC", 22)])
def test_an_approval_of_the_evening_is_due_on_our_day(tmp_path: Path, zone: str, due: int) -> None:
    config = f'zone = "{zone}"\n' + IDENTITY + LEDGER + MAILBOX
    bench = Bench(tmp_path, told(), config=config)
    bench.now = datetime(2026, 11, 22, 1, 30, tzinfo=UTC)
    bench.submit(1)
    exchanged(bench)
    (row,) = rows(bench.office)
    assert (row.concern.occasion, row.concern.due) == ("approval", date(2026, 11, due))


def test_an_answer_of_the_morning_counts_for_our_day(tmp_path: Path) -> None:
    config = 'zone = "Asia/Tokyo"\n' + IDENTITY + LEDGER + MAILBOX
    bench = Bench(tmp_path, told(), config=config)
    bench.submit(1)
    exchanged(bench)
    bench.now = datetime(2026, 12, 6, 20, 0, tzinfo=UTC)
    (row,) = rows(bench.office)
    assert row.concern.due == date(2026, 12, 7)
    assert row.question is not None
    bench.told(row.question)
    assert rows(bench.office) == []
