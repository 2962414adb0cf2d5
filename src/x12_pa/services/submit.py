"""Queue requests for a mailbox: build, validate, number, store, once.

Everything that belongs together is one ledger transaction: the requests with their trace numbers,
the control numbers, the exact bytes of one interchange, and which transaction set carries which
request. What our own validator would reject is never queued; the same request twice is queued once.
"""

from collections.abc import Iterable, Sequence

from attrs import evolve, frozen

from x12_pa.authorizations.opening import opened
from x12_pa.configuration import MailboxSettings
from x12_pa.errors import InternalError, UsageError
from x12_pa.guides import Guide, Profile, load_guide
from x12_pa.ledger import control_numbers
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
    Identifiers,
    InputProblem,
    ReviewRequest,
    build_request,
    to_json,
    with_identifiers,
)
from x12_pa.services.office import Address, Office, address_of
from x12_pa.services.reading import Source, read_requests
from x12_pa.syntax import Envelope, GroupContent, build_interchange
from x12_pa.validation import Finding, validate

REQUEST_GUIDE = "278-request"


@frozen(kw_only=True)
class Outcome:
    """What became of one request.

    Attributes:
        state: `queued`, `known` (it was queued before), `refused` (it would be rejected) or
            `conflict` (another request has its reference).
        findings: why it was refused.
        detail: a sentence for people.
    """

    source: str
    state: str
    reference: str | None = None
    findings: tuple[Finding, ...] = ()
    detail: str = ""


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


def submit(
    office: Office, mailbox: MailboxSettings, sources: Iterable[Source], *, test: bool = False
) -> Submission:
    """Queue the requests of some inputs as one interchange.

    Args:
        office: configuration, ledger and clock.
        mailbox: where it goes; its profile narrows the guide and names the receiver.
        sources: the inputs.
        test: mark the interchange as a test (ISA15 T).

    Raises:
        DocumentError: an input cannot be read; nothing was queued.
        ConfigError: identity, profile or receiver are missing.
    """
    profile = office.profile_of(mailbox)
    address = address_of(office, mailbox, "T" if test else "P")
    guide = load_guide(REQUEST_GUIDE, profile)
    read = [item for source in sources for item in read_requests(source, profile)]
    outcomes: list[Outcome] = []
    ready: list[_Ready] = []
    with office.ledger.write() as tx:
        for item in read:
            if item.request is None:
                outcomes.append(_refused(item.source, None, item.findings))
                continue
            found = _prepare(tx, office, address, guide, profile, item.source, item.request)
            if isinstance(found, _Ready) and any(other.key == found.key for other in ready):
                found = _known(found.source, found.request.reference)
            if isinstance(found, _Ready):
                ready.append(found)
                reference = found.request.reference
                outcomes.append(Outcome(source=found.source, state="queued", reference=reference))
            else:
                outcomes.append(found)
        file = _queue(tx, office, mailbox, address, guide, ready) if ready else None
    return Submission(outcomes=tuple(outcomes), file=file)


def _refused(source: str, reference: str | None, findings: Sequence[Finding]) -> Outcome:
    detail = "it would be rejected; correct it and submit it again"
    return Outcome(
        source=source,
        state="refused",
        reference=reference,
        findings=tuple(findings),
        detail=detail,
    )


def _known(source: str, reference: str | None) -> Outcome:
    return Outcome(source=source, state="known", reference=reference, detail="it was queued before")


def _prepare(
    tx: Tx,
    office: Office,
    address: Address,
    guide: Guide,
    profile: Profile | None,
    source: str,
    request: ReviewRequest,
) -> _Ready | Outcome:
    """Number a request, unless it is known, and check that it would be accepted."""
    content = to_json(evolve(request, created_on=None, created_at=None))
    key = digest("278", address.gs_sender, address.receiver_id, content)
    if request.reference:
        for known in find_by_bht03(tx, request.reference, sender=address.gs_sender):
            if known.idempotency_key == key:
                return _known(source, request.reference)
            detail = (
                f"request {request.reference} was submitted before with other content; give the "
                "new one a reference of its own"
            )
            return Outcome(
                source=source, state="conflict", reference=request.reference, detail=detail
            )
    elif known_reference := _by_key(tx, key):
        return _known(source, known_reference)
    numbered = with_identifiers(request, lambda _: _identifiers(tx, office, address))
    findings = _check(office, address, guide, profile, numbered)
    if findings:
        return _refused(source, request.reference, findings)
    return _Ready(source=source, request=numbered, key=key)


def _by_key(tx: Tx, key: str) -> str | None:
    found = find_by_key(tx, key)
    return found.bht03 if found else None


def _identifiers(tx: Tx, office: Office, address: Address) -> Identifiers:
    """Assign a reference that was never used; control numbers count, so they never repeat."""
    identity = address.identity
    if len(identity.trace_originator) != 10:
        raise UsageError(
            "[identity] trace_originator must have 10 characters (TRN03): 1 and the tax id, 3 and "
            "the DUNS number, or 9 and an id of your own."
        )
    number = control_numbers.next_control(tx, address.gs_sender, "BHT03")
    now = office.clock()
    reference = f"PA{now:%Y%m%d}-{number:06d}"
    return Identifiers(reference=reference, originator=identity.trace_originator, at=now)


def _check(
    office: Office,
    address: Address,
    guide: Guide,
    profile: Profile | None,
    request: ReviewRequest,
) -> tuple[Finding, ...]:
    """Return the errors that the built request would be rejected for."""
    try:
        data = _render(
            office,
            address,
            guide,
            [request],
            ControlNumbers(scope=address.scope, epoch=1, isa13=1, gs06=1),
        )
    except InputProblem as problem:
        return (_as_finding(problem),)
    result = validate(data, profile=profile, path=request.reference or "-")
    return tuple(found for found in result.findings if found.severity == "error")


def _as_finding(problem: InputProblem) -> Finding:
    return Finding(code="C201", severity="error", snip=2, message=str(problem))


def _render(
    office: Office,
    address: Address,
    guide: Guide,
    requests: Sequence[ReviewRequest],
    numbers: ControlNumbers,
) -> bytes:
    """Render one interchange with one transaction set per request."""
    now = office.clock()
    sets = [
        build_request(request, guide, control=f"{number:04d}")
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
    return build_interchange(envelope, [group])


def _queue(
    tx: Tx,
    office: Office,
    mailbox: MailboxSettings,
    address: Address,
    guide: Guide,
    ready: Sequence[_Ready],
) -> QueuedFile:
    """Store the requests and the one file that carries them."""
    requests = [item.request for item in ready]

    def render(numbers: ControlNumbers) -> Rendered:
        data = _render(office, address, guide, requests, numbers)
        if not validate(data, profile=office.profile_of(mailbox)).accepted:
            raise InternalError("A file that we built is not accepted by our own validator.")
        name = f"278_{address.identity.sender_id}_{office.clock():%Y%m%d}_{numbers.isa13:09d}.x12"
        return Rendered(data=data, final_name=name)

    file = enqueue(
        tx,
        mailbox=mailbox.name,
        scope=address.scope,
        key=digest(*(item.key for item in ready)),
        render=render,
    )
    assert file.interchange_id is not None
    for number, item in enumerate(ready, 1):
        row = record_request(tx, new_request(item.request, address.gs_sender, item.key))
        record_transmission(
            tx,
            row.id,
            interchange_id=file.interchange_id,
            gs06=str(file.gs06),
            st02=f"{number:04d}",
        )
        record_decisions(tx, row.id, opened(item.request))
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
