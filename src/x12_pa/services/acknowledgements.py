"""Read what a partner acknowledged: TA1 and 999, and what they do to our requests.

A mailbox is often shared with another program of ours that sends claims. What is said of its groups
is kept and counted, and never held against a request that happens to have the same group number.
An acknowledgement that comes before its request was taken in waits, and is given to it then.
"""

from datetime import timedelta

from x12_pa.acks import GroupAck, InterchangeAck, read_acknowledgements
from x12_pa.authorizations.states import Event, State
from x12_pa.ledger.acks import NewAck, StoredAck, acks, assign_ack, record_ack, unmatched_acks
from x12_pa.ledger.control_numbers import opposite
from x12_pa.ledger.database import Tx
from x12_pa.ledger.lookups import (
    find_by_envelope,
    requests_in,
    requests_in_file,
    requests_sent_as,
)
from x12_pa.ledger.requests import plain_number
from x12_pa.services import journey
from x12_pa.services.pieces import (
    ACKS_UNMATCHED,
    OTHERS_REFUSED,
    OTHERS_TAKEN,
    REFUSED,
    Piece,
    Tally,
)

DUPLICATE = "025"
"""TA105: the interchange was received before."""
READ_SETS = frozenset({"999", "997"})
OURS = frozenset({"HI", "HS", ""})
"""GS01 of what we send, 278 and 270, as AK101 repeats it; "" where a partner leaves it out."""
LATE = "acknowledgements that had come before"
A_DAY = timedelta(days=1)


def take(tx: Tx, piece: Piece, interchange_id: int, tally: Tally) -> None:
    """Record the TA1 and 999 of an interchange and what they do to our requests."""
    scope = opposite(piece.scope)
    some = piece.sets.keys() & (READ_SETS | {"TA1"})
    for position, found in enumerate(read_acknowledgements(piece.open()) if some else ()):
        place = position * 1000
        if isinstance(found, InterchangeAck):
            _ta1(tx, found, scope, interchange_id, place, tally)
        elif isinstance(found, GroupAck) and found.functional_id not in OURS:
            _of_another(tx, found, scope, interchange_id, place, tally)
        elif isinstance(found, GroupAck):
            _999(tx, found, scope, interchange_id, place, tally)


def _ta1(
    tx: Tx, found: InterchangeAck, scope: str, interchange_id: int, place: int, tally: Tally
) -> None:
    control = found.control.strip()
    number = int(control) if control.isdecimal() else None
    stored = record_ack(
        tx,
        NewAck(
            kind="TA1",
            level="interchange",
            refers_scope=scope,
            refers_isa13=number,
            outcome=found.code,
            codes=[found.note],
            interchange_id=interchange_id,
            position=place,
        ),
    )
    tally.counts["TA1"] += 1
    if stored.outbound_id is not None:
        carried = requests_in_file(tx, stored.outbound_id)
    else:
        carried = [] if number is None else requests_sent_as(tx, scope, isa13=number)
    if stored.outbound_id is None and not carried:
        tally.counts[ACKS_UNMATCHED] += 1
    if found.accepted or (found.note == DUPLICATE and _arrived_before(tx, stored)):
        return
    for request_id in carried:
        _move(tx, request_id, Event.REFUSED_BY_ACK, stored, tally)


def _arrived_before(tx: Tx, stored: StoredAck) -> bool:
    """Say whether the file was acknowledged already: then "duplicate" speaks of a second copy."""
    if stored.outbound_id is None:
        return False
    return any(other.id < stored.id for other in acks(tx, outbound_id=stored.outbound_id))


def _999(
    tx: Tx, found: GroupAck, scope: str, interchange_id: int, place: int, tally: Tally
) -> None:
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
            position=place,
        ),
    )
    tally.counts["999"] += 1
    named = _sets(tx, found, group, tally)
    if group.outbound_id is not None:
        carried = requests_in_file(tx, group.outbound_id)
    else:
        carried = requests_sent_as(tx, scope, gs06=found.group_control)
    if not carried and group.outbound_id is None:
        tally.counts[ACKS_UNMATCHED] += 1
    for request_id in carried:
        if request_id not in named:
            event = Event.ACKNOWLEDGED if found.accepted else Event.REFUSED_BY_ACK
            _move(tx, request_id, event, group, tally)


def _of_another(
    tx: Tx, found: GroupAck, scope: str, interchange_id: int, place: int, tally: Tally
) -> None:
    """Keep what is said of a group of another program, such as claims (HC), as it stands."""
    group = {"group": found.group_control, "functional_id": found.functional_id}
    sets = [{"set": each.control, "code": each.code, **group} for each in found.sets]
    record_ack(
        tx,
        NewAck(
            kind="999",
            level="group",
            refers_scope=scope,
            outcome=found.code,
            codes=found.errors,
            findings=sets or [group],
            interchange_id=interchange_id,
            position=place,
        ),
    )
    tally.counts["999"] += 1
    tally.counts[OTHERS_TAKEN if found.accepted else OTHERS_REFUSED] += 1


def give_late(tx: Tx, piece: Piece, interchange_id: int, tally: Tally) -> None:
    """Give the requests of an interchange that was just taken in what came for them before.

    An acknowledgement that arrived before the file was written speaks of another file with the
    same numbers. If several are left that name a group, nobody can say which is meant: they stay
    unmatched, for a person.
    """
    new = [each for each in requests_in(tx, interchange_id) if each.state == State.SENT]
    if not new:
        return
    written = piece.header.element(9)
    waiting = [
        ack
        for ack in unmatched_acks(tx, scope=piece.scope)
        if f"{ack.received_at + A_DAY:%y%m%d}" >= written
    ]
    for carried in new:
        spoken = _spoken_of(waiting, carried.isa13, carried.gs06, carried.st02)
        if spoken is None:
            continue
        if spoken.level == "transaction":
            assign_ack(tx, spoken, carried.request_id, reason="its request was recorded later")
        event = Event.ACKNOWLEDGED if spoken.outcome in ("A", "E") else Event.REFUSED_BY_ACK
        _move(tx, carried.request_id, event, spoken, tally)
        tally.counts[LATE] += 1


def _spoken_of(waiting: list[StoredAck], isa13: int, gs06: str, st02: str) -> StoredAck | None:
    """Return what a waiting TA1 or 999 says of a set: the TA1 if it rejects, else the narrowest."""
    for ack in waiting:
        if ack.kind == "TA1" and ack.refers_isa13 == isa13 and ack.outcome == "R":
            return ack
    of_group = [
        ack
        for ack in waiting
        if ack.kind == "999" and ack.refers_gs06 and plain_number(ack.refers_gs06) == gs06
    ]
    if len({ack.interchange_id for ack in of_group}) != 1:
        return None
    of_set = [ack for ack in of_group if ack.refers_st02 == st02]
    whole = [ack for ack in of_group if ack.level == "group"]
    return next(iter(of_set or whole), None)


def _sets(tx: Tx, found: GroupAck, group: StoredAck, tally: Tally) -> set[int]:
    """Record what a 999 says of single sets; return the requests that it named."""
    named: set[int] = set()
    for number, item in enumerate(found.sets, 1):
        stored = record_ack(
            tx,
            NewAck(
                kind="999",
                level="transaction",
                refers_scope=group.refers_scope,
                refers_gs06=found.group_control,
                refers_st02=item.control,
                outcome=item.code,
                codes=item.errors,
                findings=[{"text": line.describe()} for line in item.problems],
                interchange_id=group.interchange_id,
                position=group.position + number,
            ),
        )
        scope, gs06 = group.refers_scope, found.group_control
        for request in find_by_envelope(tx, scope, gs06=gs06, st02=item.control):
            named.add(request.id)
            event = Event.ACKNOWLEDGED if item.accepted else Event.REFUSED_BY_ACK
            _move(tx, request.id, event, stored, tally)
    return named


def _move(tx: Tx, request_id: int, event: Event, ack: StoredAck, tally: Tally) -> None:
    moved = journey.move(tx, request_id, event, f"ack:{ack.id}")
    if moved is not None and event is Event.REFUSED_BY_ACK:
        tally.counts[REFUSED] += 1
