"""Queue requests for a mailbox: build, validate, number, store, once.

Everything that belongs together is one ledger transaction: the requests with their trace numbers,
the control numbers, the exact bytes of one interchange, and which transaction set carries which
request. What our own validator would reject is never queued; the same request twice is queued once.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from attrs import define, evolve, field, frozen

from x12_pa.authorizations.enrolment import ROSTER
from x12_pa.authorizations.opening import opened
from x12_pa.authorizations.preflight import PREFLIGHT
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
from x12_pa.services.batches import send_in_batches
from x12_pa.services.build import assign_identifiers
from x12_pa.services.completeness import Checklist, record_exception
from x12_pa.services.defaults import delimiters_for, fill_elements
from x12_pa.services.envelopes import file_name, interchange_of
from x12_pa.services.judging import Standpoint
from x12_pa.services.office import Address, Office, address_of, context_for
from x12_pa.services.outcomes import Outcome, clash, incompleteness, refusal, repetition
from x12_pa.services.reading import Read, Source, read_each
from x12_pa.services.routing import misrouted, routes
from x12_pa.syntax import Delimiters
from x12_pa.validation import Finding

REQUEST_GUIDE = "278-request"


@frozen(kw_only=True)
class Submission:
    """What one call of `submit` did: an outcome per request, and the files that were queued.

    That is one, unless the payer's rules ask for more (`batches`).
    """

    outcomes: tuple[Outcome, ...]
    files: tuple[QueuedFile, ...] = ()

    @property
    def file(self) -> QueuedFile | None:
        """The first file, or None when nothing was queued."""
        return next(iter(self.files), None)

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
    remarks: tuple[Finding, ...] = ()


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
    standpoint: Standpoint = field(init=False)
    today: date = field(init=False)
    ready: list[_Ready] = field(factory=list)
    given: frozenset[str | None] = frozenset()

    def __attrs_post_init__(self) -> None:
        self.profile = self.office.profile_of(self.mailbox)
        address = self.address
        self.today = self.office.today()
        self.known = context_for(self.mailbox, address.identity, address.usage)
        self.standpoint = self.office.standpoint(self.profile, self.known)
        self.guide = load_guide(REQUEST_GUIDE, self.profile, today=self.today, known=self.known)
        self.marks = delimiters_for(self.profile, self.guide, self.known)
        self.checklist = Checklist.of(
            self.profile, self.today, mailbox=self.mailbox.name, reason=self.reason
        )

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
    """Queue the requests of some inputs as one interchange, or as many as the payer asks for.

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
        outcomes = [evolve(_outcome(tx, desk, item), place=item.place) for item in read]
        files, refused = _queue_all(tx, desk)
    names = {item.request.reference: refused.get(item.key, ()) for item in desk.ready}
    settled = (
        evolve(refusal(item.source, item.reference, errors), place=item.place)
        if item.state in ("queued", "known") and (errors := names.get(item.reference))
        else item
        for item in outcomes
    )
    return Submission(outcomes=tuple(settled), files=tuple(files))


def _usage(test: bool) -> str:
    return "T" if test else "P"


def _outcome(tx: Tx, desk: _Desk, item: Read) -> Outcome:
    """Say what becomes of one request that was read, and put it on the pile if it is to go out."""
    if item.problem is not None:
        return refusal(item.source, None, _as_findings(item.problem))
    if item.request is None:
        return refusal(item.source, None, item.findings)
    found = _prepare(tx, desk, item.source, item.request)
    if isinstance(found, Outcome):
        return found
    desk.ready.append(found)
    known = routes(tx, desk.office, desk.profile, found.request)
    return Outcome(
        source=found.source,
        state="queued",
        reference=found.request.reference,
        findings=(*misrouted(known, found.request, desk.mailbox.name), *found.remarks),
        detail=desk.checklist.remark(found.completeness),
        completeness=found.completeness,
    )


def _prepare(tx: Tx, desk: _Desk, source: str, request: ReviewRequest) -> _Ready | Outcome:
    """Number a request, unless it is known, and check that it would be accepted."""
    key = desk.key(request)
    known = _known_as(tx, desk, request, key)
    if known is not None:
        same, reference = known
        return repetition(source, reference) if same else clash(source, reference)
    judged = desk.checklist.judge(request)
    if judged and not judged.complete and desk.reason is None:
        return incompleteness(source, request.reference, judged)
    numbered = with_identifiers(
        request,
        lambda _: assign_identifiers(tx, desk.office, desk.address, taken=desk.given),
    )
    findings = _check(tx, desk, numbered)
    if any(found.severity == "error" for found in findings):
        return refusal(source, request.reference, findings)
    return _Ready(source=source, request=numbered, key=key, completeness=judged, remarks=findings)


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


def _check(tx: Tx, desk: _Desk, request: ReviewRequest) -> tuple[Finding, ...]:
    """Return the errors that the built request would be rejected for, else what is worth saying."""
    numbers = ControlNumbers(scope=desk.address.scope, epoch=1, isa13=1, gs06=1)
    try:
        data = _render(desk, [request], numbers)
    except InputProblem as problem:
        return _as_findings(problem)
    result = desk.standpoint.judge(tx, data, request.reference or "-", draft=True)
    errors = tuple(found for found in result.findings if found.severity == "error")
    return errors or tuple(f for f in result.findings if f.source in (ROSTER, PREFLIGHT))


def _as_findings(fault: InputProblem) -> tuple[Finding, ...]:
    """Return what is wrong with an input in the form in which validation says what it finds."""
    return tuple(
        Finding(code="C201", severity="error", snip=2, message=str(each)) for each in fault.problems
    )


def _render(desk: _Desk, requests: Sequence[ReviewRequest], numbers: ControlNumbers) -> bytes:
    """Render one interchange with one transaction set per request."""
    sets = [
        fill_elements(
            build_request(request, desk.guide, control=f"{number:04d}", delimiters=desk.marks),
            desk.guide,
            desk.profile,
            desk.known,
        )
        for number, request in enumerate(requests, 1)
    ]
    return interchange_of(
        desk.address, desk.guide, sets, numbers, at=desk.office.now(), marks=desk.marks
    )


class _NotTaken(Exception):
    """The payer's rules object to a file of requests that are fit for themselves."""

    def __init__(self, errors: Sequence[Finding]) -> None:
        super().__init__()
        self.errors = tuple(errors)


def _queue_all(tx: Tx, desk: _Desk) -> tuple[list[QueuedFile], dict[str, tuple[Finding, ...]]]:
    """Queue what is ready in as few files as the payer takes; return them, and what was refused.

    What is refused comes by the name of the key of its request.
    """
    files: list[QueuedFile] = []

    def send(items: Sequence[_Ready]) -> tuple[Finding, ...]:
        try:
            with desk.office.ledger.write() as inner:
                files.append(_queue(inner, desk, items))
        except _NotTaken as refusal:
            return refusal.errors
        return ()

    sent = send_in_batches(desk.ready, send)
    return files, {item.key: tuple(errors) for part, errors in sent if errors for item in part}


def _queue(tx: Tx, desk: _Desk, ready: Sequence[_Ready]) -> QueuedFile:
    """Store requests and the one file that carries them; raises `_NotTaken`."""
    address = desk.address

    def render(numbers: ControlNumbers) -> Rendered:
        data = _render(desk, [item.request for item in ready], numbers)
        result = desk.standpoint.judge(tx, data, "-")
        if not result.accepted:
            raise _NotTaken([found for found in result.findings if found.severity == "error"])
        at = desk.office.now()
        return Rendered(data=data, final_name=file_name("278", address, numbers, at))

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
