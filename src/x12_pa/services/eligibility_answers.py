"""Take in 271s: give each answer to its question, and keep what nobody asked for.

Who a response is about is `eligibility_matching`. Where one answers some and also names strangers,
their part of it is kept beside it as one that nobody asked for. What is told is stored for the
service and day that were meant, also where something else was asked in their place.

A file of 271s is taken in some hundred at a time: what they may answer is looked up together, and
what they tell is written together. Only so many are in memory, however long the file is.
"""

from collections.abc import Iterable, Iterator
from itertools import islice

from attrs import define, evolve, field, fields, frozen

from x12_pa.authorizations.states import State
from x12_pa.eligibility import Answer, Known
from x12_pa.eligibility.answer import answers_about, rejected
from x12_pa.eligibility.asking import Asked, checks_of
from x12_pa.eligibility.plain import answer_text, asked_data, record_data, record_text
from x12_pa.eligibility.records import Level
from x12_pa.eligibility.rows import Patient
from x12_pa.eligibility.schedule import Check
from x12_pa.errors import DocumentError
from x12_pa.ledger import eligibility as store
from x12_pa.ledger.columns import Canonical
from x12_pa.ledger.database import Ledger, Tx
from x12_pa.ledger.interchanges import interchange
from x12_pa.ledger.plain import digest
from x12_pa.ledger.requests import (
    NewEvent,
    NewRequest,
    Trace,
    record_request,
    record_transmission,
)
from x12_pa.ledger.responses import (
    NewResponse,
    StoredResponse,
    assign_response,
    get_response,
    note_recorded,
    record_responses,
    unmatched_places,
)
from x12_pa.ledger.steps import Steps
from x12_pa.models.eligibility import EligibilityInquiry, EligibilityResponse
from x12_pa.models.eligibility_sets import Located, locate_eligibility
from x12_pa.services.answers import Place, written_at
from x12_pa.services.eligibility_matching import INQUIRY, Found, Questions
from x12_pa.services.journey import ANSWERED
from x12_pa.services.pieces import CONFLICTING, UNKNOWN_ELIGIBILITY, UNMATCHED, UNNAMED, Tally
from x12_pa.syntax import TransactionSet, read_transactions

RESPONSE = "271"
REJECTED = State.REJECTED.value
INQUIRIES = "inquiries"
TOLD = "eligibility answers"
PATIENTS = "patients"
TOGETHER = 200
"""How many responses are matched and written together."""
SEGMENTS_TOGETHER = 10_000


@define
class Intake:
    """Takes in the 271s of a file, in its order."""

    tx: Tx
    tally: Tally
    _waiting: list[tuple[TransactionSet, Place]] = field(factory=list)
    _segments: int = 0

    def add(self, transaction: TransactionSet, place: Place) -> None:
        """Take one in, now or together with those that follow."""
        self._waiting.append((transaction, place))
        self._segments += len(transaction.segments)
        if len(self._waiting) >= TOGETHER or self._segments >= SEGMENTS_TOGETHER:
            self.finish()

    def finish(self) -> None:
        """Take in those that wait, if any."""
        if not self._waiting:
            return
        waiting, self._waiting, self._segments = self._waiting, [], 0
        batch = _Batch(self.tx, [transaction for transaction, _ in waiting])
        for transaction, place in waiting:
            try:
                located = locate_eligibility(transaction)
            except DocumentError:
                self.tally.counts[UNKNOWN_ELIGIBILITY] += 1
                continue
            found = batch.questions.match(located, batch.record)
            batch.take(_new(located, found, place), batch.told(located, found))
            whole = bool(found.pairs) and not found.strangers
            self.tally.counts[TOLD if whole else UNMATCHED] += 1
        batch.record()


def match_late(tx: Tx, ledger: Ledger) -> int:
    """Give 271s that came before their inquiry to it; return how many."""
    matched = 0
    late = read_again(tx, ledger)
    while some := list(islice(late, TOGETHER)):
        batch = _Batch(tx, [transaction for _, transaction in some])
        for stored, transaction in some:
            located = locate_eligibility(transaction)
            found = batch.questions.match(located, batch.write, part_of(stored))
            reason = "its inquiry came later"
            if found.request_id and assign_response(tx, stored.id, found.request_id, reason=reason):
                batch.tell(batch.told(located, found), stored.id, _as_new(stored))
                matched += 1
        batch.write()
    return matched


def part_of(stored: StoredResponse) -> frozenset[str] | None:
    """Return which patients of the set a response is about, by their paths; None for all."""
    return frozenset(stored.data[PATIENTS]) if PATIENTS in stored.data else None


def read_again(tx: Tx, ledger: Ledger) -> Iterator[tuple[StoredResponse, TransactionSet]]:
    """Read the 271s that no inquiry was found for again from the spool, each file once.

    So their answers can cite their segments. The next one is read when it is asked for.
    """
    files: dict[int, dict[int, list[int]]] = {}
    for number, interchange_id, offset in unmatched_places(tx, kind=RESPONSE):
        files.setdefault(interchange_id, {}).setdefault(offset, []).append(number)
    for interchange_id, wanted in files.items():
        where = interchange(tx, interchange_id)
        if where is None or where.file_sha256 is None:
            continue
        with ledger.spool.open(where.file_sha256) as file:
            for transaction in read_transactions(file):
                for number in wanted.pop(transaction.segments[0].offset, ()):
                    stored = get_response(tx, number)
                    assert stored is not None
                    yield stored, transaction
                if not wanted:
                    break


@frozen(kw_only=True)
class _Told:
    """What a response tells, and whom it leaves over.

    Attributes:
        answers: of each question, by row number, an answer for each plan.
        rejected: whether all that was told of an inquiry is that it was rejected.
    """

    answers: dict[int, list[store.NewAnswer]]
    rejected: dict[int, bool]
    strangers: list[str]


class _Batch:
    """Some responses, what they may answer, and what they told that is not written yet."""

    def __init__(self, tx: Tx, responses: Iterable[TransactionSet]) -> None:
        self.questions = Questions(tx, responses)
        self._tx = tx
        self._taken: list[tuple[NewResponse, _Told]] = []
        self._parts: list[NewResponse] = []
        self._states: dict[int, str] = {}
        self._steps = Steps()

    def told(self, located: Located, found: Found) -> _Told:
        """Return what a response tells of the questions that it answers."""
        plain: dict[int, list[store.NewAnswer]] = {}
        refused: dict[int, bool] = {}
        for check, patient in found.pairs:
            told = tuple(_answers_to(located, patient, self.questions.row(check)))
            if not plain.get(check.id):
                plain[check.id] = [_plain(one) for one in told]
            only_refused = all(one.refusals and not one.coverage.evidence for one in told)
            refused[check.request_id] = refused.get(check.request_id, True) and only_refused
            self._states.setdefault(check.request_id, check.state)
        strangers = found.strangers if found.pairs else []
        return _Told(answers=plain, rejected=refused, strangers=strangers)

    def take(self, new: NewResponse, told: _Told) -> None:
        """Take a response in; it is recorded together with others."""
        self._taken.append((new, told))

    def record(self) -> None:
        """Record what was taken in and what it tells; a response that is known tells nothing."""
        taken, self._taken = self._taken, []
        recorded = record_responses(self._tx, [new for new, _ in taken])
        for (new, told), (number, created) in zip(taken, recorded, strict=True):
            if created:
                note_recorded(self._steps, number, new.request_id)
                self.tell(told, number, new)
        self.write()

    def tell(self, told: _Told, number: int, new: NewResponse) -> None:
        """Gather what a recorded response tells of each question, and move the inquiries."""
        for check_id, plain in told.answers.items():
            store.note_answers(self._steps, self._tx.now, check_id, number, plain)
        for request_id, refused in told.rejected.items():
            before, state = self._states[request_id], REJECTED if refused else ANSWERED
            if before != state:
                event = NewEvent(request_id, ANSWERED, before, state, f"response:{number}")
                self._steps.event(event)
                self._states[request_id] = state
        if told.strangers:
            data = {"response": number, PATIENTS: told.strangers}
            self._parts.append(evolve(new, data=data, request_id=None))

    def write(self) -> None:
        """Write what was gathered; what is about strangers, for a person or a late 270."""
        parts, self._parts = self._parts, []
        for number, _ in record_responses(self._tx, parts):
            note_recorded(self._steps, number, None)
        self._steps.write(self._tx)


def _new(located: Located, found: Found, place: Place) -> NewResponse:
    """Return what is stored of a response."""
    response = _response(located)
    return NewResponse(
        kind=RESPONSE,
        data=Canonical(record_text(response)),
        request_id=found.request_id,
        interchange_id=place.interchange_id,
        gs06=place.gs06,
        st02=place.st02,
        segment_offset=place.offset,
        bht03=response.reference,
        responded_at=written_at(response),
    )


def _as_new(stored: StoredResponse) -> NewResponse:
    return NewResponse(**{each.name: getattr(stored, each.name) for each in fields(NewResponse)})


def _response(located: Located) -> EligibilityResponse:
    response = located.record
    assert isinstance(response, EligibilityResponse)
    return response


def _plain(told: Answer) -> store.NewAnswer:
    return store.NewAnswer(
        coverage=told.coverage.state,
        required=told.authorization.required,
        data=Canonical(answer_text(told)),
    )


def _answers_to(located: Located, patient: Patient | None, check: Check) -> Iterator[Answer]:
    response = _response(located)
    day = check.service_date
    if patient is None:
        level: Level = "dependent" if check.dependent else "subscriber"
        yield rejected(response, check.ask, level=level, on=day, places=located.places)
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
