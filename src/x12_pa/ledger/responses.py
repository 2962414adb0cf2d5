"""The responses that came in (278 or 271), as plain records, matched to their request or not.

A response is stored once by its content: the same one in another envelope is found again. One that
no request was found for is kept without a request until a person, or a late request, claims it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from attrs import evolve, field, frozen
from sqlalchemy import Row, bindparam, func, select, update

from x12_pa.exchange.store import OutboundState
from x12_pa.ledger import audit, schema
from x12_pa.ledger.columns import Canonical, canonical_json
from x12_pa.ledger.database import Tx
from x12_pa.ledger.plain import digest, to_plain
from x12_pa.ledger.requests import NewEvent, add_event
from x12_pa.ledger.statements import new_ids
from x12_pa.ledger.steps import Steps

_P, _X, _I, _O = (
    schema.response.c,
    schema.transmission.c,
    schema.interchange.c,
    schema.outbound.c,
)


@frozen(kw_only=True)
class NewResponse:
    """What is stored of a response.

    Attributes:
        kind: "278" or "271".
        data: the plain record of the model, or its canonical text.
        request_id: the request that it answers; None if none was found.
        interchange_id: where its bytes are; with `gs06`, `st02` and `segment_offset`.
        segment_offset: offset of its ST in the file.
        responded_at: BHT04/BHT05.
    """

    kind: str
    data: Any
    request_id: int | None = None
    interchange_id: int | None = None
    gs06: str | None = None
    st02: str | None = None
    segment_offset: int | None = None
    bht03: str | None = None
    responded_at: datetime | None = None


@frozen(kw_only=True)
class StoredResponse:
    """A response as it is kept; `created` is False if `record_response` found it known."""

    id: int
    request_id: int | None
    interchange_id: int | None
    kind: str
    gs06: str | None
    st02: str | None
    segment_offset: int | None
    bht03: str | None
    responded_at: datetime | None
    received_at: datetime
    data: Mapping[str, Any] = field(repr=False)
    created: bool = False


def record_response(tx: Tx, new: NewResponse, *, settle: bool = True) -> StoredResponse:
    """Store a response once; the same content in another envelope returns the first.

    Args:
        settle: look at once whether the file that carried the request is answered now. Who records
            the responses of a whole file leaves it to one `settle_answered` after the last.
    """
    steps = Steps()
    ((number, created),) = record_responses(tx, [new])
    if created:
        note_recorded(steps, number, new.request_id)
        steps.write(tx)
    if settle and created and new.request_id is not None:
        settle_answered(tx, number - 1)
    stored = get_response(tx, number)
    assert stored is not None
    return evolve(stored, created=created)


def record_responses(tx: Tx, new: Sequence[NewResponse]) -> list[tuple[int, bool]]:
    """Store responses, as `record_response` does, but leave telling of them to `note_recorded`.

    Args:
        tx: the transaction.
        new: some hundred at most; two with the same content are one.

    Returns:
        The row number of each, and whether it was new.
    """
    if not new:
        return []
    rows = [_row(tx, each) for each in new]
    known = tx.execute(_KNOWN, {"keys": [row["digest"] for row in rows]})
    numbers: dict[str, int] = {row.digest: row.id for row in known}
    fresh: dict[str, dict[str, Any]] = {}
    for row in rows:
        if row["digest"] not in numbers:
            fresh.setdefault(row["digest"], row)
    numbers |= new_ids(tx, schema.response, "digest", list(fresh.values()))
    return [(numbers[row["digest"]], fresh.get(row["digest"]) is row) for row in rows]


def note_recorded(steps: Steps, number: int, request_id: int | None) -> None:
    """Gather the steps of a response that was stored."""
    name = f"response:{number}"
    steps.audit("response.recorded", name, {"request": request_id})
    if request_id is not None:
        steps.event(NewEvent(request_id, "response", reference=name))


def _row(tx: Tx, new: NewResponse) -> dict[str, Any]:
    when = None if new.responded_at is None else new.responded_at.isoformat()
    ready = isinstance(new.data, Canonical)
    data = new.data if ready else canonical_json(to_plain(new.data))
    return {
        "kind": new.kind,
        "request_id": new.request_id,
        "interchange_id": new.interchange_id,
        "gs06": new.gs06,
        "st02": new.st02,
        "segment_offset": new.segment_offset,
        "bht03": new.bht03,
        "responded_at": new.responded_at,
        "received_at": tx.now,
        "digest": digest(new.kind, new.bht03, when, new.request_id, data),
        "data": data,
    }


def assign_response(tx: Tx, response_id: int, request_id: int, *, reason: str) -> bool:
    """Give an unmatched response its request; return False if it has one already."""
    here = (_P.id == response_id, _P.request_id.is_(None))
    changed = tx.execute(update(schema.response).where(*here).values(request_id=request_id))
    if changed.rowcount != 1:
        return False
    data = {"request": request_id, "reason": reason}
    audit.append(tx, "response.assigned", f"response:{response_id}", data)
    add_event(tx, request_id, "response", reference=f"response:{response_id}")
    _settle(tx, select(_X.interchange_id).where(_X.request_id == request_id))
    return True


def responses(
    tx: Tx, request_id: int | None = None, *, kind: str | None = None
) -> list[StoredResponse]:
    """Return responses in the order in which they came: to one request or all, of one kind."""
    query = _rows().order_by(_P.id)
    if request_id is not None:
        query = query.where(_P.request_id == request_id)
    if kind is not None:
        query = query.where(_P.kind == kind)
    return [_stored(row) for row in tx.execute(query)]


def get_response(tx: Tx, response_id: int) -> StoredResponse | None:
    """Return a response by its row number."""
    row = tx.execute(_rows().where(_P.id == response_id)).one_or_none()
    return None if row is None else _stored(row)


def unmatched(tx: Tx, *, kind: str | None = None) -> list[StoredResponse]:
    """Return the responses that no request was found for, oldest first: all, or of one kind."""
    query = _rows().where(_P.request_id.is_(None)).order_by(_P.id)
    if kind is not None:
        query = query.where(_P.kind == kind)
    return [_stored(row) for row in tx.execute(query)]


def unmatched_places(tx: Tx, *, kind: str) -> list[tuple[int, int, int]]:
    """Return where the responses of one kind lie that no request was found for, oldest first.

    Returns:
        Row numbers of the response and of its interchange, and the offset of its set in the file.
    """
    here = (_P.request_id.is_(None), _P.kind == kind, _P.interchange_id.is_not(None))
    query = select(_P.id, _P.interchange_id, _P.segment_offset).where(*here).order_by(_P.id)
    return [(row.id, row.interchange_id, row.segment_offset) for row in tx.execute(query)]


def last_response(tx: Tx) -> int:
    """Return the number of the response that was recorded last; 0 if there is none."""
    return int(tx.execute(select(func.coalesce(func.max(_P.id), 0))).scalar_one())


def settle_answered(tx: Tx, since: int) -> None:
    """Note which files of ours are answered, every request of them, by responses after a number."""
    answers = select(_X.interchange_id).join(schema.response, _P.request_id == _X.request_id)
    _settle(tx, answers.where(_P.id > since))


def _settle(tx: Tx, mine: Any) -> None:
    answered = select(_P.id).where(_P.request_id == _X.request_id).correlate(schema.transmission)
    open_in = (
        select(_X.id)
        .where(_X.interchange_id == _I.id, ~answered.exists())
        .correlate(schema.interchange)
    )
    done = select(_I.outbound_id).where(_I.id.in_(mine), ~open_in.exists())
    states = [state.value for state in DELIVERED_BY_ANSWER]
    values = {"state": OutboundState.ANSWERED.value, "updated_at": tx.now}
    here = (_O.id.in_(done), _O.state.in_(states))
    tx.execute(update(schema.outbound).where(*here).values(**values))


DELIVERED_BY_ANSWER = (
    OutboundState.RENAMING,
    OutboundState.AMBIGUOUS,
    OutboundState.SENT,
    OutboundState.ACKED,
)
"""States in which an answer from the partner proves that the file arrived."""


def _rows() -> Any:
    return select(*(column for column in _P if column.name != "digest"))


_KNOWN = select(_P.digest, _P.id).where(_P.digest.in_(bindparam("keys", expanding=True)))


def _stored(row: Row[Any]) -> StoredResponse:
    return StoredResponse(**row._mapping)
