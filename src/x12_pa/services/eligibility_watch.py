"""Which authorizations no longer rest on the coverage they were given for, and what to ask again.

An authorization is watched from the order on until its last day, unless it was denied, rejected or
withdrawn. What payers told of its patient comes from the stored 271s, whatever they were asked for;
asking again makes a question for each service on the occasion, which is queued once however often
it is due. What a payer rejected is asked again only when it said to come back; the rest is left to
a person, who may say so by name.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import date, timedelta, tzinfo
from itertools import groupby

from attrs import evolve, frozen

from x12_pa.authorizations.records import Authorization
from x12_pa.authorizations.states import AWAITING_ANSWER, IN_FORCE, PENDED, State
from x12_pa.configuration import MailboxSettings
from x12_pa.eligibility.repeating import Pause
from x12_pa.eligibility.schedule import Check
from x12_pa.eligibility.watching import Concern, Seen, Watched, is_past, watch
from x12_pa.errors import UsageError
from x12_pa.ledger import eligibility as store
from x12_pa.ledger.database import Tx
from x12_pa.ledger.decisions import current_by_request
from x12_pa.ledger.lookups import requests
from x12_pa.ledger.requests import StoredRequest
from x12_pa.models import ReviewRequest, from_json
from x12_pa.services.eligibility_check import Checked, check
from x12_pa.services.eligibility_desk import Wanted
from x12_pa.services.eligibility_known import pause_of, told_on
from x12_pa.services.eligibility_lists import Question, Tests, with_answers
from x12_pa.services.eligibility_questions import questions_for
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
        asked_as: BHT03 of the newest inquiry that asked this for the authorization.
        waiting: the day since when that inquiry waits for its answer; None: it does not.
        pause: why nothing more is asked after its answer.
    """

    concern: Concern
    member_id: str
    payer: str
    question: Check | None = None
    asked_as: str | None = None
    waiting: date | None = None
    pause: Pause | None = None

    @property
    def due(self) -> bool:
        """Whether a verification is due."""
        return self.concern.kind == "due"

    @property
    def needs_a_person(self) -> bool:
        """Whether it stays as it is until somebody acts."""
        return (
            not self.due or self.question is None or bool(self.pause and self.pause.needs_a_person)
        )

    def asks(self, today: date, again: Collection[str] = ()) -> bool:
        """Say whether the question goes out today: of itself, or because somebody says so."""
        if not self.due or self.question is None or self.waiting:
            return False
        free = self.pause is None or self.pause.is_over(today)
        return free or self.concern.authorization in again


def rows(office: Office, *, days: int = 0) -> list[Row]:
    """Return what is to be looked at, changes first, then what is due, by its day.

    Args:
        days: how many days ahead verifications count as due.
    """
    today, zone = office.today(), office.settings.zone
    with office.ledger.read() as tx:
        look = _Look(
            tx=tx,
            today=today,
            until=today + timedelta(days=days),
            zone=zone,
            tests=Tests.known(tx),
        )
        by_id = {request.id: request for request in requests(tx, kind="278")}
        every = groupby(current_by_request(tx, kind="278"), key=lambda each: each[0])
        found = [
            row
            for request_id, records in every
            for row in _rows_of(look, by_id[request_id], [record for _, record in records])
        ]
    return sorted(found, key=lambda row: (row.concern.due or date.min, row.concern.authorization))


def ask_again(
    office: Office,
    found: Sequence[Row],
    *,
    mailbox: MailboxSettings | None = None,
    again: Collection[str] = (),
) -> Checked:
    """Queue the questions of what is due, each occasion once.

    Args:
        found: from `rows`.
        mailbox: where all of it goes; else each payer's own.
        again: authorizations that are asked about although the payer rejected the question.

    Raises:
        UsageError: no verification of such an authorization is due.
    """
    if strange := set(again) - {row.concern.authorization for row in found if row.due}:
        raise UsageError(
            f"--again: no verification is due of {', '.join(sorted(strange))}; eligibility watch "
            "lists those that are."
        )
    wanted = [
        Wanted(
            where=" ".join((row.concern.authorization, *row.concern.services)),
            check=row.question,
            occasion=row.concern.occasion or "",
            authorization=row.concern.authorization,
            again=row.pause is not None,
        )
        for row in found
        if row.asks(office.today(), again)
    ]
    return check(office, wanted, mailbox=mailbox)


@frozen(kw_only=True)
class _Look:
    """One look: the ledger, the day, up to which day, whose days, and what does not count."""

    tx: Tx
    today: date
    until: date
    zone: tzinfo
    tests: Tests

    def told(self, checks: list[store.StoredCheck]) -> Iterator[Question]:
        """Yield stored questions with what was told of them, without tests."""
        return with_answers(self.tx, checks, without=self.tests)


def _rows_of(look: _Look, request: StoredRequest, every: list[Authorization]) -> Iterator[Row]:
    records = [r for r in every if _state(r, request) in _WATCHED]
    if not records:
        return
    item = _watched(request, records, look.zone)
    if is_past(item, look.until):
        return
    asked = _questions(look, records[0])
    own = _verifying(request, records, asked, max(look.today, item.first or look.today))
    item = evolve(item, services=tuple(own))
    seen = [one for each in asked for one in _seen(each, look.zone)]
    concerns = watch(item, seen, until=look.until)
    for_it: list[Question] = []
    if any(concern.kind == "due" for concern in concerns):
        for_it = list(look.told(store.checks(look.tx, authorization=item.id)))
    for concern in concerns:
        row = Row(concern=concern, member_id=item.member_id, payer=records[0].payer)
        question = own.get("".join(concern.services))
        yield _asked(row, question, for_it, look.zone) if row.due else row


def _seen(question: Question, zone: tzinfo) -> Iterator[Seen]:
    """Yield the responses to a question, as of the days of our zone."""
    for when, answers in question.told:
        yield Seen(
            told_at=when.astimezone(zone),
            answers=answers,
            service=question.check.service,
            day=told_on(question, when, zone),
        )


def _asked(row: Row, question: Check | None, before: Sequence[Question], zone: tzinfo) -> Row:
    """Return a row with its question, and what came of asking it for the authorization before."""
    row = evolve(row, question=question)
    same = [one for one in before if question and one.check.service == question.service]
    if not same:
        return row
    last = same[-1]
    this_occasion = last.stored.occasion == row.concern.occasion
    pause = pause_of(last, zone)
    if not last.told and pause is None:
        since = last.stored.created_at.astimezone(zone).date() if this_occasion else None
        return evolve(row, asked_as=last.stored.reference, waiting=since) if since else row
    if pause is None or not (this_occasion or _lasts(pause, last.check, question)):
        return row
    return evolve(row, asked_as=last.stored.reference, pause=pause)


def _lasts(pause: Pause, before: Check, now: Check | None) -> bool:
    """Say whether what stopped the question on one occasion stops it on the next one, too."""
    if pause.action == "wait":
        return pause.until is not None
    if pause.action == "read" or pause.of_the_day or now is None:
        return False
    return evolve(before, service_date=now.service_date) == now


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
        approved_at=min(decided).astimezone(zone) if decided else None,
        first=min((day for day in first if day), default=None),
        last=max((day for day in last if day), default=None),
    )


def _questions(look: _Look, record: Authorization) -> list[Question]:
    """Return what was asked about the patient of a request, of its payer or for its reviewer."""
    if not record.member_id:
        return []
    asked = look.told(store.checks(look.tx, member_id=record.member_id))
    patient = record.patient
    return [
        one
        for one in asked
        if one.check.is_about(patient.dependent, patient.first_name, patient.birth_date)
        and _concerns(one, record.payer)
    ]


def _concerns(question: Question, payer: str) -> bool:
    """Say whether a question went to the payer, or to one that delegates to this reviewer."""
    delegates = {
        entity.identifier.upper() for answer in question.newest for entity in answer.reviewers
    }
    return payer.upper() in {question.check.payer_id.upper(), *delegates}


def _verifying(
    request: StoredRequest, records: Sequence[Authorization], asked: Sequence[Question], day: date
) -> dict[str, Check]:
    """Return the question for each service of an authorization, by what it is about."""
    record = from_json(request.data)
    if not isinstance(record, ReviewRequest):
        return {}
    known = [one.check for one in asked if one.check.payer_id]
    found = questions_for(record, records, known[-1] if known else None, day)
    return {one.service: one for one in found}
