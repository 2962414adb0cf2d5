"""Which authorizations no longer rest on the coverage they were given for, and what to ask again.

An authorization is watched from the order on until its last day, unless it was denied, rejected or
withdrawn. What payers told of its patient comes from the stored 271s, whatever they were asked for;
asking again makes a question for the occasion, which is queued once however often it is due.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta, tzinfo

from attrs import evolve, frozen

from x12_pa.authorizations.records import Authorization
from x12_pa.authorizations.states import AWAITING_ANSWER, IN_FORCE, PENDED, State
from x12_pa.configuration import MailboxSettings
from x12_pa.eligibility.schedule import Check
from x12_pa.eligibility.watching import Concern, Seen, Watched, watch
from x12_pa.ledger import eligibility as store
from x12_pa.ledger.database import Tx
from x12_pa.ledger.decisions import current
from x12_pa.ledger.lookups import requests
from x12_pa.ledger.requests import StoredRequest
from x12_pa.models import Party, ReviewRequest, from_json
from x12_pa.services.eligibility_check import Checked, check
from x12_pa.services.eligibility_desk import Wanted
from x12_pa.services.eligibility_lists import Question, with_answers
from x12_pa.services.office import Office

SCHEMA = "x12-pa/eligibility-watch/1"
_WATCHED = frozenset({*IN_FORCE, *AWAITING_ANSWER, *PENDED, State.PARTIAL})
_APPROVED = frozenset({*IN_FORCE, State.PARTIAL})


@frozen(kw_only=True)
class Row:
    """One thing to look at, with the question that verifies it.

    Attributes:
        member_id: of the authorization.
        question: what to ask; None when the request names too little.
        waiting: BHT03 of an inquiry for this occasion that was asked and not answered yet.
    """

    concern: Concern
    member_id: str
    payer: str
    question: Check | None
    waiting: str | None = None


def rows(office: Office, *, days: int = 0) -> list[Row]:
    """Return what is to be looked at, changes first, then what is due, by its day.

    Args:
        days: how many days ahead verifications count as due.
    """
    today, zone = office.today(), office.settings.zone
    with office.ledger.read() as tx:
        found = [
            row
            for request in requests(tx, kind="278")
            for row in _rows_of(tx, request, today, today + timedelta(days=days), zone)
        ]
    return sorted(found, key=lambda row: (row.concern.due or date.min, row.concern.authorization))


def ask_again(
    office: Office, due: Sequence[Row], *, mailbox: MailboxSettings | None = None
) -> Checked:
    """Queue the questions of what is due, each occasion once."""
    wanted = [
        Wanted(
            where=row.concern.authorization,
            check=row.question,
            occasion=row.concern.occasion or "",
            authorization=row.concern.authorization,
        )
        for row in due
        if row.concern.kind == "due" and row.question is not None and row.waiting is None
    ]
    return check(office, wanted, mailbox=mailbox)


def _rows_of(
    tx: Tx, request: StoredRequest, today: date, until: date, zone: tzinfo
) -> Iterator[Row]:
    records = [r for r in current(tx, request_id=request.id) if _state(r, request) in _WATCHED]
    if not records:
        return
    item = _watched(request, records, zone)
    asked = _questions(tx, request, records[0])
    seen = [Seen(told_at=when, answers=told) for one in asked for when, told in one.told]
    for concern in watch(item, seen, until=until):
        open_ = [
            one.stored.reference
            for one in asked
            if one.stored.authorization == item.id
            and one.stored.occasion == concern.occasion
            and not one.told
        ]
        yield Row(
            concern=concern,
            member_id=item.member_id,
            payer=records[0].payer,
            question=_question(request, item, asked, today),
            waiting=open_[-1] if open_ else None,
        )


def _state(record: Authorization, request: StoredRequest) -> str:
    return record.state if record.version else request.state


def _watched(request: StoredRequest, records: Sequence[Authorization], zone: tzinfo) -> Watched:
    """Return the request as one authorization: from its first day to its last."""
    event = min(records, key=lambda record: (record.level != "event", record.id))
    granted = [r for r in records if r.version and r.state in _APPROVED]
    first = [r.effective_on or r.requested_from for r in granted or records]
    last = [r.expires_on or r.requested_to for r in granted or records]
    decided = [r.decided_at for r in granted if r.decided_at]
    return Watched(
        id=event.id,
        member_id=event.member_id,
        ordered_on=request.created_at.astimezone(zone).date(),
        approved_at=min(decided, default=None),
        first=min((day for day in first if day), default=None),
        last=max((day for day in last if day), default=None),
    )


def _questions(tx: Tx, request: StoredRequest, record: Authorization) -> list[Question]:
    """Return what was asked about the patient of a request, of its payer or for its reviewer."""
    if not record.member_id:
        return []
    asked = with_answers(tx, store.checks(tx, member_id=record.member_id))
    patient = record.patient
    return [
        one
        for one in asked
        if one.check.dependent == patient.dependent
        and (not patient.dependent or _same_dependent(one.check, record))
        and _concerns(one, record.payer)
    ]


def _same_dependent(asked: Check, record: Authorization) -> bool:
    ours, theirs = asked.dependent_birth_date, record.patient.birth_date
    if ours and theirs and ours != theirs:
        return False
    return (asked.dependent_first_name or "").upper() == record.patient.first_name.upper()


def _concerns(question: Question, payer: str) -> bool:
    """Say whether a question went to the payer, or to one that delegates to this reviewer."""
    delegates = {
        entity.identifier.upper() for answer in question.newest for entity in answer.reviewers
    }
    return payer.upper() in {question.check.payer_id.upper(), *delegates}


def _question(
    request: StoredRequest, item: Watched, asked: Sequence[Question], today: date
) -> Check | None:
    """Return the question that verifies an authorization; None without an NPI or a service."""
    record = from_json(request.data)
    if not isinstance(record, ReviewRequest) or record.requester.identifier_type != "XX":
        return None
    day = max(today, item.first) if item.first else today
    known = [one.check for one in asked if one.check.payer_id]
    payer = known[-1] if known else None
    subscriber, child, event = record.subscriber, record.dependent, record.event
    codes = [
        ":".join((detail.procedure.qualifier, detail.procedure.code, *detail.procedure.modifiers))
        for service in event.services
        for detail in (service.professional, service.institutional, service.dental)
        if detail is not None and detail.procedure is not None and not detail.procedure.code_end
    ]
    made = Check(
        payer_id=payer.payer_id if payer else record.reviewer.identifier or "",
        payer_name=payer.payer_name if payer else _named(record.reviewer),
        provider_npi=record.requester.identifier or "",
        provider_name=_named(record.requester),
        provider_first_name=record.requester.first_name if record.requester.kind == "1" else None,
        member_id=subscriber.member_id,
        subscriber_last_name=subscriber.last_name,
        subscriber_first_name=subscriber.first_name,
        subscriber_birth_date=subscriber.birth_date,
        subscriber_gender=subscriber.gender,
        procedure=codes[0] if codes else None,
        service_type=event.service_type or "30",
        place_of_service=event.facility_type if event.facility_qualifier == "B" else None,
        service_date=day,
    )
    if child is None:
        return made
    return evolve(
        made,
        dependent_last_name=child.last_name,
        dependent_first_name=child.first_name,
        dependent_birth_date=child.birth_date,
        dependent_gender=child.gender,
        dependent_relationship=child.relationship,
    )


def _named(party: Party) -> str:
    return party.name or party.identifier or ""
