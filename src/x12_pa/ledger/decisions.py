"""Decisions: every version that ever came, and which one is in force.

A decision belongs to a request and there to an authorization id: the event or one service. A later
one is a new version of the same; nothing is overwritten (triggers refuse it). Version 0 is the
request itself, not answered yet; it shows the state that its request is in. A decision that the
payer wrote earlier (BHT04/BHT05) than the one in force is kept as `outdated` and never replaces it;
the same decision twice, in whatever envelope, is one row.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any

from attrs import evolve, field, frozen
from sqlalchemy import Row, func, select

from x12_pa.authorizations.records import Authorization
from x12_pa.ledger import audit, schema
from x12_pa.ledger.columns import time_text
from x12_pa.ledger.database import Tx
from x12_pa.ledger.plain import digest, from_plain, member_hash, to_plain
from x12_pa.ledger.statements import new_id, upsert

_D, _C, _R = schema.decision.c, schema.current_decision.c, schema.request.c


@frozen(kw_only=True)
class Source:
    """Where a decision was read: the response and its interchange, and the HL or HCR offset."""

    response_id: int | None = None
    interchange_id: int | None = None
    segment_offset: int | None = None


NO_SOURCE = Source()


@frozen(kw_only=True)
class StoredDecision:
    """A decision with its place in the ledger.

    Attributes:
        authorization: the record, with the version that it was given.
        current: whether it is in force.
        outdated: it was older than the one in force when it came, and never was.
        created: False if `record_decisions` found the same decision stored before.
    """

    id: int
    request_id: int
    authorization: Authorization = field(repr=False)
    current: bool
    outdated: bool
    source: Source
    recorded_at: datetime
    created: bool = False


def record_decisions(
    tx: Tx,
    request_id: int,
    decisions: Iterable[Authorization],
    *,
    source: Source = NO_SOURCE,
    offsets: dict[int | None, int] | None = None,
) -> list[StoredDecision]:
    """Store decisions as new versions, each once, and point at those in force.

    Args:
        tx: the transaction.
        request_id: the request that they answer.
        decisions: records; their `version` is given here, except that 0 stays 0.
        source: where they were read.
        offsets: file offset of the deciding segment per service number (None = the event), where
            it is known better than by `source`.

    Returns:
        One stored decision for each, in the same order, `created` where it is new.
    """
    stored = []
    for each in decisions:
        offset = (offsets or {}).get(each.service, source.segment_offset)
        place = evolve(source, segment_offset=offset)
        stored.append(_record(tx, request_id, each, place))
    return stored


def _record(tx: Tx, request_id: int, record: Authorization, source: Source) -> StoredDecision:
    here = (_D.request_id == request_id, _D.authorization_id == record.id)
    key = _digest(record)
    again = _D.version == 0 if record.version == 0 else _D.digest == key
    known = tx.execute(_rows().where(*here, again)).one_or_none()
    if known is not None:
        return _stored(known)
    latest = tx.execute(select(func.max(_D.version)).where(*here)).scalar_one()
    if record.version:
        record = evolve(record, version=(latest or 0) + 1)
    outdated = _outdated(tx, request_id, record)
    values = _values(tx, request_id, record, source) | {"digest": key, "outdated": int(outdated)}
    number = new_id(tx, schema.decision, values)
    if not outdated:
        pointer = {"request_id": request_id, "authorization_id": record.id}
        upsert(tx, schema.current_decision, list(pointer), pointer | {"decision_id": number})
    data = {"request": request_id, "version": record.version, "current": not outdated}
    audit.append(tx, "decision.recorded", f"decision:{number}", data)
    return evolve(_stored(tx.execute(_rows().where(_D.id == number)).one()), created=True)


def _outdated(tx: Tx, request_id: int, record: Authorization) -> bool:
    """Say whether the decision in force is newer than this one, by the payer's own times."""
    held = (
        select(_D.decided_at)
        .join(schema.current_decision, _C.decision_id == _D.id)
        .where(_C.request_id == request_id, _C.authorization_id == record.id)
    )
    row = tx.execute(held).one_or_none()
    if row is None:
        return False
    moment = _order(record.decided_at)
    late = row.decided_at is not None and moment is not None and moment < row.decided_at
    return record.version == 0 or late


def _values(tx: Tx, request_id: int, record: Authorization, source: Source) -> dict[str, Any]:
    return {
        "request_id": request_id,
        "response_id": source.response_id,
        "interchange_id": source.interchange_id,
        "segment_offset": source.segment_offset,
        "authorization_id": record.id,
        "version": record.version,
        "level": record.level,
        "event": record.event,
        "service": record.service or 0,
        "state": record.state,
        "action": record.action,
        "number": record.number,
        "administrative_reference": record.administrative_reference,
        "payer": record.payer,
        "member_hash": member_hash(tx, record.member_id),
        "effective_on": _day(record.effective_on),
        "expires_on": _day(record.expires_on),
        "decided_at": _order(record.decided_at),
        "data": to_plain(record),
        "recorded_at": tx.now,
    }


def current(
    tx: Tx,
    *,
    request_id: int | None = None,
    request: str | None = None,
    payer: str | None = None,
    member_id: str | None = None,
) -> list[Authorization]:
    """Return the decisions in force, by request, event first, then services.

    Args:
        tx: the transaction.
        request_id: row number of the request.
        request: its BHT03.
        payer: identifier of the payer.
        member_id: the subscriber's.
    """
    query = _rows().where(_C.decision_id.is_not(None))
    if request_id is not None:
        query = query.where(_D.request_id == request_id)
    if request is not None:
        query = query.where(_R.bht03 == request)
    if payer is not None:
        query = query.where(_D.payer == payer)
    if member_id is not None:
        query = query.where(_D.member_hash == member_hash(tx, member_id))
    rows = tx.execute(query.order_by(_D.request_id, _D.event, _D.service))
    return [_stored(row).authorization for row in rows]


def current_by_request(tx: Tx, *, kind: str) -> Iterator[tuple[int, Authorization]]:
    """Yield the decisions in force of all requests of a kind, each with its request's row number.

    In the order of `current`, and in one query.
    """
    query = _rows().where(_C.decision_id.is_not(None), _R.kind == kind)
    for row in tx.execute(query.order_by(_D.request_id, _D.event, _D.service)):
        yield row.request_id, _stored(row).authorization


def versions(tx: Tx, request_id: int) -> list[Authorization]:
    """Return the versions of a request's authorizations that were in force once or are now.

    This is the history against which a new answer is settled; outdated arrivals are not in it.
    """
    query = _rows().where(_D.request_id == request_id, _D.outdated == 0)
    rows = tx.execute(query.order_by(_D.event, _D.service, _D.version))
    return [_stored(row).authorization for row in rows]


def history(
    tx: Tx, *, request_id: int | None = None, authorization_id: str | None = None
) -> list[StoredDecision]:
    """Return every version, current or not, by request, service and version."""
    query = _rows()
    if request_id is not None:
        query = query.where(_D.request_id == request_id)
    if authorization_id is not None:
        query = query.where(_D.authorization_id == authorization_id)
    rows = tx.execute(query.order_by(_D.request_id, _D.event, _D.service, _D.version))
    return [_stored(row) for row in rows]


def find_by_number(tx: Tx, number: str, *, payer: str | None = None) -> list[StoredDecision]:
    """Return every decision, current or not, that carried this number (HCR02)."""
    query = _rows().where(_D.number == number)
    if payer is not None:
        query = query.where(_D.payer == payer)
    return [_stored(row) for row in tx.execute(query.order_by(_D.id))]


def find_by_administrative_reference(
    tx: Tx, reference: str, *, payer: str | None = None
) -> list[StoredDecision]:
    """Return every decision, current or not, that carried this payer reference (REF*NT)."""
    query = _rows().where(_D.administrative_reference == reference)
    if payer is not None:
        query = query.where(_D.payer == payer)
    return [_stored(row) for row in tx.execute(query.order_by(_D.id))]


def _rows() -> Any:
    return (
        select(
            schema.decision,
            _C.decision_id.label("current_id"),
            _R.state.label("request_state"),
        )
        .join(schema.request, _R.id == _D.request_id)
        .outerjoin(schema.current_decision, _C.decision_id == _D.id)
    )


def _stored(row: Row[Any]) -> StoredDecision:
    record = from_plain(Authorization, row.data)
    if record.version == 0 and row.current_id is not None:
        record = evolve(record, state=row.request_state)
    return StoredDecision(
        id=row.id,
        request_id=row.request_id,
        authorization=record,
        current=row.current_id is not None,
        outdated=bool(row.outdated),
        source=Source(
            response_id=row.response_id,
            interchange_id=row.interchange_id,
            segment_offset=row.segment_offset,
        ),
        recorded_at=row.recorded_at,
    )


def _digest(record: Authorization) -> str:
    """Return the hash of what was decided; notes depend on what we knew when we read it."""
    return digest(to_plain(evolve(record, version=0, notes=())))


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _order(moment: datetime | None) -> str | None:
    """Return a text whose order is the order of decisions; BHT04/BHT05 name no time zone."""
    if moment is None:
        return None
    if moment.tzinfo is not None:
        return time_text(moment)
    return moment.isoformat(timespec="microseconds") + "Z"
