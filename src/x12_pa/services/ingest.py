"""Read what came in: acknowledgements and answers to what was sent, once.

A file is read in one ledger transaction. Each interchange in it is known by its control number and
the hash of its bytes: the same again has no effect, the same number with other bytes is kept for a
person. What an acknowledgement or an answer does to a request is decided by the life cycle
(`authorizations`); here its parts are only brought together.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator

from attrs import define, field, frozen

from x12_pa.acks import GroupAck, InterchangeAck, read_acknowledgements
from x12_pa.authorizations.opening import opened
from x12_pa.authorizations.states import Event, State
from x12_pa.errors import DocumentError
from x12_pa.exchange.store import Inbound, InboundState, Ingest, IngestOutcome
from x12_pa.ledger.acks import NewAck, record_ack
from x12_pa.ledger.control_numbers import opposite, scope_key
from x12_pa.ledger.database import Tx
from x12_pa.ledger.decisions import record_decisions
from x12_pa.ledger.intake import TakenIn, take_in
from x12_pa.ledger.interchanges import NewInterchange, record_interchange
from x12_pa.ledger.lookups import find_by_envelope, requests_in_file
from x12_pa.ledger.plain import digest
from x12_pa.ledger.requests import record_request, record_transmission
from x12_pa.models import ReviewRequest, ReviewResponse, parse_review, to_json
from x12_pa.services import answers, journey
from x12_pa.services.office import Office
from x12_pa.services.submit import new_request
from x12_pa.syntax import Interchange, TransactionSet, missing_part, read_interchanges

ACKNOWLEDGEMENT_SETS = frozenset({"999", "997"})
REVIEW_SET = "278"


@frozen(kw_only=True)
class Piece:
    """One interchange of a file, with the bytes it consists of."""

    interchange: Interchange
    offset: int
    data: bytes

    @property
    def scope(self) -> str:
        """The direction of this interchange, as its own ISA says."""
        header = self.interchange
        mine = (header.sender_qualifier, header.sender)
        return scope_key(*mine, header.receiver_qualifier, header.receiver, header.usage)


@define
class Tally:
    """What reading a file came to."""

    counts: Counter[str] = field(factory=Counter)
    conflicts: int = 0

    def outcome(self) -> IngestOutcome:
        """Return it as the exchange records it."""
        counts = dict(self.counts)
        summary = ", ".join(f"{number} {what}" for what, number in counts.items()) or "nothing new"
        if self.conflicts:
            return IngestOutcome(
                state=InboundState.QUARANTINED,
                summary=summary,
                reason="another interchange with this control number but other content is known",
                counts=counts,
            )
        state = InboundState.INGESTED
        if set(counts) == {"known interchanges"}:
            state = InboundState.DUPLICATE
        return IngestOutcome(state=state, summary=summary, counts=counts)


def reader(office: Office) -> Ingest:
    """Return the function that the exchange calls for each downloaded file."""

    def read(inbound: Inbound) -> IngestOutcome:
        return ingest(office, inbound)

    return read


def ingest_file(office: Office, name: str, data: bytes) -> TakenIn:
    """Take in a file from disk, on the same path as a downloaded one."""
    return take_in(office.ledger, name, data, reader(office))


def ingest(office: Office, inbound: Inbound) -> IngestOutcome:
    """Read one stored file; everything it changes is one transaction."""
    data = office.ledger.spool.read(inbound.sha256)
    if lacking := missing_part(data):
        reason = f"this is not a whole X12 file: {lacking}"
        return IngestOutcome(state=InboundState.QUARANTINED, summary=reason, reason=reason)
    tally = Tally()
    with office.ledger.write() as tx:
        for piece in pieces(data):
            _interchange(office, tx, inbound, piece, tally)
    return tally.outcome()


def pieces(data: bytes) -> Iterator[Piece]:
    """Yield the interchanges of a file with their bytes.

    Raises:
        NotX12: the file does not begin with an interchange.
    """
    found = list(read_interchanges(data))
    ends = [item.header.offset for item in found[1:]] + [len(data)]
    for item, end in zip(found, ends, strict=True):
        start = item.header.offset
        yield Piece(interchange=item, offset=start, data=data[start:end].rstrip())


def _interchange(office: Office, tx: Tx, inbound: Inbound, piece: Piece, tally: Tally) -> None:
    """Read one interchange, unless it was read before."""
    control = piece.interchange.control.strip()
    new = NewInterchange(
        direction="in",
        scope=piece.scope,
        isa13=int(control) if control.isdigit() else 0,
        sha256=hashlib.sha256(piece.data).hexdigest(),
        offset=piece.offset,
        inbound_id=inbound.id,
    )
    recorded = record_interchange(tx, new)
    if recorded.outcome == "conflict":
        tally.conflicts += 1
        return
    if not recorded.new:
        tally.counts["known interchanges"] += 1
        return
    _acknowledgements(tx, piece, recorded.id, tally)
    for group in piece.interchange.groups:
        for transaction in group.transactions:
            if transaction.id == REVIEW_SET:
                _review(office, tx, piece, recorded.id, transaction, tally)
            elif transaction.id not in ACKNOWLEDGEMENT_SETS:
                tally.counts[f"{transaction.id} sets not read"] += 1


def _acknowledgements(tx: Tx, piece: Piece, interchange_id: int, tally: Tally) -> None:
    """Record the TA1 and 999 of an interchange and what they do to our requests."""
    scope = opposite(piece.scope)
    for position, found in enumerate(read_acknowledgements(piece.data)):
        if isinstance(found, InterchangeAck):
            _ta1(tx, found, scope, interchange_id, position)
            tally.counts["TA1"] += 1
        elif isinstance(found, GroupAck):
            _999(tx, found, scope, interchange_id, position)
            tally.counts["999"] += 1


def _ta1(tx: Tx, found: InterchangeAck, scope: str, interchange_id: int, position: int) -> None:
    control = found.control.strip()
    stored = record_ack(
        tx,
        NewAck(
            kind="TA1",
            level="interchange",
            refers_scope=scope,
            refers_isa13=int(control) if control.isdigit() else None,
            outcome=found.code,
            codes=[found.note],
            interchange_id=interchange_id,
            position=position * 1000,
        ),
    )
    if not found.accepted and stored.outbound_id is not None:
        for request_id in requests_in_file(tx, stored.outbound_id):
            journey.move(tx, request_id, Event.REFUSED_BY_ACK, f"ack:{stored.id}")


def _999(tx: Tx, found: GroupAck, scope: str, interchange_id: int, position: int) -> None:
    """Record a 999: the group, and each set that it names.

    A set that a 999 does not name shares the verdict on its group.
    """
    group = record_ack(
        tx,
        NewAck(
            kind="999",
            level="group",
            refers_scope=scope,
            refers_gs06=found.group_control,
            outcome=found.code,
            codes=found.errors,
            interchange_id=interchange_id,
            position=position * 1000,
        ),
    )
    named: set[int] = set()
    for number, item in enumerate(found.sets, 1):
        stored = record_ack(
            tx,
            NewAck(
                kind="999",
                level="transaction",
                refers_scope=scope,
                refers_gs06=found.group_control,
                refers_st02=item.control,
                outcome=item.code,
                codes=item.errors,
                findings=[{"text": line.describe()} for line in item.problems],
                interchange_id=interchange_id,
                position=position * 1000 + number,
            ),
        )
        for request in find_by_envelope(tx, scope, gs06=found.group_control, st02=item.control):
            named.add(request.id)
            event = Event.ACKNOWLEDGED if item.accepted else Event.REFUSED_BY_ACK
            journey.move(tx, request.id, event, f"ack:{stored.id}")
    if group.outbound_id is None:
        return
    for request_id in requests_in_file(tx, group.outbound_id):
        if request_id not in named:
            event = Event.ACKNOWLEDGED if found.accepted else Event.REFUSED_BY_ACK
            journey.move(tx, request_id, event, f"ack:{group.id}")


def _review(
    office: Office,
    tx: Tx,
    piece: Piece,
    interchange_id: int,
    transaction: TransactionSet,
    tally: Tally,
) -> None:
    """Read one 278: an answer to a request of ours, or a request that was made elsewhere."""
    try:
        found = parse_review(transaction)
    except DocumentError:
        tally.counts["278 sets of an unknown guide"] += 1
        return
    place = answers.Place(
        interchange_id=interchange_id,
        # Offsets in the file, so that the proof can point into the bytes as they arrived.
        offset=piece.offset + transaction.segments[0].offset - piece.interchange.header.offset,
        gs06=transaction.group.element(6) if transaction.group else "",
        st02=transaction.control,
    )
    if isinstance(found, ReviewResponse):
        matched = answers.take(tx, found, place)
        tally.counts["answers" if matched else "answers without a request"] += 1
    else:
        created = _elsewhere(office, tx, piece, found, place)
        tally.counts["requests" if created else "known requests"] += 1


def _elsewhere(
    office: Office, tx: Tx, piece: Piece, request: ReviewRequest, place: answers.Place
) -> bool:
    """Record a request that another program sent, so that its answer finds it."""
    sender = piece.interchange.groups[0].sender or piece.interchange.sender
    key = digest("278", "elsewhere", sender, to_json(request))
    row = record_request(tx, new_request(request, sender, key, origin="recorded", state=State.SENT))
    record_transmission(
        tx, row.id, interchange_id=place.interchange_id, gs06=place.gs06, st02=place.st02
    )
    record_decisions(tx, row.id, opened(request, state=State.SENT))
    return row.created
