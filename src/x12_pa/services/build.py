"""Build one interchange from requests: numbered, rendered, and never one that would be rejected.

All in one ledger transaction: references (BHT03) and control numbers are taken only if the result
is accepted by our own validator; a refusal takes none. Unlike `submit` nothing is queued or
recorded: the file is the caller's.
"""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from attrs import frozen

from x12_pa.authorizations.request_completeness import Completeness
from x12_pa.errors import ConfigError, Refused
from x12_pa.guides import Guide, Profile, load_guide
from x12_pa.ledger.control_numbers import next_control
from x12_pa.ledger.database import Tx
from x12_pa.ledger.lookups import find_by_bht03
from x12_pa.ledger.mailboxes import ControlNumbers
from x12_pa.models import (
    Identifiers,
    InputProblem,
    ReviewRequest,
    build_request,
    with_identifiers,
)
from x12_pa.services.completeness import Checklist
from x12_pa.services.defaults import (
    context_of,
    delimiters_for,
    envelope_defaults,
    fill_elements,
)
from x12_pa.services.envelopes import interchange_of
from x12_pa.services.office import Address, Office
from x12_pa.services.routing import misrouted, routes
from x12_pa.syntax import Delimiters, Segment
from x12_pa.validation import FileResult, Finding

REQUEST_GUIDE = "278-request"


class WouldBeRejected(Refused):
    """What was built is not accepted by our own validator; `result` says why."""

    def __init__(self, result: FileResult) -> None:
        self.result = result
        count = f"{result.errors} error" + ("" if result.errors == 1 else "s")
        super().__init__(
            f"Nothing was written: the result would be rejected for {count}. Correct the input "
            "and run the command again."
        )


@frozen(kw_only=True)
class Built:
    """One interchange, and what validation said of it (warnings at most).

    Attributes:
        completeness: per request what the payer asks it to carry; None where nobody says that.
        routing: that a request names another organization than the one that reviews it.
    """

    data: bytes
    result: FileResult
    completeness: tuple[Completeness | None, ...] = ()
    routing: tuple[Finding, ...] = ()


def address_for(
    office: Office,
    profile: Profile | None,
    receiver: str | None,
    usage: str,
    *,
    context: Mapping[str, str] | None = None,
) -> Address:
    """Return whom an interchange is addressed to.

    Args:
        receiver: `ID` or `QUALIFIER:ID`, for ISA07/ISA08; None means that the profile says it.
        usage: `P` or `T`.
        context: what rules depend on and no file says.

    Raises:
        ConfigError: there is no `[identity]`, or nobody names the receiver.
    """
    identity = office.settings.require_identity()
    known = context_of(sender=identity.sender_id, usage=usage, more=context)
    envelope = envelope_defaults(profile, load_guide(REQUEST_GUIDE), known)
    qualifier, _, given = (receiver or "").rpartition(":")
    name = given or envelope.get("ISA08")
    if not name:
        raise ConfigError(
            "Nobody says who receives the file. Name a profile whose envelope has ISA08, or give "
            "the receiver (--receiver)."
        )
    return Address(
        identity,
        qualifier or envelope.get("ISA07", "ZZ"),
        name,
        given or envelope.get("GS03", name),
        usage,
        envelope.get("ISA14") != "0",
    )


def build_file(
    office: Office,
    address: Address,
    requests: Sequence[ReviewRequest],
    *,
    profile: Profile | None = None,
    context: Mapping[str, str] | None = None,
    lookups: Mapping[str, Path] | None = None,
) -> Built:
    """Build one interchange with one transaction set per request.

    Args:
        context: what rules depend on and no file says.
        lookups: files of registries beside those of the configuration.

    Raises:
        WouldBeRejected: the validator has errors; nothing was taken from the ledger.
        Refused: a field has no place in the guide, or a text holds a separator.
    """
    today = office.today()
    known = context_of(sender=address.identity.sender_id, usage=address.usage, more=context)
    standpoint = office.standpoint(profile, known, lookups or {})
    guide = load_guide(REQUEST_GUIDE, profile, today=today, known=known)
    marks = delimiters_for(profile, guide, known)
    checklist = Checklist.of(profile, today)
    with office.ledger.write() as tx:
        given = {request.reference for request in requests}
        sets = []
        for number, request in enumerate(requests, 1):
            numbered = with_identifiers(
                request, lambda _: assign_identifiers(tx, office, address, taken=given)
            )
            built = _transaction_set(guide, numbered, number, marks)
            sets.append(fill_elements(built, guide, profile, known))
        numbers = _numbers(tx, address.scope)
        data = interchange_of(address, guide, sets, numbers, at=office.now(), marks=marks)
        result = standpoint.judge(tx, data, "built")
        if not result.accepted:
            raise WouldBeRejected(result)
        routing = [
            finding
            for request in requests
            for finding in misrouted(routes(tx, office, profile, request), request, None)
        ]
    judged = tuple(map(checklist.judge, requests))
    return Built(data=data, result=result, completeness=judged, routing=tuple(routing))


def _numbers(tx: Tx, scope: str) -> ControlNumbers:
    isa13, gs06 = (next_control(tx, scope, kind) for kind in ("ISA", "GS"))
    return ControlNumbers(scope=scope, epoch=0, isa13=isa13, gs06=gs06)


def _transaction_set(
    guide: Guide, request: ReviewRequest, number: int, marks: Delimiters
) -> list[Segment]:
    try:
        return build_request(request, guide, control=f"{number:04d}", delimiters=marks)
    except InputProblem as problem:
        raise Refused(f"Request {number} cannot be written. {problem}") from None


def assign_identifiers(
    tx: Tx,
    office: Office,
    address: Address,
    *,
    taken: Collection[str | None] = (),
    prefix: str = "PA",
) -> Identifiers:
    """Assign a reference (BHT03) that was never used, with the originator of trace numbers.

    References that people gave themselves, in the ledger or in `taken`, are passed over.

    Raises:
        ConfigError: `trace_originator` has not ten characters.
    """
    originator = address.identity.trace_originator
    if len(originator) != 10:
        raise ConfigError(
            "[identity] trace_originator must have 10 characters (TRN03): 1 and the tax id, 3 and "
            "the DUNS number, or 9 and an id of your own."
        )
    now = office.now()
    while True:
        number = next_control(tx, address.gs_sender, "BHT03")
        reference = f"{prefix}{now:%Y%m%d}-{number:06d}"
        used = find_by_bht03(tx, reference, sender=address.gs_sender)
        if reference not in taken and not used:
            return Identifiers(reference=reference, originator=originator, at=now)
