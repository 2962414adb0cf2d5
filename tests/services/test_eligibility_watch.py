"""Authorizations and the coverage under them: what changed, what is due, and asking again once."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from attrs import evolve

from tests.services.bench import Bench
from tests.services.eligibility import told
from tests.simulator.support import personality
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
    assert row.waiting == first.outcomes[0].reference
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


def test_a_denied_request_is_not_watched(tmp_path: Path) -> None:
    bench = Bench(tmp_path, personality(otherwise={"decision": "A3", "reason": "0F"}))
    bench.submit(1)
    exchanged(bench)
    assert rows(bench.office) == []


def test_a_request_that_waits_is_watched_from_the_order_on(tmp_path: Path) -> None:
    bench = Bench(tmp_path, personality(otherwise={"decision": "A4", "reason": "0V"}))
    bench.submit(1)
    assert seen(rows(bench.office)) == [("due", "order")]
