"""Queue requests for a mailbox: build, validate, number, store, once.

Everything that belongs together is one ledger transaction: the requests with their trace numbers,
the control numbers, the exact bytes of one interchange, and which transaction set carries which
request. What our own validator would reject is never queued; the same request twice is queued once.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from attrs import define, evolve, field, frozen

from x12_pa.authorizations.opening import opened
from x12_pa.authorizations.request_completeness import Completeness
from x12_pa.configuration import MailboxSettings
from x12_pa.errors import InternalError
from x12_pa.guides import Guide, Profile, load_guide
from x12_pa.ledger.database import Tx
from x12_pa.ledger.decisions import record_decisions
from x12_pa.ledger.lookups import find_by_bht03, find_by_key
from x12_pa.ledger.mailboxes import ControlNumbers, QueuedFile, Rendered, enqueue
from x12_pa.ledger.plain import digest
from x12_pa.ledger.requests import (
    NewRequest,
    Trace,
    record_request,
    record_transmission,
)
from x12_pa.models import (
    InputProblem,
    ReviewRequest,
    build_request,
    to_json,
    with_identifiers,
)
from x12_pa.services.build import assign_identifiers
from x12_pa.services.completeness import Checklist, record_exception
from x12_pa.services.defaults import context_of, delimiters_for, fill_elements
from x12_pa.services.office import Address, Office, address_of
from x12_pa.services.reading import Read, Source, read_each
from x12_pa.syntax import Delimiters, Envelope, GroupContent, build_interchange
from x12_pa.validation import FileResult, Finding, validate

REQUEST_GUIDE = "278-request"


@frozen(kw_only=True)
class Outcome:
    """What became of one request.

    Attributes:
        state: `queued`, `known` (it was queued before), `refused` (it would be rejected) or
        place: where in the input it stands; see `Read`.
            `conflict` (another request has its reference).
        findings: why it was refused.
        detail: a sentence for people.
        completeness: what it must carry and carries; None for a payer whose profile says nothing
            of services.
    """

    source: str
    state: str
    reference: str | None = None
    place: str = ""
    findings: tuple[Finding, ...] = ()
    detail: str = ""
    completeness: Completeness | None = None


@frozen(kw_only=True)
class Submission:
    """What one call of `submit` did: an outcome per request, and the file that was queued."""

    outcomes: tuple[Outcome, ...]
    file: QueuedFile | None = None

    @property
    def clean(self) -> bool:
        """Whether every request is queued, now or before."""
        return all(item.state in ("queued", "known") for item in self.outcomes)


@frozen(kw_only=True)
class _Ready:
    """A request that is to be queued, with the key by which it is known."""

    source: str
    request: ReviewRequest
    key: str
    completeness: Completeness | None = None


@define(kw_only=True)
class _Desk:
    """One call of `submit`: where the requests go, by which guide, and the pile of those to go."""

    office: Office
    mailbox: MailboxSettings
    address: Address
    reason: str | None = None
    checklist: Checklist = field(init=False)
    profile: Profile | None = field(init=False)
    guide: Guide = field(init=False)
    marks: Delimiters = field(init=False)
    known: dict[str, Any] = field(init=False)
    today: date = field(init=False)
    ready: list[_Ready] = field(factory=list)
    given: frozenset[str | None] = frozenset()

    def __attrs_post_init__(self) -> None:
        self.profile = self.office.profile_of(self.mailbox)
        address = self.address
        self.today = self.office.clock().date()
        self.known = context_of(sender=address.identity.sender_id, usage=address.usage)
        self.guide = load_guide(REQUEST_GUIDE, self.profile, today=self.today, known=self.known)
        self.marks = delimiters_for(self.profile, self.guide, self.known)
        self.checklist = Checklist.of(
            self.profile, self.today, mailbox=self.mailbox.name, reason=self.reason
        )

    def judged(self, data: bytes, name: str) -> FileResult:
        """Return what our own validator says of a file, under the profile and what is known."""
        return validate(data, profile=self.profile, path=name, today=self.today, context=self.known)

    def key(self, request: ReviewRequest) -> str:
        """Return what identifies a request: its content, who gets it, and if it is a test."""
        content = to_json(evolve(request, created_on=None, created_at=None))
        address = self.address
        return digest("278", address.gs_sender, address.receiver_id, address.usage, content)


def submit(
    office: Office,
    mailbox: MailboxSettings,
    sources: Iterable[Source],
    *,
    test: bool = False,
    incomplete_reason: str | None = None,
) -> Submission:
    """Queue the requests of some inputs as one interchange.

    Args:
        office: configuration, ledger and clock.
        mailbox: where it goes; its profile narrows the guide and names the receiver.
        sources: the inputs.
        test: mark the interchange as a test (ISA15 T).
        incomplete_reason: why requests go out that lack what the payer's profile asks them to
            carry; it is kept in the audit chain, so it names no patient.

    Raises:
        DocumentError: an input cannot be read; nothing was queued.
        ConfigError: identity, profile or receiver are missing.
        UsageError: the reason is empty, too long, or names a patient.
    """
    address = address_of(office, mailbox, _usage(test))
    desk = _Desk(office=office, mailbox=mailbox, address=address, reason=incomplete_reason)
    read = [item for source in sources for item in read_each(source)]
    desk.given = frozenset(item.request.reference for item in read if item.request)
    desk.checklist.refuse_names(item.request for item in read if item.request)
    with office.ledger.write() as tx:
        outcomes = tuple(evolve(_outcome(tx, desk, item), place=item.place) for item in read)
        file = _queue(tx, desk) if desk.ready else None
    return Submission(outcomes=outcomes, file=file)


def _usage(test: bool) -> str:
    return "T" if test else "P"


def _outcome(tx: Tx, desk: _Desk, item: Read) -> Outcome:
    """Say what becomes of one request that was read, and put it on the pile if it is to go out."""
    if item.problem is not None:
        return _refused(item.source, None, _as_findings(item.problem))
    if item.request is None:
        return _refused(item.source, None, item.findings)
    found = _prepare(tx, desk, item.source, item.request)
    if isinstance(found, Outcome):
        return found
    desk.ready.append(found)
    return Outcome(
        source=found.source,
        state="queued",
        reference=found.request.reference,
        detail=desk.checklist.remark(found.completeness),
        completeness=found.completeness,
    )


def _refused(source: str, reference: str | None, findings: Sequence[Finding]) -> Outcome:
    detail = "it would be rejected; correct it and submit it again"
    return Outcome(
        source=source,
        state="refused",
        reference=reference,
        findings=tuple(findings),
        detail=detail,
    )


def _incomplete(source: str, reference: str | None, found: Completeness) -> Outcome:
    detail = (
        f"{found.sentence()}. Add what is missing, or say with --incomplete-reason why it goes out "
        "without"
    )
    return Outcome(
        source=source, state="refused", reference=reference, detail=detail, completeness=found
    )


def _known(source: str, reference: str | None) -> Outcome:
    return Outcome(source=source, state="known", reference=reference, detail="it was queued before")


def _conflict(source: str, reference: str | None) -> Outcome:
    detail = (
        f"another request has the reference {reference}: its content, its receiver or the test "
        "mark differs. Give the new one a reference of its own"
    )
    return Outcome(source=source, state="conflict", reference=reference, detail=detail)


def _prepare(tx: Tx, desk: _Desk, source: str, request: ReviewRequest) -> _Ready | Outcome:
    """Number a request, unless it is known, and check that it would be accepted."""
    key = desk.key(request)
    known = _known_as(tx, desk, request, key)
    if known is not None:
        same, reference = known
        return _known(source, reference) if same else _conflict(source, reference)
    judged = desk.checklist.judge(request)
    if judged and not judged.complete and desk.reason is None:
        return _incomplete(source, request.reference, judged)
    numbered = with_identifiers(
        request,
        lambda _: assign_identifiers(tx, desk.office, desk.address, taken=desk.given),
    )
    findings = _check(desk, numbered)
    if findings:
        return _refused(source, request.reference, findings)
    return _Ready(source=source, request=numbered, key=key, completeness=judged)


def _known_as(
    tx: Tx, desk: _Desk, request: ReviewRequest, key: str
) -> tuple[bool, str | None] | None:
    """Return whether a request of its reference or content is known, if so the same, and its name.

    Those of this call count too; they are not in the ledger yet.
    """
    for item in desk.ready:
        if item.key == key or (request.reference and item.request.reference == request.reference):
            return item.key == key, item.request.reference
    if request.reference:
        for stored in find_by_bht03(tx, request.reference, sender=desk.address.gs_sender):
            return stored.idempotency_key == key, request.reference
    else:
        found = find_by_key(tx, key)
        if found is not None:
            return True, found.bht03
    return None


def _check(desk: _Desk, request: ReviewRequest) -> tuple[Finding, ...]:
    """Return the errors that the built request would be rejected for."""
    numbers = ControlNumbers(scope=desk.address.scope, epoch=1, isa13=1, gs06=1)
    try:
        data = _render(desk, [request], numbers)
    except InputProblem as problem:
        return _as_findings(problem)
    result = desk.judged(data, request.reference or "-")
    return tuple(found for found in result.findings if found.severity == "error")


def _as_findings(fault: InputProblem) -> tuple[Finding, ...]:
    """Return what is wrong with an input in the form in which validation says what it finds."""
    return tuple(
        Finding(code="C201", severity="error", snip=2, message=str(each)) for each in fault.problems
    )


def _render(desk: _Desk, requests: Sequence[ReviewRequest], numbers: ControlNumbers) -> bytes:
    """Render one interchange with one transaction set per request."""
    address, guide, now = desk.address, desk.guide, desk.office.clock()
    sets = [
        fill_elements(
            build_request(request, guide, control=f"{number:04d}", delimiters=desk.marks),
            guide,
            desk.profile,
            desk.known,
        )
        for number, request in enumerate(requests, 1)
    ]
    envelope = Envelope(
        sender_qualifier=address.identity.qualifier,
        sender_id=address.identity.sender_id,
        receiver_qualifier=address.receiver_qualifier,
        receiver_id=address.receiver_id,
        control=numbers.isa13,
        usage=address.usage,
        at=now,
        ack_requested=address.ack_requested,
    )
    group = GroupContent(
        functional_id=guide.functional_id,
        sender=address.gs_sender,
        receiver=address.gs_receiver,
        control=numbers.gs06,
        version=guide.id,
        at=now,
        transactions=sets,
    )
    return build_interchange(envelope, [group], desk.marks)


def _queue(tx: Tx, desk: _Desk) -> QueuedFile:
    """Store the requests and the one file that carries them."""
    address, ready = desk.address, desk.ready

    def render(numbers: ControlNumbers) -> Rendered:
        data = _render(desk, [item.request for item in ready], numbers)
        if not desk.judged(data, "-").accepted:
            raise InternalError("A file that we built is not accepted by our own validator.")
        return Rendered(data=data, final_name=_file_name(desk, numbers))

    file = enqueue(
        tx,
        mailbox=desk.mailbox.name,
        scope=address.scope,
        key=digest(*(item.key for item in ready)),
        render=render,
    )
    assert file.interchange_id is not None
    for number, item in enumerate(ready, 1):
        row = record_request(tx, new_request(item.request, address.gs_sender, item.key))
        if not row.created:
            raise InternalError("A request that was taken for new is in the ledger already.")
        record_transmission(
            tx,
            row.id,
            interchange_id=file.interchange_id,
            gs06=str(file.gs06),
            st02=f"{number:04d}",
        )
        record_decisions(tx, row.id, opened(item.request))
        if item.completeness and desk.reason:
            record_exception(tx, row.id, item.completeness, desk.reason)
    return file


def _file_name(desk: _Desk, numbers: ControlNumbers) -> str:
    """Return a name that no other file has: numbers count per direction, so it names that too."""
    address = desk.address
    ids = (address.identity.sender_id, address.receiver_id)
    between = "_".join("".join(filter(str.isalnum, each)) for each in ids)
    name = f"278_{between}_{desk.office.clock():%Y%m%d}_{address.usage}{numbers.isa13:09d}.x12"
    return name.encode("ascii", "ignore").decode()


def new_request(
    request: ReviewRequest,
    sender: str,
    key: str,
    *,
    origin: str = "submitted",
    state: str = "queued",
) -> NewRequest:
    """Return what the ledger stores of a request."""
    event = request.event
    traces = [
        Trace(number=item.number, originator=item.originator or "") for item in event.traces
    ] + [
        Trace(number=item.number, originator=item.originator or "", service=number)
        for number, service in enumerate(event.services, 1)
        for item in service.traces
    ]
    plain = to_json(request)
    return NewRequest(
        kind="278",
        sender=sender,
        bht03=request.reference or "",
        payer=(request.reviewer.identifier if request.reviewer else None) or "",
        member_id=(request.subscriber.member_id if request.subscriber else None) or "",
        data=plain,
        idempotency_key=key,
        traces=traces,
        services=plain.get("event", {}).get("services", []),
        origin=origin,
        state=state,
    )
