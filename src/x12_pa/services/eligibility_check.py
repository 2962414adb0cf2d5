"""Ask about eligibility: from rows of a schedule to queued 270s, each question once.

Everything that belongs together is one ledger transaction: the questions under their keys, the 270s
with references and trace numbers, the control numbers, the exact bytes. What our own validator
would reject under the payer's profile is never queued; what the payer is sure to reject is held
back unless somebody says why it goes out, and a bad row does not stop the others. The same question
is queued once, in however many files and calls it stands, until it is asked `again`, or the payer
said that it could not answer it then and the time that it named is over.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from attrs import define, evolve, field, frozen

from x12_pa.authorizations.enrolment import ROSTER
from x12_pa.authorizations.preflight import PREFLIGHT, sure_rejections
from x12_pa.configuration import MailboxSettings
from x12_pa.eligibility.asking import Asked, InquirySet, inquiry_of, numbered
from x12_pa.eligibility.plain import asked_data, record_data
from x12_pa.ledger import audit
from x12_pa.ledger import eligibility as store
from x12_pa.ledger.database import Tx
from x12_pa.ledger.mailboxes import ControlNumbers, QueuedFile, Rendered, enqueue
from x12_pa.ledger.plain import digest
from x12_pa.ledger.requests import NewRequest, Trace, record_request, record_transmission
from x12_pa.services.batches import send_in_batches
from x12_pa.services.build import assign_identifiers
from x12_pa.services.eligibility_desk import Desk, Wanted
from x12_pa.services.eligibility_known import newest, pause_of_known, said_of_known
from x12_pa.services.eligibility_rules import GUIDE, mailbox_for
from x12_pa.services.envelopes import file_name
from x12_pa.services.exceptions import check_reason, names_of, refuse_names
from x12_pa.services.office import Office, address_of
from x12_pa.validation import FileResult, Finding

INQUIRY = "270"
SENT_ANYWAY = "eligibility.sent_anyway"
_TWIN = "it stands in this input before"


@frozen(kw_only=True)
class Outcome:
    """What became of one row.

    Attributes:
        state: `queued`, `known` (it was asked before), `refused` (our checks reject it) or `held`
            (the payer will).
        reference: BHT03 of the 270 that asks.
        trace: TRN02 of the patient in it.
        detail: a sentence for people: what is asked instead, what to do.
    """

    where: str
    state: str
    reference: str | None = None
    trace: str | None = None
    findings: tuple[Finding, ...] = ()
    detail: str = ""


@frozen(kw_only=True)
class Checked:
    """What one call did: an outcome per row, in their order, and the files that were queued."""

    outcomes: tuple[Outcome, ...]
    files: tuple[QueuedFile, ...] = ()

    @property
    def clean(self) -> bool:
        """Whether every question is queued, now or before."""
        return all(item.state in ("queued", "known") for item in self.outcomes)


class _NotTaken(Exception):
    """The payer's rules object to a file of 270s that are fit for themselves."""

    def __init__(self, judged: FileResult) -> None:
        super().__init__()
        self.errors = tuple(found for found in judged.findings if found.severity == "error")


def check(
    office: Office,
    rows: Iterable[Wanted],
    *,
    mailbox: MailboxSettings | None = None,
    test: bool = False,
    again: bool = False,
    anyway: str | None = None,
) -> Checked:
    """Queue the questions of a schedule.

    Args:
        office: configuration, ledger and clock.
        rows: what is to be asked.
        mailbox: where all of it goes; else each payer's own, by what the profiles say.
        test: mark the interchanges as tests (ISA15 T).
        again: ask also what was asked before.
        anyway: why questions go out that the payer is sure to reject; it is kept in the audit
            chain, so it names no patient.

    Raises:
        ConfigError: identity, profile or receiver are missing.
        UsageError: several mailboxes lead to a payer; the reason is empty, too long, or names a
            patient.
    """
    call = _Call(
        office=office,
        rows=tuple(rows),
        mailbox=mailbox,
        usage="T" if test else "P",
        again=again,
        reason=anyway,
    )
    check_reason(anyway, "questions that will be rejected")
    refuse_names(anyway, call.names(), "why they are asked")
    with office.ledger.write() as tx:
        for number, row in enumerate(call.rows):
            call.take(tx, number, row)
        for desk in call.desks.values():
            call.send(tx, desk)
    call.settle_twins()
    return Checked(
        outcomes=tuple(call.outcomes[number] for number in range(len(call.rows))),
        files=tuple(call.files),
    )


@define(kw_only=True)
class _Call:
    """One call of `check`: the desks it works at, and what became of each row, by number."""

    office: Office
    rows: tuple[Wanted, ...]
    mailbox: MailboxSettings | None
    usage: str
    again: bool
    reason: str | None
    desks: dict[str, Desk] = field(factory=dict)
    outcomes: dict[int, Outcome] = field(factory=dict)
    files: list[QueuedFile] = field(factory=list)
    keys: dict[str, int] = field(factory=dict)
    twins: dict[int, int] = field(factory=dict)
    remarks: dict[int, str] = field(factory=dict)
    boxes: dict[str, MailboxSettings | None] = field(factory=dict)
    numbers: dict[int, int] = field(factory=dict)

    def names(self) -> Iterator[str]:
        """Yield what names the patients of the rows."""
        for row in self.rows:
            if (one := row.check) is not None:
                yield from names_of(
                    one.subscriber_last_name, one.member_id, one.subscriber_birth_date
                )
                yield from names_of(one.dependent_last_name, None, one.dependent_birth_date)

    def take(self, tx: Tx, number: int, row: Wanted) -> None:
        """Put a row on the desk of its mailbox, unless it is faulty or was asked before."""
        if row.check is None:
            found = tuple(
                Finding(
                    code="C203",
                    severity="error",
                    snip=2,
                    message=str(each).removeprefix(row.where).lstrip(",: "),
                )
                for each in (row.problem.problems if row.problem else ())
            )
            self.outcomes[number] = _refused(row.where, found)
            return
        box = self.mailbox or self._box(row.check.payer_id)
        if box is None:
            detail = (
                "no mailbox leads to this payer: name it in the profile of one (mailbox: "
                "eligibility: payers), or say --mailbox"
            )
            self.outcomes[number] = Outcome(where=row.where, state="refused", detail=detail)
            return
        desk = self._desk(box)
        key, known = self._key(tx, desk, row)
        if known is not None and not (self.again or row.again):
            pause = pause_of_known(tx, known, self.office.settings.zone)
            if pause is None or not pause.is_over(self.office.today()):
                self.outcomes[number] = Outcome(
                    where=row.where,
                    state="known",
                    reference=known.reference,
                    trace=known.trace,
                    detail=said_of_known(known, pause),
                )
                return
            self.remarks[number] = f"asked again: {pause.detail}"
        if key in self.keys:
            self.twins[number] = self.keys[key]
            return
        self.keys[key] = number
        desk.wanted[number], desk.keys[number] = row, key

    def settle_twins(self) -> None:
        """Give a question that stands in the input before the fate of that one."""
        for number, first in self.twins.items():
            row, found = self.rows[number], self.outcomes[first]
            if found.state == "queued":
                found = evolve(found, state="known", findings=(), detail=_TWIN)
            self.outcomes[number] = evolve(found, where=row.where)

    def _box(self, payer: str) -> MailboxSettings | None:
        """Return the mailbox that leads to a payer; the profiles are looked through once."""
        if payer not in self.boxes:
            self.boxes[payer] = mailbox_for(self.office, payer)
        return self.boxes[payer]

    def _desk(self, box: MailboxSettings) -> Desk:
        if box.name not in self.desks:
            address = address_of(self.office, box, self.usage, guide=GUIDE)
            self.desks[box.name] = Desk(
                office=self.office, mailbox=box, address=address, reason=self.reason
            )
        return self.desks[box.name]

    def _key(self, tx: Tx, desk: Desk, row: Wanted) -> tuple[str, store.StoredCheck | None]:
        """Return the key that a question gets, and the newest that was asked before."""
        assert row.check is not None
        content = asked_data(Asked(check=evolve(row.check, reference=None, plan=None)))
        address = desk.address
        whom = (address.gs_sender, address.receiver_id, self.usage)
        for_what = (row.occasion, row.authorization)
        return newest(tx, lambda turn: digest(INQUIRY, *whom, content, *for_what, turn))

    def send(self, tx: Tx, desk: Desk) -> None:
        """Queue what lies on a desk, as far as it would be accepted."""
        for number, findings in desk.faulty(tx).items():
            self.outcomes[number] = _refused(desk.wanted.pop(number).where, findings)

        def post(sets: Sequence[InquirySet]) -> tuple[Finding, ...]:
            try:
                with self.office.ledger.write() as inner:
                    mine = [self._numbered(inner, desk, each) for each in sets]
                    self.files.append(self._queue(inner, desk, mine))
            except _NotTaken as refusal:
                return refusal.errors
            return ()

        self.numbers = {id(row.check): number for number, row in desk.wanted.items()}
        for chunk in desk.files():
            for part, errors in send_in_batches(chunk, post):
                for each in (check for found in part for check in found.checks) if errors else ():
                    number = self.numbers[id(each)]
                    self.outcomes[number] = _refused(desk.wanted[number].where, tuple(errors))

    def _numbered(self, tx: Tx, desk: Desk, found: InquirySet) -> InquirySet:
        given = assign_identifiers(tx, self.office, desk.address, prefix="EL")
        return numbered(found, given.reference, given.originator)

    def _queue(self, tx: Tx, desk: Desk, sets: Sequence[InquirySet]) -> QueuedFile:
        """Store one file with its sets and their questions."""
        told: list[Finding] = []
        sure: list[Finding] = []

        def render(numbers: ControlNumbers) -> Rendered:
            data = desk.render(sets, numbers)
            judged = desk.standpoint.judge(tx, data, "-")
            told.extend(found for found in judged.findings if _is_said(found))
            sure.extend(sure_rejections(judged, data))
            if not judged.accepted:
                raise _NotTaken(judged)
            name = file_name(INQUIRY, desk.address, numbers, self.office.now())
            return Rendered(data=data, final_name=name)

        asked = (each for found in sets for each in found.checks)
        keys = {id(each): (n, desk.keys[n]) for each in asked for n in [self.numbers[id(each)]]}
        file = enqueue(
            tx,
            mailbox=desk.mailbox.name,
            scope=desk.address.scope,
            key=digest(*(keys[id(each)][1] for found in sets for each in found.checks)),
            render=render,
        )
        for control, found in enumerate(sets, 1):
            name = f"{control:04d}"
            request_id = self._record(tx, desk, found, file, name, keys)
            self._note_reason(tx, request_id, [f for f in sure if f.transaction == name])
            about = [f for f in dict.fromkeys((*told, *sure)) if f.transaction == name]
            for each, findings in desk.by_check(found, control, about) if about else ():
                number = keys[id(each)][0]
                self.outcomes[number] = evolve(self.outcomes[number], findings=findings)
        return file

    def _record(
        self,
        tx: Tx,
        desk: Desk,
        found: InquirySet,
        file: QueuedFile,
        control: str,
        keys: dict[int, tuple[int, str]],
    ) -> int:
        """Store one 270 with its questions, and say what became of their rows; return its id."""
        assert file.interchange_id is not None
        first = found.checks[0]
        now = self.office.now()
        row = record_request(
            tx,
            NewRequest(
                kind=INQUIRY,
                sender=desk.address.gs_sender,
                bht03=found.reference,
                payer=first.payer_id,
                member_id=first.member_id or "",
                data=record_data(inquiry_of(found, on=now.date(), at=f"{now:%H:%M}")),
                idempotency_key=digest(*(keys[id(each)][1] for each in found.checks)),
                traces=[Trace(number=u.trace, originator=found.originator) for u in found.units],
            ),
        )
        record_transmission(
            tx, row.id, interchange_id=file.interchange_id, gs06=str(file.gs06), st02=control
        )
        for unit in found.units:
            for asked in unit.asked:
                number, key = keys[id(asked.check)]
                wanted = desk.wanted[number]
                store.record_check(tx, row.id, _new_check(key, unit.trace, asked, wanted))
                self.outcomes[number] = Outcome(
                    where=wanted.where,
                    state="queued",
                    reference=found.reference,
                    trace=unit.trace,
                    detail="; ".join(filter(None, (self.remarks.get(number), _remark(asked)))),
                )
        return row.id

    def _note_reason(self, tx: Tx, request_id: int, sure: Sequence[Finding]) -> None:
        """Write to the audit chain why a 270 goes out that the payer is sure to reject."""
        if sure and self.reason is not None:
            why = [f"{each.code} {each.loop} {each.element or each.segment}" for each in sure]
            data = {"findings": why, "reason": self.reason.strip()}
            audit.append(tx, SENT_ANYWAY, f"request:{request_id}", data)


def _is_said(found: Finding) -> bool:
    """Say whether a finding about a question that goes out is for whoever asks it."""
    of_payer = found.source.startswith("profile:") and found.severity == "warning"
    return of_payer or found.source in (ROSTER, PREFLIGHT)


def _new_check(key: str, trace: str, asked: Asked, wanted: Wanted) -> store.NewCheck:
    row = asked.check
    return store.NewCheck(
        key=key,
        trace=trace,
        payer=row.payer_id,
        member_id=row.member_id or "",
        day=row.service_date,
        data=asked_data(asked),
        occasion=wanted.occasion,
        authorization=wanted.authorization,
    )


def _remark(asked: Asked) -> str:
    if not asked.instead:
        return ""
    return f"asked as service type {asked.service_type}: {asked.instead}"


def _refused(where: str, findings: Sequence[Finding]) -> Outcome:
    if findings and all(each.severity != "error" for each in findings):
        detail = (
            "the payer will reject it; correct it, or ask it all the same with eligibility check "
            "--send-anyway"
        )
        return Outcome(where=where, state="held", findings=tuple(findings), detail=detail)
    detail = "it would be rejected; correct it and ask again"
    return Outcome(where=where, state="refused", findings=tuple(findings), detail=detail)


def wanted_rows(rows: Iterable[Any]) -> Iterator[Wanted]:
    """Yield the rows of a schedule as questions that are wanted."""
    for row in rows:
        yield Wanted(where=row.where, check=row.check, problem=row.problem)
