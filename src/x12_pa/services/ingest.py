"""Read what came in: acknowledgements and answers to what was sent, once.

A file is read in one ledger transaction. Each interchange in it is known by its control number and
the hash of its bytes: the same again has no effect, the same number with other bytes is kept for a
person. What an acknowledgement or an answer does to a request is decided by the life cycle
(`authorizations`); here its parts are only brought together.
"""

import gc
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from x12_pa.authorizations.opening import opened
from x12_pa.authorizations.states import State
from x12_pa.errors import DocumentError
from x12_pa.exchange.store import Inbound, InboundState, Ingest, IngestOutcome
from x12_pa.ledger.database import Tx
from x12_pa.ledger.decisions import record_decisions
from x12_pa.ledger.intake import TakenIn, take_in
from x12_pa.ledger.interchanges import NewInterchange, record_interchange
from x12_pa.ledger.plain import digest
from x12_pa.ledger.requests import record_request, record_transmission
from x12_pa.ledger.responses import last_response, settle_answered
from x12_pa.models import (
    EligibilityInquiry,
    ReviewRequest,
    ReviewResponse,
    parse_eligibility,
    parse_review,
    to_json,
)
from x12_pa.services import acknowledgements, advice, answers, eligibility_answers
from x12_pa.services.eligibility_matching import INQUIRY
from x12_pa.services.office import Office
from x12_pa.services.payer_conduct import note_breaches
from x12_pa.services.pieces import (
    CONFLICTING,
    KNOWN,
    MISCOUNTED,
    UNKNOWN_ELIGIBILITY,
    UNKNOWN_GUIDE,
    UNMATCHED,
    UNNAMED,
    Piece,
    Tally,
    is_counted,
    pieces,
)
from x12_pa.services.submit import new_request
from x12_pa.syntax import TransactionSet, missing_part

ACKNOWLEDGEMENT_SETS = acknowledgements.READ_SETS | advice.READ_SETS
REVIEW_SET = "278"
_READ = frozenset({REVIEW_SET, INQUIRY, eligibility_answers.RESPONSE})
_NEW_OBJECTS = 5_000
LATE = "answers that had come before"


def reader(office: Office) -> Ingest:
    """Return the function that the exchange calls for each downloaded file."""

    def read(inbound: Inbound) -> IngestOutcome:
        return ingest(office, inbound)

    return read


def ingest_file(office: Office, name: str, data: bytes | Iterable[bytes]) -> TakenIn:
    """Take in a file from disk, whole or in chunks, on the same path as a downloaded one."""
    return take_in(office.ledger, name, data, reader(office))


def ingest(office: Office, inbound: Inbound) -> IngestOutcome:
    """Read one stored file; everything it changes is one transaction."""
    with office.ledger.spool.open(inbound.sha256) as file, _collecting_seldom():
        if lacking := missing_part(file):
            reason = f"this is not a whole X12 file: {lacking}"
            return IngestOutcome(state=InboundState.QUARANTINED, summary=reason, reason=reason)
        tally = Tally()
        with office.ledger.write() as tx:
            before = last_response(tx)
            for piece in pieces(file):
                if _interchange(tx, inbound, piece, tally):
                    note_breaches(tx, office, inbound, piece, tally)
            settle_answered(tx, before)
            late = answers.match_late(tx) if tally.counts["requests"] else 0
            if tally.counts[eligibility_answers.INQUIRIES]:
                late += eligibility_answers.match_late(tx, office.ledger)
            tally.counts += Counter({LATE: late})
    return tally.outcome()


@contextmanager
def _collecting_seldom() -> Iterator[None]:
    """Let the collector of circular references look less often; it would take a tenth of the time.

    What is read of a file holds few: the tree of a set is taken apart when its record is made.
    """
    before = gc.get_threshold()
    gc.set_threshold(before[0] and max(before[0], _NEW_OBJECTS), *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _interchange(tx: Tx, inbound: Inbound, piece: Piece, tally: Tally) -> bool:
    """Read one interchange, unless it was read before; tell whether it was."""
    control = piece.control
    new = NewInterchange(
        direction="in",
        scope=piece.scope,
        isa13=int(control) if control.isdecimal() else 0,
        sha256=piece.digests(b"")[0],
        offset=piece.offset,
        inbound_id=inbound.id,
    )
    recorded = record_interchange(tx, new)
    if recorded.outcome == "conflict":
        tally.conflicts += 1
        return False
    if not recorded.new:
        tally.counts[KNOWN] += 1
        return False
    acknowledgements.take(tx, piece, recorded.id, tally)
    advice.take(tx, piece, recorded.id, tally)
    intake = eligibility_answers.Intake(tx, tally)
    for transaction in piece.transactions():
        if transaction.id in _READ and not is_counted(transaction):
            tally.counts[MISCOUNTED] += 1
            continue
        if transaction.id == eligibility_answers.RESPONSE:
            intake.add(transaction, _place(recorded.id, transaction))
            continue
        intake.finish()  # what stands before this set is taken in before it
        if transaction.id == REVIEW_SET:
            _review(tx, piece, recorded.id, transaction, tally)
        elif transaction.id == INQUIRY:
            _inquiry(tx, piece, recorded.id, transaction, tally)
        elif transaction.id not in ACKNOWLEDGEMENT_SETS:
            tally.counts[f"{transaction.id} sets not read"] += 1
    intake.finish()
    acknowledgements.give_late(tx, piece, recorded.id, tally)
    return True


def _review(
    tx: Tx, piece: Piece, interchange_id: int, transaction: TransactionSet, tally: Tally
) -> None:
    """Read one 278: an answer to a request of ours, or a request that was made elsewhere."""
    try:
        found = parse_review(transaction)
    except DocumentError:
        tally.counts[UNKNOWN_GUIDE] += 1
        return
    place = _place(interchange_id, transaction)
    if isinstance(found, ReviewResponse):
        matched = answers.take(tx, found, place)
        tally.counts["answers" if matched else UNMATCHED] += 1
        return
    tally.counts[_elsewhere(tx, _sender(piece, transaction), found, place)] += 1


def _inquiry(
    tx: Tx, piece: Piece, interchange_id: int, transaction: TransactionSet, tally: Tally
) -> None:
    """Read one 270 that was made elsewhere."""
    try:
        found = parse_eligibility(transaction)
    except DocumentError:
        tally.counts[UNKNOWN_ELIGIBILITY] += 1
        return
    assert isinstance(found, EligibilityInquiry)
    place = _place(interchange_id, transaction)
    sender = _sender(piece, transaction)
    tally.counts[eligibility_answers.record_elsewhere(tx, sender, found, place)] += 1


def _place(interchange_id: int, transaction: TransactionSet) -> answers.Place:
    return answers.Place(
        interchange_id=interchange_id,
        offset=transaction.segments[0].offset,
        gs06=transaction.group.element(6) if transaction.group else "",
        st02=transaction.control,
    )


def _sender(piece: Piece, transaction: TransactionSet) -> str:
    group = transaction.group
    return (group.element(2) if group else "") or piece.sender


def _elsewhere(tx: Tx, sender: str, request: ReviewRequest, place: answers.Place) -> str:
    """Record a request that another program sent, so that its answer finds it; say what it is."""
    if not request.reference:
        return UNNAMED
    key = digest("278", "elsewhere", sender, to_json(request))
    row = record_request(tx, new_request(request, sender, key, origin="recorded", state=State.SENT))
    if not row.same:
        return CONFLICTING
    record_transmission(
        tx, row.id, interchange_id=place.interchange_id, gs06=place.gs06, st02=place.st02
    )
    if row.created:
        record_decisions(tx, row.id, opened(request, state=State.SENT))
    return "requests" if row.created else "known requests"
