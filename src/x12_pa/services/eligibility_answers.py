"""Take in a 271: find the questions that it answers, and keep what it tells of each.

Each patient of a response is matched on its own: by our trace number with its originator (TRN01 2),
else by the reference of the inquiry (BHT03) and who the patient is, else by member id and payer
when exactly one inquiry about that member waits. Whoever fits none of these is left for a person:
an answer is never given to a question because it might be meant. Where a response answers some
and also names strangers, their part of it is kept beside it as one that nobody asked for. What is
told is stored for the service and day that were meant, also where something else was asked in their
place.
"""

from collections.abc import Collection, Iterator
from datetime import date
from typing import Any

from attrs import define, field

from x12_pa.authorizations.states import State
from x12_pa.eligibility import Answer, Known
from x12_pa.eligibility.answer import answers_about, rejected
from x12_pa.eligibility.asking import Asked, checks_of
from x12_pa.eligibility.plain import answer_plain, asked_data, check_from, record_data
from x12_pa.eligibility.rows import Patient, patients
from x12_pa.eligibility.schedule import Check
from x12_pa.ledger import eligibility as store
from x12_pa.ledger.database import Ledger, Tx
from x12_pa.ledger.interchanges import interchange
from x12_pa.ledger.lookups import numbers_by_trace
from x12_pa.ledger.plain import digest
from x12_pa.ledger.requests import (
    NewRequest,
    Trace,
    record_request,
    record_transmission,
    set_state,
)
from x12_pa.ledger.responses import (
    NewResponse,
    StoredResponse,
    assign_response,
    record_response,
    unmatched,
)
from x12_pa.models.eligibility import EligibilityInquiry, EligibilityResponse
from x12_pa.models.eligibility_sets import Located, locate_eligibility
from x12_pa.services.answers import Place, written_at
from x12_pa.services.pieces import CONFLICTING, UNNAMED
from x12_pa.syntax import read_transactions

INQUIRY, RESPONSE = "270", "271"
ANSWERED = "answered"
INQUIRIES = "inquiries"
TOLD = "eligibility answers"
RETURNED = "2"
PATIENTS = "patients"


@define(kw_only=True)
class _Found:
    """The questions that a response answers, each with the patient; the patients who have none."""

    pairs: list[tuple[store.StoredCheck, Patient | None]] = field(factory=list)
    strangers: list[str] = field(factory=list)

    @property
    def request_id(self) -> int | None:
        """The request that the first of them belongs to."""
        return self.pairs[0][0].request_id if self.pairs else None


def take(tx: Tx, located: Located, place: Place) -> bool:
    """Record a 271 and what it tells; return whether everybody in it was asked about."""
    response = located.record
    assert isinstance(response, EligibilityResponse)
    found = _match(tx, located)
    stored = record_response(
        tx,
        NewResponse(
            kind=RESPONSE,
            data=record_data(response),
            request_id=found.request_id,
            interchange_id=place.interchange_id,
            gs06=place.gs06,
            st02=place.st02,
            segment_offset=place.offset,
            bht03=response.reference,
            responded_at=written_at(response),
        ),
        settle=False,
    )
    if stored.created:
        _tell(tx, found, located, stored)
        _keep_strangers(tx, found, stored)
    return bool(found.pairs) and not found.strangers


def match_late(tx: Tx, ledger: Ledger) -> int:
    """Give 271s that came before their inquiry to it; return how many."""
    matched = 0
    for stored in unmatched(tx):
        located = read_again(tx, ledger, stored) if stored.kind == RESPONSE else None
        found = _match(tx, located, part_of(stored)) if located else _Found()
        if located is None or found.request_id is None:
            continue
        if assign_response(tx, stored.id, found.request_id, reason="its inquiry came later"):
            _tell(tx, found, located, stored)
            _keep_strangers(tx, found, stored)
            matched += 1
    return matched


def part_of(stored: StoredResponse) -> frozenset[str] | None:
    """Return which patients of the set a response is about, by their paths; None for all."""
    return frozenset(stored.data[PATIENTS]) if PATIENTS in stored.data else None


def _keep_strangers(tx: Tx, found: _Found, stored: StoredResponse) -> None:
    """Keep the part of an answered response that is about others, for a person or a late 270."""
    if found.pairs and found.strangers:
        part = NewResponse(
            kind=RESPONSE,
            data={"response": stored.id, PATIENTS: found.strangers},
            interchange_id=stored.interchange_id,
            gs06=stored.gs06,
            st02=stored.st02,
            segment_offset=stored.segment_offset,
            bht03=stored.bht03,
            responded_at=stored.responded_at,
        )
        record_response(tx, part)


def read_again(tx: Tx, ledger: Ledger, stored: StoredResponse) -> Located | None:
    """Read a response again from the spool, so that its answers can cite their segments."""
    where = interchange(tx, stored.interchange_id) if stored.interchange_id else None
    if where is None or where.file_sha256 is None:
        return None
    for transaction in read_transactions(ledger.spool.read(where.file_sha256)):
        if transaction.segments[0].offset == stored.segment_offset:
            return locate_eligibility(transaction)
    return None


def _match(tx: Tx, located: Located, only: Collection[str] | None = None) -> _Found:
    response = located.record
    assert isinstance(response, EligibilityResponse)
    found = _Found()
    everybody = list(patients(response, located.places))
    for patient in everybody:
        if only is not None and patient.path not in only:
            continue
        checks = _checks_of(tx, response, patient)
        found.pairs += [(check, patient) for check in checks]
        found.strangers += [] if checks else [patient.path]
    if not everybody and response.reference:
        named = store.checks(tx, reference=response.reference)
        found.pairs = [(check, None) for check in named]
    return found


def _checks_of(tx: Tx, response: EligibilityResponse, patient: Patient) -> list[store.StoredCheck]:
    """Return the questions that a patient's part of a response answers, best evidence first."""
    level = patient.dependent or patient.subscriber
    for trace in level.traces:
        if trace.type == RETURNED and trace.number:
            number, originator = trace.number, trace.originator
            found = numbers_by_trace(tx, number, kind=INQUIRY, originator=originator)
            if len(found) == 1:
                named = store.checks(tx, request_id=min(found), trace=number)
                return [check for check in named if _is_meant(check, patient)]
    if response.reference:
        named = store.checks(tx, reference=response.reference)
        if len({check.trace for check in named}) == 1:
            return [check for check in named if _not_another(check, patient)]
        if fitting := [check for check in named if _is(check, patient)]:
            return fitting
    return _waiting(tx, patient)


def _waiting(tx: Tx, patient: Patient) -> list[store.StoredCheck]:
    """Return the questions of the only inquiry about a member that waits for its answer."""
    member = patient.subscriber.person.member_id
    payer = patient.source.party.identifier
    if not member or not payer:
        return []
    asked = store.checks(tx, member_id=member, payer=payer)
    fitting = [c for c in asked if _is(c, patient) and not store.is_answered(tx, c.id)]
    return fitting if len({check.trace for check in fitting}) == 1 else []


def _is_meant(check: store.StoredCheck, patient: Patient) -> bool:
    """Say whether a patient under our trace number is who was asked about.

    At the level that was asked the trace number is enough: the payer may correct a name. Benefits
    at the other level are those of the family unless the person there is the one asked about.
    """
    asked, person = check_from(check.data), _person_of(patient)
    if asked.dependent == (patient.dependent is not None) or not patient.rows:
        return True
    first_name = asked.dependent_first_name if asked.dependent else asked.subscriber_first_name
    same_name = bool(first_name) and (person.first_name or "").upper() == (first_name or "").upper()
    same_birth = bool(person.birth_date) and person.birth_date == _birth_date(asked)
    return same_birth or (same_name and not _differ(_birth_date(asked), person.birth_date))


def _not_another(check: store.StoredCheck, patient: Patient) -> bool:
    """Say whether nothing contradicts that a question is about a patient."""
    asked, person = check_from(check.data), _person_of(patient)
    return asked.dependent == (patient.dependent is not None) and not (
        _differ(_birth_date(asked), person.birth_date)
        or _differ(_last_name(asked), (person.last_name or "").upper() or None)
    )


def _is(check: store.StoredCheck, patient: Patient) -> bool:
    """Say whether a question is about a patient: the member id or the name and birth date."""
    asked, person = check_from(check.data), _person_of(patient)
    member = patient.subscriber.person.member_id
    same_member = bool(member) and member == asked.member_id
    same_birth = bool(person.birth_date) and person.birth_date == _birth_date(asked)
    same_name = bool(person.last_name) and (person.last_name or "").upper() == _last_name(asked)
    return _not_another(check, patient) and (same_member or (same_birth and same_name))


def _person_of(patient: Patient) -> Any:
    return (patient.dependent or patient.subscriber).person


def _birth_date(check: Check) -> date | None:
    return check.dependent_birth_date if check.dependent else check.subscriber_birth_date


def _last_name(check: Check) -> str | None:
    name = check.dependent_last_name if check.dependent else check.subscriber_last_name
    return name.upper() if name else None


def _differ(one: object, other: object) -> bool:
    return one is not None and other is not None and one != other


def _tell(tx: Tx, found: _Found, located: Located, stored: StoredResponse) -> None:
    """Store what is told of each question, and move the inquiries."""
    refused: dict[int, bool] = {}
    before = {check.request_id: check.state for check, _ in found.pairs}
    for check, patient in found.pairs:
        told = tuple(_told(located, patient, check_from(check.data)))
        plain = [
            store.NewAnswer(
                coverage=one.coverage.state,
                required=one.authorization.required,
                data=answer_plain(one),
            )
            for one in told
        ]
        store.record_answers(tx, check.id, stored.id, plain)
        only_refused = all(one.refusals and not one.coverage.evidence for one in told)
        refused[check.request_id] = refused.get(check.request_id, True) and only_refused
    for request_id, rejection in refused.items():
        state = State.REJECTED.value if rejection else ANSWERED
        if before[request_id] != state:
            reference = f"response:{stored.id}"
            set_state(tx, request_id, state, event=ANSWERED, reference=reference)


def _told(located: Located, patient: Patient | None, check: Check) -> Iterator[Answer]:
    response = located.record
    assert isinstance(response, EligibilityResponse)
    day = check.service_date
    if patient is None:
        level = "dependent" if check.dependent else "subscriber"
        yield rejected(response, check.ask, level=level, on=day, places=located.places)  # type: ignore[arg-type]
        return
    known = Known(member_id=check.member_id, plan=check.plan)
    yield from answers_about(response, patient, check.ask, on=day, asked_on=day, known=known)


def record_elsewhere(tx: Tx, sender: str, inquiry: EligibilityInquiry, place: Place) -> str:
    """Record a 270 that another program sent, so that its answer finds it; say what it is."""
    asked = list(checks_of(inquiry))
    if not asked or not (inquiry.reference or any(traces for _, traces in asked)):
        return UNNAMED
    data = record_data(inquiry)
    traces = {(t.number, t.originator) for _, found in asked for t in found if t.number}
    row = record_request(
        tx,
        NewRequest(
            kind=INQUIRY,
            sender=sender,
            bht03=inquiry.reference or f"(none) {digest(data)[:16]}",
            payer=asked[0][0].payer_id,
            member_id=asked[0][0].member_id or "",
            data=data,
            idempotency_key=digest(INQUIRY, "elsewhere", sender, data),
            traces=[Trace(number=n, originator=o) for n, o in sorted(traces)],
            origin="recorded",
            state=State.SENT.value,
        ),
    )
    if not row.same:
        return CONFLICTING
    record_transmission(
        tx, row.id, interchange_id=place.interchange_id, gs06=place.gs06, st02=place.st02
    )
    if not row.created:
        return "known inquiries"
    for number, (check, found) in enumerate(asked):
        mine = next((t.number for t in found if t.number), inquiry.reference or "")
        store.record_check(
            tx,
            row.id,
            store.NewCheck(
                key=digest(INQUIRY, "elsewhere", row.id, number),
                trace=mine,
                payer=check.payer_id,
                member_id=check.member_id or "",
                day=check.service_date,
                data=asked_data(Asked(check=check)),
            ),
        )
    return INQUIRIES
