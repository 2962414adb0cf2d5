"""Requests, responses, decisions and acknowledgements: stored once, linked, never overwritten."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from tests.ledger.conftest import SCOPE, Hands, Queue
from x12_pa.authorizations.history import settle_all
from x12_pa.authorizations.records import Authorization, Note, Patient, Procedure, Quantity
from x12_pa.errors import InternalError, Refused
from x12_pa.exchange.store import OutboundState
from x12_pa.ledger import (
    acks,
    audit,
    control_numbers,
    decisions,
    interchanges,
    lookups,
    requests,
    responses,
)
from x12_pa.ledger.acks import NewAck
from x12_pa.ledger.database import Ledger, open_ledger
from x12_pa.ledger.interchanges import NewInterchange
from x12_pa.ledger.plain import from_plain, to_plain
from x12_pa.ledger.requests import NewRequest, RecordedRequest, Trace
from x12_pa.ledger.responses import NewResponse

DAY1 = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
DAY2 = datetime(2026, 11, 25, 14, 2, tzinfo=UTC)

KNEE = Authorization(
    id="PA-17/1",
    request="PA-17",
    trace="SVC17-1",
    level="service",
    service=1,
    payer="ACMEPAYER",
    payer_name="ACME HEALTH",
    member_id="MBR000123",
    patient=Patient(last_name="TESTPATIENT", first_name="ADA", birth_date=date(1980, 2, 29)),
    state="queued",
    version=0,
    procedures=(Procedure(qualifier="HC", code="73721", modifiers=("RT",)),),
    quantity=Quantity(unit="UN", amount=Decimal("1.50")),
)
PENDED = evolve(
    KNEE,
    version=1,
    state="pended_review",
    action="A4",
    decided_at=DAY1,
    administrative_reference="NT0099",
)
CERTIFIED = evolve(
    KNEE,
    version=1,
    state="certified",
    action="A1",
    number="M0091234",
    usable_on_claim=True,
    effective_on=date(2026, 11, 25),
    decided_at=DAY2,
)


def new_request(**changes: object) -> NewRequest:
    request = NewRequest(
        kind="278",
        sender="CLINIC001",
        bht03="PA-17",
        payer="ACMEPAYER",
        member_id="MBR000123",
        data={"event": {"services": [{"code": "73721"}]}},
        idempotency_key="PA-17",
        traces=[
            Trace(number="EVT17", originator="9CLINIC001"),
            Trace(number="SVC17-1", originator="9CLINIC001", service=1),
        ],
        services=[{"code": "73721"}],
    )
    return evolve(request, **changes)


def record(ledger: Ledger, **changes: object) -> RecordedRequest:
    with ledger.write() as tx:
        return requests.record_request(tx, new_request(**changes))


def sent(ledger: Ledger, queue: Queue, key: str = "PA-17", st02: str = "0001") -> int:
    """Record a request, queue its file, note the transmission; return the request."""
    request = record(ledger, bht03=key, idempotency_key=key).id
    file = queue("file")
    with ledger.write() as tx:
        requests.record_transmission(
            tx, request, interchange_id=file.interchange_id or 0, gs06=f"{file.gs06:05}", st02=st02
        )
        tx.execute(text("UPDATE outbound SET state = 'SENT'"))
    return request


def file_state(ledger: Ledger, request: int) -> str | None:
    with ledger.read() as tx:
        return requests.transmissions(tx, request)[-1].file_state


# requests


def test_a_request_is_stored_once(ledger: Ledger) -> None:
    first, again = record(ledger), record(ledger)
    assert (first.created, again.created, again.same) == (True, False, True)
    assert again.id == first.id


def test_another_content_under_the_same_number_is_noticed(ledger: Ledger) -> None:
    record(ledger)
    clash = record(ledger, data={"other": 1}, idempotency_key="another key")
    assert (clash.created, clash.same) == (False, False)


def test_the_same_number_of_another_sender_is_another_request(ledger: Ledger) -> None:
    record(ledger)
    assert record(ledger, sender="CLINIC002", idempotency_key="2").created


def test_a_request_is_found_by_every_number_it_has(ledger: Ledger, queue: Queue) -> None:
    number = sent(ledger, queue)
    with ledger.read() as tx:
        found = [
            lookups.find_by_bht03(tx, "PA-17", sender="CLINIC001")[0].id,
            lookups.find_by_trace(tx, "EVT17", originator="9CLINIC001")[0][0].id,
            lookups.find_by_envelope(tx, SCOPE, gs06="1", st02="0001")[0].id,
            lookups.find_by_envelope(tx, SCOPE, gs06="001", st02="0001", isa13=1)[0].id,
            lookups.find_by_member(tx, " mbr000123 ", payer="ACMEPAYER", kind="278")[0].id,
        ]
        assert [place for _, place in lookups.find_by_trace(tx, "SVC17-1")] == [1]
        assert lookups.find_by_trace(tx, "SVC17-1", originator="9OTHER") == []
        assert lookups.find_by_envelope(tx, SCOPE, gs06="1", st02="0001", isa13=2) == []
    assert found == [number] * 5


def test_a_state_changes_only_from_where_it_may(ledger: Ledger) -> None:
    number = record(ledger).id
    with ledger.write() as tx:
        assert requests.set_state(tx, number, "sent", event="uploaded", expected={"queued"})
        with pytest.raises(Refused, match="Nothing was changed"):
            requests.set_state(tx, number, "sent", event="uploaded", expected={"queued"})
        steps = [(e.event, e.from_state, e.to_state) for e in requests.events(tx, number)]
    assert steps == [("submitted", None, "queued"), ("uploaded", "queued", "sent")]


def test_requests_wait_until_something_answers(ledger: Ledger, clock: Hands) -> None:
    first = record(ledger).id
    clock.forward(days=1)
    second = record(ledger, bht03="PA-18", idempotency_key="PA-18").id
    with ledger.write() as tx:
        assert [each.id for each in lookups.unanswered(tx)] == [first, second]
        assert [each.id for each in lookups.unanswered(tx, before=clock())] == [first]
        responses.record_response(tx, NewResponse(kind="278", data={}, request_id=first))
        assert [each.id for each in lookups.unanswered(tx)] == [second]


def test_a_request_keeps_its_services_and_traces(ledger: Ledger) -> None:
    number = record(ledger).id
    with ledger.read() as tx:
        assert requests.services(tx, number) == [{"code": "73721"}]
        assert [trace.service for trace in requests.traces(tx, number)] == [None, 1]
        assert len(lookups.requests(tx, kind="278", states=["queued"])) == 1


def test_a_rejected_request_can_be_corrected_until_it_is_answered(ledger: Ledger) -> None:
    number = record(ledger).id
    better = new_request(data={"event": {"services": []}}, services=[], traces=[Trace(number="N")])
    with ledger.write() as tx:
        requests.correct_request(tx, number, better)
        found = lookups.find_by_trace(tx, "EVT17")[0][0]
        assert (found.data, requests.services(tx, number)) == (better.data, [])
        assert lookups.find_by_trace(tx, "N")[0][0].id == number
        responses.record_response(tx, NewResponse(kind="278", data={}, request_id=number))
        with pytest.raises(Refused, match="new request"):
            requests.correct_request(tx, number, better)


# interchanges and responses


def incoming(sha: str = "a", isa13: int = 7) -> NewInterchange:
    scope = control_numbers.opposite(SCOPE)
    return NewInterchange(direction="in", scope=scope, isa13=isa13, sha256=sha * 64)


def test_an_interchange_has_one_effect(ledger: Ledger) -> None:
    with ledger.write() as tx:
        outcomes = [
            interchanges.record_interchange(tx, each).outcome
            for each in (incoming(), incoming(), incoming(sha="b"), incoming(sha="b"))
        ]
    assert outcomes == ["new", "duplicate", "conflict", "conflict"]


def test_a_response_in_another_envelope_is_the_same_response(ledger: Ledger) -> None:
    number = record(ledger).id
    with ledger.write() as tx:
        one, two = (
            interchanges.record_interchange(tx, incoming(sha, isa)).id
            for sha, isa in (("a", 7), ("b", 8))
        )
        new = NewResponse(
            kind="278",
            data={"x": 1},
            request_id=number,
            bht03="PA-17",
            interchange_id=one,
            responded_at=DAY1,
        )
        first = responses.record_response(tx, new)
        again = responses.record_response(tx, evolve(new, interchange_id=two))
        later = responses.record_response(tx, evolve(new, responded_at=DAY2))
    assert (first.created, again.created, again.id) == (True, False, first.id)
    assert later.created


def test_an_unmatched_response_waits_for_its_request(ledger: Ledger) -> None:
    with ledger.write() as tx:
        lost = responses.record_response(tx, NewResponse(kind="278", data={"x": 1}))
        assert [each.id for each in responses.unmatched(tx)] == [lost.id]
    number = record(ledger).id
    with ledger.write() as tx:
        assert responses.assign_response(tx, lost.id, number, reason="found by hand")
        assert not responses.assign_response(tx, lost.id, number, reason="twice")
        assert responses.unmatched(tx) == []
        assert [each.id for each in responses.responses(tx, number)] == [lost.id]


def test_a_file_is_answered_when_all_its_requests_are(ledger: Ledger, queue: Queue) -> None:
    first = sent(ledger, queue)
    second = sent(ledger, queue, key="PA-18", st02="0002")
    with ledger.write() as tx:
        responses.record_response(tx, NewResponse(kind="278", data={"n": 1}, request_id=first))
    assert file_state(ledger, first) == "SENT"
    with ledger.write() as tx:
        responses.record_response(tx, NewResponse(kind="278", data={"n": 2}, request_id=second))
    assert file_state(ledger, first) == "ANSWERED"


# acknowledgements


def ta1(**changes: object) -> NewAck:
    return evolve(
        NewAck(
            kind="TA1",
            level="interchange",
            refers_scope=SCOPE,
            outcome="A",
            refers_isa13=1,
            codes=["000"],
        ),
        **changes,
    )


def ak2(**changes: object) -> NewAck:
    return evolve(
        NewAck(
            kind="999",
            level="transaction",
            refers_scope=SCOPE,
            outcome="R",
            refers_gs06="1",
            refers_st02="0001",
            codes=["5"],
            findings=[{"segment": "UM", "code": "8"}],
            position=1,
        ),
        **changes,
    )


def test_an_acknowledgement_proves_that_the_file_arrived(ledger: Ledger, queue: Queue) -> None:
    number = sent(ledger, queue)
    with ledger.write() as tx:
        acks.record_ack(tx, ta1())
        found = requests.transmissions(tx, number)[0]
    assert (found.file_state, found.acked_at is not None) == ("ACKED", True)


def test_a_rejected_set_leads_to_its_request(ledger: Ledger, queue: Queue) -> None:
    number = sent(ledger, queue)
    with ledger.write() as tx:
        stored = acks.record_ack(tx, ak2())
        assert acks.acks(tx, request_id=number) == [evolve(stored, created=False)]
    assert (stored.request_id, stored.outcome, stored.findings[0]["segment"]) == (number, "R", "UM")


def test_an_acknowledgement_is_stored_once(ledger: Ledger, queue: Queue) -> None:
    sent(ledger, queue)
    with ledger.write() as tx:
        place = interchanges.record_interchange(tx, incoming()).id
        first = acks.record_ack(tx, ak2(interchange_id=place))
        again = acks.record_ack(tx, ak2(interchange_id=place))
        other = acks.record_ack(tx, ak2(interchange_id=place, position=2))
    assert (first.created, again.created, other.created) == (True, False, True)


def test_an_answer_that_overtakes_the_rename_settles_the_file(ledger: Ledger, queue: Queue) -> None:
    number = sent(ledger, queue)
    with ledger.write() as tx:
        tx.execute(text("UPDATE outbound SET state = 'RENAMING'"))
        acks.record_ack(tx, ta1())
    assert file_state(ledger, number) == OutboundState.ACKED


def test_an_acknowledgement_of_a_number_not_given_out_stops_sending(
    ledger: Ledger, queue: Queue
) -> None:
    with ledger.write() as tx:
        acks.record_ack(tx, ta1(refers_isa13=55))
        assert len(acks.unmatched_acks(tx)) == 1
    with pytest.raises(control_numbers.CounterBehind):
        queue()


# decisions


def decide(ledger: Ledger, number: int, *records: Authorization) -> list[bool]:
    with ledger.write() as tx:
        stored = decisions.record_decisions(tx, number, records)
    return [each.created for each in stored]


def in_force(ledger: Ledger) -> list[tuple[int, str]]:
    with ledger.read() as tx:
        return [(each.version, each.state) for each in decisions.current(tx)]


def test_a_record_comes_back_as_it_went_in(ledger: Ledger) -> None:
    full = evolve(CERTIFIED, notes=(Note(code="c", where="2000F", text="t"),))
    assert from_plain(Authorization, to_plain(full)) == full
    decide(ledger, record(ledger).id, full)
    with ledger.read() as tx:
        assert decisions.current(tx) == [full]


def test_an_undecided_authorization_shows_the_state_of_its_request(ledger: Ledger) -> None:
    number = record(ledger).id
    decide(ledger, number, KNEE)
    with ledger.write() as tx:
        requests.set_state(tx, number, "received", event="ack.999")
    assert in_force(ledger) == [(0, "received")]


def test_a_later_decision_is_a_new_version(ledger: Ledger) -> None:
    number = record(ledger).id
    decide(ledger, number, KNEE)
    decide(ledger, number, PENDED)
    decide(ledger, number, CERTIFIED)
    assert in_force(ledger) == [(2, "certified")]
    with ledger.read() as tx:
        every = decisions.history(tx, request_id=number)
    assert [(d.authorization.version, d.current) for d in every] == [
        (0, False),
        (1, False),
        (2, True),
    ]


def test_the_same_decision_twice_changes_nothing(ledger: Ledger) -> None:
    number = record(ledger).id
    assert decide(ledger, number, CERTIFIED) == [True]
    with ledger.read() as tx:
        head = audit.anchor(tx)
    assert decide(ledger, number, CERTIFIED) == [False]
    with ledger.read() as tx:
        assert audit.anchor(tx) == head


def test_an_older_decision_that_comes_late_never_replaces_a_newer(ledger: Ledger) -> None:
    number = record(ledger).id
    decide(ledger, number, CERTIFIED)
    decide(ledger, number, PENDED)
    assert in_force(ledger) == [(1, "certified")]
    with ledger.read() as tx:
        late = decisions.history(tx, request_id=number)[-1]
        assert [each.state for each in decisions.versions(tx, number)] == ["certified"]
    assert (late.outdated, late.current) == (True, False)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.sampled_from(["A1", "A3", "A4"])), max_size=7))
def test_the_one_in_force_is_always_the_newest_that_came(
    tmp_path_factory: pytest.TempPathFactory, arrivals: list[tuple[int, str]]
) -> None:
    ledger = open_ledger(tmp_path_factory.mktemp("ledger") / "ledger.db")
    number = record(ledger).id
    decide(ledger, number, KNEE)
    for day, action in arrivals:
        when = DAY1.replace(day=1 + day)
        incoming = evolve(PENDED, action=action, decided_at=when)
        with ledger.write() as tx:
            changes = settle_all(decisions.versions(tx, number), [incoming])
            decisions.record_decisions(tx, number, [each.record for each in changes])
    with ledger.read() as tx:
        (found,) = decisions.current(tx)
        every = decisions.history(tx, request_id=number)
    ledger.close()
    newest = max((day for day, _ in arrivals), default=None)
    assert found.decided_at == (None if newest is None else DAY1.replace(day=1 + newest))
    assert sum(each.current for each in every) == 1
    assert len({each.authorization.version for each in every}) == len(every)


def test_decisions_are_found_by_number_reference_and_member(ledger: Ledger) -> None:
    number = record(ledger).id
    decide(ledger, number, PENDED)
    decide(ledger, number, CERTIFIED)
    with ledger.read() as tx:
        (by_number,) = decisions.find_by_number(tx, "M0091234", payer="ACMEPAYER")
        (by_nt,) = decisions.find_by_administrative_reference(tx, "NT0099")
        assert decisions.find_by_number(tx, "M0091234", payer="OTHER") == []
        assert len(decisions.current(tx, member_id="mbr000123", payer="ACMEPAYER")) == 1
        assert len(decisions.current(tx, request="PA-17")) == 1
        assert decisions.current(tx, member_id="MBR000999") == []
    assert (by_number.current, by_nt.current) == (True, False)


def test_a_decision_knows_the_bytes_it_was_read_from(ledger: Ledger) -> None:
    number = record(ledger).id
    with ledger.write() as tx:
        place = interchanges.record_interchange(tx, incoming()).id
        response = responses.record_response(
            tx, NewResponse(kind="278", data={}, request_id=number, interchange_id=place)
        )
        source = decisions.Source(response_id=response.id, interchange_id=place, segment_offset=410)
        (stored,) = decisions.record_decisions(
            tx, number, [CERTIFIED], source=source, offsets={1: 733}
        )
    assert stored.source == evolve(source, segment_offset=733)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE decision SET state = 'certified'",
        "DELETE FROM decision",
        "DELETE FROM request_event",
    ],
)
def test_decisions_and_events_cannot_be_changed(ledger: Ledger, statement: str) -> None:
    decide(ledger, record(ledger).id, PENDED)
    with pytest.raises(InternalError), ledger.write() as tx:
        tx.execute(text(statement))
    assert in_force(ledger) == [(1, "pended_review")]


def test_member_ids_and_names_are_not_in_the_audit_chain(ledger: Ledger, queue: Queue) -> None:
    number = sent(ledger, queue)
    decide(ledger, number, CERTIFIED)
    with ledger.write() as tx:
        acks.record_ack(tx, ak2())
        chain = str(list(audit.entries(tx)))
        indexed = tx.execute(text("SELECT member_hash FROM request")).scalar_one()
    assert "MBR000123" not in chain
    assert "TESTPATIENT" not in chain
    assert len(indexed) == 64
