"""The requests that we sent, or that another program sent and we recorded.

A request is one 278 or 270, known by BHT03 and by the trace numbers (TRN02) of its event and
services. It is stored once: the same idempotency key, or the same BHT03 of the same sender, finds
the first row again. `transmission` says which transaction set of which interchange carried it; a
corrected request goes out again under another one. The state is whatever the life cycle says; each
change is an event with its cause, so that `auth why` can show the way from bytes to state.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from attrs import field, frozen
from sqlalchemy import ColumnElement, Row, and_, bindparam, case, delete, insert, select, update

from x12_pa.errors import Refused
from x12_pa.ledger import audit, schema
from x12_pa.ledger.columns import canonical_json
from x12_pa.ledger.database import Tx
from x12_pa.ledger.plain import digest, member_hash, to_plain
from x12_pa.ledger.statements import insert_new, new_id

_R, _T, _X = schema.request.c, schema.trace.c, schema.transmission.c
_I, _O, _E = schema.interchange.c, schema.outbound.c, schema.request_event.c
_ADD_EVENT = insert(schema.request_event)
_MINE = _R.idempotency_key == bindparam("key")
_NUMBERED = and_(_R.sender == bindparam("by"), _R.bht03 == bindparam("as"))
_KNOWN = select(_R.id, _R.data).where(_MINE | _NUMBERED).order_by(case((_MINE, 0), else_=1))
_STATE = select(_R.state).where(_R.id == bindparam("number"))
_MOVE = (
    update(schema.request)
    .where(_R.id == bindparam("number"))
    .values(state=bindparam("to"), updated_at=bindparam("at"))
)


@frozen(kw_only=True)
class Trace:
    """One trace number of a request: TRN02 and TRN03, at the event (None) or a service."""

    number: str
    originator: str = ""
    service: int | None = None


@frozen(kw_only=True)
class NewRequest:
    """What is stored of a request.

    Attributes:
        kind: "278" or "270".
        sender: who numbers the requests (GS02 or ISA06); BHT03 is unique for it.
        bht03: submitter's transaction identifier.
        payer: identifier of the payer (2010A NM109).
        member_id: the subscriber's; stored as a keyed hash for lookups.
        data: the plain record (`plain.to_plain` of the model).
        idempotency_key: the same key is stored once.
        services: plain records of the services, in order.
        origin: "submitted" by us, or "recorded" from a file made elsewhere.
    """

    kind: str
    sender: str
    bht03: str
    payer: str
    member_id: str
    data: Any
    idempotency_key: str
    traces: Sequence[Trace] = ()
    services: Sequence[Any] = ()
    origin: str = "submitted"
    state: str = "queued"


@frozen(kw_only=True)
class RecordedRequest:
    """Where a request is stored; `same` is False if the known one has other content."""

    id: int
    created: bool
    same: bool = True


@frozen(kw_only=True)
class StoredRequest:
    """A request as it is known now; `data` is the plain record."""

    id: int
    kind: str
    sender: str
    bht03: str
    payer: str
    idempotency_key: str
    origin: str
    state: str
    data: Mapping[str, Any] = field(repr=False)
    created_at: datetime
    updated_at: datetime


@frozen(kw_only=True)
class Transmission:
    """One transaction set that carried a request, and what became of its file.

    `outbound_id` and what follows is None for a request that another program sent.
    """

    id: int
    request_id: int
    interchange_id: int
    scope: str
    isa13: int
    gs06: str
    st02: str
    outbound_id: int | None = None
    file_name: str | None = None
    file_state: str | None = None
    sent_at: datetime | None = None
    acked_at: datetime | None = None


@frozen
class NewEvent:
    """One step of a request that is to be kept; as in `RequestEvent`."""

    request_id: int
    event: str
    from_state: str | None = None
    to_state: str | None = None
    reference: str | None = None


@frozen(kw_only=True)
class RequestEvent:
    """One step of a request: what happened, from which state to which, and because of what."""

    at: datetime
    event: str
    from_state: str | None
    to_state: str | None
    reference: str | None


def record_request(tx: Tx, new: NewRequest) -> RecordedRequest:
    """Store a request once; the same key or the same BHT03 returns the first."""
    data = to_plain(new.data)
    named = {"key": new.idempotency_key, "by": new.sender, "as": new.bht03}
    known = tx.execute(_KNOWN, named).first()
    if known is not None:
        same = canonical_json(known.data) == canonical_json(data)
        return RecordedRequest(id=known.id, created=False, same=same)
    values = {
        "kind": new.kind,
        "sender": new.sender,
        "bht03": new.bht03,
        "payer": new.payer,
        "member_hash": member_hash(tx, new.member_id),
        "idempotency_key": new.idempotency_key,
        "origin": new.origin,
        "state": new.state,
        "data": data,
        "created_at": tx.now,
        "updated_at": tx.now,
    }
    number = new_id(tx, schema.request, values)
    _record_parts(tx, number, new)
    add_event(tx, number, new.origin, to_state=new.state)
    audit.append(tx, "request.recorded", f"request:{number}", {"origin": new.origin})
    return RecordedRequest(id=number, created=True)


def correct_request(tx: Tx, request_id: int, new: NewRequest) -> None:
    """Replace the content of a request that was rejected unread, before it is sent again.

    BHT03 and traces stay valid, so that a late answer to the first copy still finds it. Queue the
    corrected file under a key of its own.

    Raises:
        Refused: a response is there already; then a change is a new request.
    """
    answered = select(schema.response.c.id).where(schema.response.c.request_id == request_id)
    if tx.execute(answered.limit(1)).first() is not None:
        raise Refused(
            f"request {request_id} has been answered; send what changed as a new request. "
            "Nothing was changed"
        )
    here = select(_R.data).where(_R.id == request_id, _numbered(new))
    before = digest(tx.execute(here).scalar_one())
    data = to_plain(new.data)
    values = {"data": data, "state": new.state, "payer": new.payer, "updated_at": tx.now}
    values |= {"member_hash": member_hash(tx, new.member_id)}
    tx.execute(update(schema.request).where(_R.id == request_id).values(**values))
    tx.execute(delete(schema.service).where(schema.service.c.request_id == request_id))
    _record_parts(tx, request_id, new)
    add_event(tx, request_id, "corrected", to_state=new.state)
    change = {"from": before, "to": digest(data)}
    audit.append(tx, "request.corrected", f"request:{request_id}", change)


def _numbered(new: NewRequest) -> ColumnElement[bool]:
    return and_(_R.sender == new.sender, _R.bht03 == new.bht03)


def _record_parts(tx: Tx, number: int, new: NewRequest) -> None:
    for trace in new.traces:
        row = {"service": trace.service or 0, "number": trace.number}
        row |= {"originator": trace.originator}
        insert_new(tx, schema.trace, {"request_id": number, **row})
    for place, service in enumerate(new.services, start=1):
        row = {"request_id": number, "number": place, "data": to_plain(service)}
        tx.execute(insert(schema.service).values(**row))


def record_transmission(
    tx: Tx, request_id: int, *, interchange_id: int, gs06: str, st02: str
) -> None:
    """Note which transaction set carries a request; the same note twice is one."""
    row = {"request_id": request_id, "interchange_id": interchange_id}
    insert_new(tx, schema.transmission, row | {"gs06": plain_number(gs06), "st02": st02})


def set_state(
    tx: Tx,
    request_id: int,
    state: str,
    *,
    event: str,
    expected: Collection[str] = (),
    reference: str | None = None,
) -> bool:
    """Move a request to a state and keep why; return whether the state is another one now.

    Args:
        tx: the transaction.
        request_id: the request.
        state: the state of the life cycle.
        event: what caused it: "ack.999", "response", "deadline".
        expected: states it may come from; any, if empty.
        reference: the row that caused it: "ack:7", "response:3".

    Raises:
        Refused: the request is in none of the expected states.
    """
    before = str(tx.execute(_STATE, {"number": request_id}).scalar_one())
    if expected and before not in expected:
        raise Refused(
            f"request {request_id} is {before}, which {event} does not start from. "
            "Nothing was changed"
        )
    move_all(tx, [(request_id, state)])
    add_event(tx, request_id, event, from_state=before, to_state=state, reference=reference)
    return before != state


def add_event(
    tx: Tx,
    request_id: int,
    event: str,
    *,
    from_state: str | None = None,
    to_state: str | None = None,
    reference: str | None = None,
) -> None:
    """Add a step to the history of a request."""
    add_events(tx, [NewEvent(request_id, event, from_state, to_state, reference)])


def add_events(tx: Tx, new: Sequence[NewEvent]) -> None:
    """Add steps to the histories of requests, in their order."""
    rows = [
        {
            "request_id": each.request_id,
            "at": tx.now,
            "event": each.event,
            "from_state": each.from_state,
            "to_state": each.to_state,
            "reference": each.reference,
        }
        for each in new
    ]
    if rows:
        tx.execute(_ADD_EVENT, rows)


def move_all(tx: Tx, states: Sequence[tuple[int, str]]) -> None:
    """Set the states of requests; why must stand in an event (`add_events`)."""
    if states:
        rows = [{"number": number, "to": state, "at": tx.now} for number, state in states]
        tx.execute(_MOVE, rows)


def events(tx: Tx, request_id: int) -> list[RequestEvent]:
    """Return the history of a request, oldest first."""
    query = select(_E.at, _E.event, _E.from_state, _E.to_state, _E.reference)
    rows = tx.execute(query.where(_E.request_id == request_id).order_by(_E.id))
    return [RequestEvent(**row._mapping) for row in rows]


def get_request(tx: Tx, request_id: int) -> StoredRequest | None:
    """Return a request by its row number."""
    row = tx.execute(request_rows().where(_R.id == request_id)).one_or_none()
    return None if row is None else stored_request(row)


def transmissions(tx: Tx, request_id: int) -> list[Transmission]:
    """Return the transaction sets that carried a request, oldest first."""
    query = (
        select(
            schema.transmission,
            _I.scope,
            _I.isa13,
            _I.outbound_id,
            _O.final_name.label("file_name"),
            _O.state.label("file_state"),
            _O.sent_at,
            _O.acked_at,
        )
        .join(schema.interchange, _I.id == _X.interchange_id)
        .outerjoin(schema.outbound, _O.id == _I.outbound_id)
        .where(_X.request_id == request_id)
        .order_by(_X.id)
    )
    return [Transmission(**row._mapping) for row in tx.execute(query)]


def traces(tx: Tx, request_id: int) -> list[Trace]:
    """Return the trace numbers of a request, the event's first."""
    query = select(_T.number, _T.originator, _T.service).where(_T.request_id == request_id)
    rows = tx.execute(query.order_by(_T.service, _T.number))
    return [
        Trace(number=row.number, originator=row.originator, service=row.service or None)
        for row in rows
    ]


def services(tx: Tx, request_id: int) -> list[Mapping[str, Any]]:
    """Return the plain records of the services of a request, in order."""
    here = schema.service.c
    query = select(here.data).where(here.request_id == request_id).order_by(here.number)
    return list(tx.execute(query).scalars())


def request_rows(*more: Any) -> Any:
    """Return the select of `StoredRequest` columns, with further ones."""
    columns = [column for column in _R if column.name in StoredRequest.__annotations__]
    return select(*columns, *more)


def stored_request(row: Row[Any]) -> StoredRequest:
    """Return the request of a row of `request_rows`."""
    mine = {name: row._mapping[name] for name in StoredRequest.__annotations__}
    return StoredRequest(**mine)


def plain_number(text: str) -> str:
    """Return a group control number without leading zeros, as GS06 and AK102 may differ in them."""
    return text.strip().lstrip("0") or "0"
