"""Read what a partner's application says after the 999: 824 of a set, 277CA of the claims in one.

An 824 names the group and the set that it answers, as a 999 does, so it is linked to our request.
A 277CA names only the BHT03 of an 837 and the claims in it; 837 are not kept in the ledger, so what
it says is kept as it stands, claim by claim, and counted.
"""

from collections.abc import Iterable

from x12_pa.acks import (
    ClaimBatchAck,
    ClaimStatus,
    ItemAdvice,
    read_application_advice,
    read_claim_acknowledgements,
)
from x12_pa.authorizations.states import Event
from x12_pa.ledger.acks import NewAck, StoredAck, record_ack
from x12_pa.ledger.control_numbers import opposite
from x12_pa.ledger.database import Tx
from x12_pa.ledger.lookups import find_by_envelope
from x12_pa.services import journey
from x12_pa.services.pieces import (
    ACKS_UNMATCHED,
    BATCHES_REFUSED,
    CLAIMS_REFUSED,
    OTHERS_REFUSED,
    OTHERS_TAKEN,
    REFUSED,
    Piece,
    Tally,
)

READ_SETS = frozenset({"824", "277"})
CLAIMS_TAKEN = "claims taken"
OUR_SETS = frozenset({"278", "270", ""})
"""ST01 of what we send; what an 824 says of another program's sets (837) touches none of ours."""


def take(tx: Tx, piece: Piece, interchange_id: int, tally: Tally) -> None:
    """Record the 824 and 277CA of an interchange, and what an 824 does to our requests."""
    scope, sets = opposite(piece.scope), piece.sets
    if "824" in sets:
        items = (item for found in read_application_advice(piece.open()) for item in found.items)
        for position, item in enumerate(items):
            _824(tx, item, scope, interchange_id, position, tally)
    if "277" in sets:
        batches = read_claim_acknowledgements(piece.open())
        for position, batch in enumerate(batches):
            _277ca(tx, batch, scope, interchange_id, position, tally)
        unread = sets["277"] - len(batches)
        if unread > 0:
            tally.counts["277 sets not read"] += unread


def _824(
    tx: Tx, item: ItemAdvice, scope: str, interchange_id: int, position: int, tally: Tally
) -> None:
    whole = not item.set_control
    theirs = item.set_id not in OUR_SETS
    stored = record_ack(
        tx,
        NewAck(
            kind="824",
            level="group" if whole else "transaction",
            refers_scope=scope,
            refers_gs06=None if theirs else item.group_control or None,
            refers_st02=None if theirs else item.set_control or None,
            outcome=item.code,
            codes=_once(reason for each in item.problems for reason in each.reasons),
            findings=[{"text": each.describe()} for each in item.problems],
            interchange_id=interchange_id,
            position=position,
        ),
    )
    tally.counts["824"] += 1
    if theirs:
        tally.counts[OTHERS_REFUSED if item.refused else OTHERS_TAKEN] += 1
        return
    gs06, st02 = item.group_control, item.set_control
    requests = [] if whole else find_by_envelope(tx, scope, gs06=gs06, st02=st02)
    if not requests and stored.outbound_id is None:
        tally.counts[ACKS_UNMATCHED] += 1
    for request in requests if item.about_set else ():
        _move(tx, request.id, item, stored, tally)


def _move(tx: Tx, request_id: int, item: ItemAdvice, ack: StoredAck, tally: Tally) -> None:
    event = Event.REFUSED_BY_ACK if item.refused else Event.ACKNOWLEDGED
    moved = journey.move(tx, request_id, event, f"ack:{ack.id}")
    if moved is not None and item.refused:
        tally.counts[REFUSED] += 1


def _277ca(
    tx: Tx, batch: ClaimBatchAck, scope: str, interchange_id: int, position: int, tally: Tally
) -> None:
    refused = [claim for claim in batch.claims if not claim.accepted]
    record_ack(
        tx,
        NewAck(
            kind="277CA",
            level="transaction",
            refers_scope=scope,
            outcome=_outcome(batch),
            codes=_once(map(_code, batch.statuses)),
            findings=[
                {
                    "batch": batch.batch,
                    "claim": claim.claim_id,
                    "payer_number": claim.payer_number,
                    "accepted": claim.accepted,
                    "codes": _once(map(_code, claim.statuses)),
                }
                for claim in batch.claims
            ]
            or [{"batch": batch.batch}],
            interchange_id=interchange_id,
            position=position,
        ),
    )
    tally.counts["277CA"] += 1
    tally.counts[CLAIMS_TAKEN] += len(batch.claims) - len(refused)
    tally.counts[CLAIMS_REFUSED] += len(refused)
    tally.counts[BATCHES_REFUSED] += not batch.claims and _refuses(batch)
    for name in (CLAIMS_TAKEN, CLAIMS_REFUSED, BATCHES_REFUSED):
        if not tally.counts[name]:
            del tally.counts[name]


def _outcome(batch: ClaimBatchAck) -> str:
    """Return `A` (all claims taken), `P` (some), `R` (none), as a 999 would put it."""
    taken = sum(claim.accepted for claim in batch.claims)
    if not batch.claims:
        return "R" if _refuses(batch) else "A"
    return "A" if taken == len(batch.claims) else "P" if taken else "R"


def _refuses(batch: ClaimBatchAck) -> bool:
    return any(status.action == "U" for status in batch.statuses)


def _code(status: ClaimStatus) -> str:
    return ":".join(filter(None, (status.category, status.code, status.entity)))


def _once(codes: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(codes))
