"""Ask about eligibility: from rows of a schedule to queued 270s, each question once.

Everything that belongs together is one ledger transaction: the questions under their keys, the 270s
with references and trace numbers, the control numbers, the exact bytes. What our own validator
would reject under the payer's profile is never queued, and a bad row does not stop the others. The
same question is queued once, in however many files and calls it stands, until it is asked `again`.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from attrs import define, evolve, field, frozen

from x12_pa.authorizations.enrolment import ROSTER
from x12_pa.authorizations.preflight import PREFLIGHT
from x12_pa.authorizations.states import State
from x12_pa.configuration import MailboxSettings
from x12_pa.eligibility.asking import Asked, InquirySet, inquiry_of, numbered
from x12_pa.eligibility.plain import asked_data, record_data
from x12_pa.ledger import eligibility as store
from x12_pa.ledger.database import Tx
from x12_pa.ledger.mailboxes import ControlNumbers, QueuedFile, Rendered, enqueue
from x12_pa.ledger.plain import digest
from x12_pa.ledger.requests import NewRequest, Trace, record_request, record_transmission
from x12_pa.services.batches import send_in_batches
from x12_pa.services.build import assign_identifiers
from x12_pa.services.eligibility_desk import Desk, Wanted
from x12_pa.services.eligibility_rules import GUIDE, mailbox_for
from x12_pa.services.envelopes import file_name
from x12_pa.services.office import Office, address_of
from x12_pa.validation import FileResult, Finding

INQUIRY = "270"
_TWIN = "it stands in this input before"


@frozen(kw_only=True)
class Outcome:
    """What became of one row.

    Attributes:
        state: `queued`, `known` (it was asked before) or `refused`.
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
        return all(item.state != "refused" for item in self.outcomes)


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
) -> Checked:
    """Queue the questions of a schedule.

    Args:
        office: configuration, ledger and clock.
        rows: what is to be asked.
        mailbox: where all of it goes; else each payer's own, by what the profiles say.
        test: mark the interchanges as tests (ISA15 T).
        again: ask also what was asked before.

    Raises:
        ConfigError: identity, profile or receiver are missing.
        UsageError: several mailboxes lead to a payer.
    """
    usage = "T" if test else "P"
    call = _Call(office=office, rows=tuple(rows), mailbox=mailbox, usage=usage, again=again)
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
    desks: dict[str, Desk] = field(factory=dict)
    outcomes: dict[int, Outcome] = field(factory=dict)
    files: list[QueuedFile] = field(factory=list)
    keys: dict[str, int] = field(factory=dict)
    twins: dict[int, int] = field(factory=dict)

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
        box = self.mailbox or mailbox_for(self.office, row.check.payer_id)
        if box is None:
            detail = (
                "no mailbox leads to this payer: name it in the profile of one (mailbox: "
                "eligibility: payers), or say --mailbox"
            )
            self.outcomes[number] = Outcome(where=row.where, state="refused", detail=detail)
            return
        desk = self._desk(box)
        key, known = self._key(tx, desk, row)
        if known is not None:
            self.outcomes[number] = Outcome(
                where=row.where,
                state="known",
                reference=known.reference,
                trace=known.trace,
                detail=_before(known),
            )
            return
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

    def _desk(self, box: MailboxSettings) -> Desk:
        if box.name not in self.desks:
            address = address_of(self.office, box, self.usage, guide=GUIDE)
            self.desks[box.name] = Desk(office=self.office, mailbox=box, address=address)
        return self.desks[box.name]

    def _key(self, tx: Tx, desk: Desk, row: Wanted) -> tuple[str, store.StoredCheck | None]:
        """Return the key of a question and the one that has it; asking again takes the next."""
        assert row.check is not None
        content = asked_data(Asked(check=evolve(row.check, reference=None, plan=None)))
        address = desk.address
        whom = (address.gs_sender, address.receiver_id, self.usage)
        for_what = (row.occasion, row.authorization)
        turn = 0
        while True:
            key = digest(INQUIRY, *whom, content, *for_what, turn)
            found = store.check_by_key(tx, key)
            if found is None or not self.again:
                return key, found
            turn += 1

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

        numbers = {id(row.check): number for number, row in desk.wanted.items()}
        for chunk in desk.files():
            for part, errors in send_in_batches(chunk, post):
                for each in (check for found in part for check in found.checks) if errors else ():
                    number = numbers[id(each)]
                    self.outcomes[number] = _refused(desk.wanted[number].where, tuple(errors))

    def _numbered(self, tx: Tx, desk: Desk, found: InquirySet) -> InquirySet:
        given = assign_identifiers(tx, self.office, desk.address, prefix="EL")
        return numbered(found, given.reference, given.originator)

    def _queue(self, tx: Tx, desk: Desk, sets: Sequence[InquirySet]) -> QueuedFile:
        """Store one file with its sets and their questions."""
        told: list[Finding] = []

        def render(numbers: ControlNumbers) -> Rendered:
            data = desk.render(sets, numbers)
            judged = desk.standpoint.judge(tx, data, "-")
            told.extend(found for found in judged.findings if found.source in (ROSTER, PREFLIGHT))
            if not judged.accepted:
                raise _NotTaken(judged)
            name = file_name(INQUIRY, desk.address, numbers, self.office.now())
            return Rendered(data=data, final_name=name)

        keys = {id(desk.wanted[n].check): (n, key) for n, key in desk.keys.items()
                if n in desk.wanted}  # fmt: skip
        file = enqueue(
            tx,
            mailbox=desk.mailbox.name,
            scope=desk.address.scope,
            key=digest(*(keys[id(each)][1] for found in sets for each in found.checks)),
            render=render,
        )
        for control, found in enumerate(sets, 1):
            self._record(tx, desk, found, file, f"{control:04d}", keys)
            about = [each for each in told if each.transaction == f"{control:04d}"]
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
    ) -> None:
        """Store one 270 with its questions, and say what became of their rows."""
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
                    detail=_remark(asked),
                )


def _before(known: store.StoredCheck) -> str:
    """Say what is known of a question that is not asked again."""
    if known.state in (State.REJECTED, State.REFUSED):
        return "it was asked before and rejected; correct it, or ask with --again"
    return f"it was asked before ({known.state.replace('_', ' ')})"


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
    detail = "it would be rejected; correct it and ask again"
    return Outcome(where=where, state="refused", findings=tuple(findings), detail=detail)


def wanted_rows(rows: Iterable[Any]) -> Iterator[Wanted]:
    """Yield the rows of a schedule as questions that are wanted."""
    for row in rows:
        yield Wanted(where=row.where, check=row.check, problem=row.problem)
