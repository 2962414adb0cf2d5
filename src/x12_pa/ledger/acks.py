"""Acknowledgements that came in (TA1, 999, 824 …), linked to what they acknowledge.

A TA1 names an ISA13, a 999 a GS06 and the ST02 of each set; both refer to the direction in which
*we* send. An acknowledgement, good or bad, proves that the file arrived, so the outbound file is
ACKED; whether the request lives on is for the life cycle to say. One that names a number which we
never gave out is kept unmatched and reported to the control numbers, because that is how a restored
ledger finds out that it is old.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from attrs import field, frozen
from sqlalchemy import Row, select, update

from x12_pa.exchange.store import OutboundState
from x12_pa.ledger import audit, control_numbers, schema
from x12_pa.ledger.database import Tx
from x12_pa.ledger.lookups import find_by_envelope
from x12_pa.ledger.requests import add_event
from x12_pa.ledger.responses import DELIVERED_BY_ANSWER
from x12_pa.ledger.statements import new_id

Scope = Literal["interchange", "group", "transaction"]

_A, _O = schema.ack.c, schema.outbound.c


@frozen(kw_only=True)
class NewAck:
    """One acknowledgement of one thing: a TA1, an AK9, or one AK2/IK5.

    Attributes:
        kind: "TA1", "999", "824", "277CA".
        level: what it acknowledges.
        refers_scope: the direction of what was sent: `control_numbers.opposite` of the scope of
            the interchange that brought it.
        outcome: TA104, AK901 or IK501 as received.
        codes: TA105, or the IK502 and AK905 codes.
        findings: plain records of what was found wrong (segment, element, code); no values.
        interchange_id: the interchange that brought it.
        position: its number in that interchange, so that it is stored once.
    """

    kind: str
    level: Scope
    refers_scope: str
    outcome: str
    refers_isa13: int | None = None
    refers_gs06: str | None = None
    refers_st02: str | None = None
    codes: Sequence[str] = ()
    findings: Sequence[Mapping[str, Any]] = ()
    interchange_id: int | None = None
    position: int = 0


@frozen(kw_only=True)
class StoredAck:
    """An acknowledgement as it is kept, with the file and the request it was linked to."""

    id: int
    interchange_id: int | None
    position: int
    kind: str
    level: Scope
    refers_scope: str
    refers_isa13: int | None
    refers_gs06: str | None
    refers_st02: str | None
    outcome: str
    codes: Sequence[str]
    findings: Sequence[Mapping[str, Any]] = field(repr=False)
    outbound_id: int | None
    request_id: int | None
    received_at: datetime
    created: bool = False


def record_ack(tx: Tx, new: NewAck) -> StoredAck:
    """Store an acknowledgement once and link it to the file and request that it names."""
    same = (_A.interchange_id == new.interchange_id, _A.kind == new.kind)
    known = tx.execute(select(schema.ack).where(*same, _A.position == new.position)).one_or_none()
    if known is not None:
        return _stored(known)
    outbound_id = _outbound(tx, new)
    request_id = _request(tx, new)
    values = {
        "interchange_id": new.interchange_id,
        "position": new.position,
        "kind": new.kind,
        "level": new.level,
        "refers_scope": new.refers_scope,
        "refers_isa13": new.refers_isa13,
        "refers_gs06": new.refers_gs06,
        "refers_st02": new.refers_st02,
        "outcome": new.outcome,
        "codes": list(new.codes),
        "findings": [dict(each) for each in new.findings],
        "outbound_id": outbound_id,
        "request_id": request_id,
        "received_at": tx.now,
    }
    number = new_id(tx, schema.ack, values)
    _note(tx, new, number, outbound_id, request_id)
    row = tx.execute(select(schema.ack).where(_A.id == number)).one()
    return _stored(row, created=True)


def acks(
    tx: Tx, *, request_id: int | None = None, outbound_id: int | None = None
) -> list[StoredAck]:
    """Return acknowledgements in order of arrival, of a request, of a file, or all."""
    query = select(schema.ack).order_by(_A.id)
    if request_id is not None:
        query = query.where(_A.request_id == request_id)
    if outbound_id is not None:
        query = query.where(_A.outbound_id == outbound_id)
    return [_stored(row) for row in tx.execute(query)]


def assign_ack(tx: Tx, ack: StoredAck, request_id: int, *, reason: str) -> None:
    """Give an acknowledgement of one set that came early the request that it speaks of."""
    here = (_A.id == ack.id, _A.request_id.is_(None))
    tx.execute(update(schema.ack).where(*here).values(request_id=request_id))
    data = {"request": request_id, "reason": reason}
    audit.append(tx, "ack.assigned", f"ack:{ack.id}", data)
    add_event(tx, request_id, f"ack.{ack.kind}", reference=f"ack:{ack.id}")


def unmatched_acks(tx: Tx, *, scope: str | None = None) -> list[StoredAck]:
    """Return acknowledgements of things that this ledger does not know, of one direction or all."""
    query = select(schema.ack).where(_A.outbound_id.is_(None), _A.request_id.is_(None))
    if scope is not None:
        query = query.where(_A.refers_scope == scope)
    return [_stored(row) for row in tx.execute(query.order_by(_A.id))]


def _outbound(tx: Tx, new: NewAck) -> int | None:
    query = select(_O.id).where(_O.scope == new.refers_scope)
    if new.refers_isa13 is not None:
        query = query.where(_O.isa13 == new.refers_isa13)
    elif new.refers_gs06 is not None and new.refers_gs06.strip().isdecimal():
        query = query.where(_O.gs06 == int(new.refers_gs06))
    else:
        return None
    found = tx.execute(query.order_by(_O.epoch.desc(), _O.id.desc()).limit(1)).scalar_one_or_none()
    return None if found is None else int(found)


def _request(tx: Tx, new: NewAck) -> int | None:
    if new.refers_gs06 is None or new.refers_st02 is None:
        return None
    found = find_by_envelope(
        tx, new.refers_scope, gs06=new.refers_gs06, st02=new.refers_st02, isa13=new.refers_isa13
    )
    return found[0].id if found else None


def _note(
    tx: Tx, new: NewAck, number: int, outbound_id: int | None, request_id: int | None
) -> None:
    data = {"kind": new.kind, "level": new.level, "outcome": new.outcome}
    links = {"outbound": outbound_id, "request": request_id}
    audit.append(tx, "ack.recorded", f"ack:{number}", data | links)
    if request_id is not None:
        add_event(tx, request_id, f"ack.{new.kind}", reference=f"ack:{number}")
    if outbound_id is None:
        _report_unknown(tx, new)
        return
    states = [state.value for state in DELIVERED_BY_ANSWER if state is not OutboundState.ACKED]
    arrived = {"state": OutboundState.ACKED.value, "updated_at": tx.now}
    here = _O.id == outbound_id
    tx.execute(update(schema.outbound).where(here, _O.state.in_(states)).values(**arrived))
    first = update(schema.outbound).where(here, _O.acked_at.is_(None))
    tx.execute(first.values(acked_at=tx.now))


def _report_unknown(tx: Tx, new: NewAck) -> None:
    if new.refers_isa13 is not None:
        control_numbers.observe(tx, new.refers_scope, "ISA", new.refers_isa13)
    elif new.refers_gs06 is not None and new.refers_gs06.strip().isdecimal():
        control_numbers.observe(tx, new.refers_scope, "GS", int(new.refers_gs06))


def _stored(row: Row[Any], created: bool = False) -> StoredAck:
    return StoredAck(**row._mapping, created=created)
