"""Find requests again: by identifier, trace, envelope, member, key or state."""

from collections.abc import Collection
from datetime import datetime

from attrs import frozen
from sqlalchemy import bindparam, case, func, select

from x12_pa.ledger import schema
from x12_pa.ledger.database import Tx
from x12_pa.ledger.plain import member_hash
from x12_pa.ledger.requests import StoredRequest, plain_number, request_rows, stored_request

_R, _T, _X, _I = (
    schema.request.c,
    schema.trace.c,
    schema.transmission.c,
    schema.interchange.c,
)
_A, _O, _P = schema.ack.c, schema.outbound.c, schema.response.c


@frozen(kw_only=True)
class Carried:
    """A request in an interchange: the numbers of the set, group and interchange around it."""

    request_id: int
    state: str
    isa13: int
    gs06: str
    st02: str


@frozen(kw_only=True)
class Moments:
    """When a request first went out, was first acknowledged well, and was last answered."""

    sent_at: datetime | None = None
    acknowledged_at: datetime | None = None
    answered_at: datetime | None = None


def find_by_bht03(tx: Tx, bht03: str, *, sender: str | None = None) -> list[StoredRequest]:
    """Return the requests with this BHT03, of one sender or any."""
    query = _BY_BHT03 if sender is None else _BY_SENDER
    return [stored_request(row) for row in tx.execute(query, {"bht03": bht03, "sender": sender})]


_BY_BHT03 = request_rows().where(_R.bht03 == bindparam("bht03")).order_by(_R.id)
_BY_SENDER = _BY_BHT03.where(_R.sender == bindparam("sender"))


def find_by_trace(
    tx: Tx, number: str, *, originator: str | None = None
) -> list[tuple[StoredRequest, int | None]]:
    """Return the requests with this TRN02 (and TRN03), each with the service that carries it."""
    query = request_rows(_T.service).join(schema.trace, _T.request_id == _R.id)
    query = query.where(_T.number == number)
    if originator is not None:
        query = query.where(_T.originator == originator)
    rows = tx.execute(query.order_by(_R.id, _T.service))
    return [(stored_request(row), row.service or None) for row in rows]


def requests_by_trace(
    tx: Tx, numbers: Collection[str], *, kind: str
) -> dict[str, list[tuple[str, int]]]:
    """Return the requests of one kind with these TRN02, some hundred at most.

    Returns:
        By TRN02, TRN03 and the row number of each request that carries it.
    """
    found: dict[str, list[tuple[str, int]]] = {}
    for row in tx.execute(_BY_TRACE, {"numbers": list(numbers), "kind": kind}):
        found.setdefault(row.number, []).append((row.originator, row.request_id))
    return found


_BY_TRACE = (
    select(_T.number, _T.originator, _T.request_id)
    .join(schema.request, _R.id == _T.request_id)
    .where(_T.number.in_(bindparam("numbers", expanding=True)), _R.kind == bindparam("kind"))
)


def find_by_envelope(
    tx: Tx, scope: str, *, gs06: str, st02: str, isa13: int | None = None
) -> list[StoredRequest]:
    """Return the requests that a transaction set carried, as a 999 names it; newest first.

    Args:
        tx: the transaction.
        scope: direction of what was sent.
        gs06: AK102.
        st02: AK202.
        isa13: TA101, if known.
    """
    query = (
        request_rows()
        .join(schema.transmission, _X.request_id == _R.id)
        .join(schema.interchange, _I.id == _X.interchange_id)
        .where(_I.scope == scope, _X.gs06 == plain_number(gs06), _X.st02 == st02)
    )
    if isa13 is not None:
        query = query.where(_I.isa13 == isa13)
    return [stored_request(row) for row in tx.execute(query.order_by(_X.id.desc()))]


def requests_sent_as(
    tx: Tx, scope: str, *, isa13: int | None = None, gs06: str | None = None
) -> list[int]:
    """Return the row numbers of the requests that an interchange or a group of a direction carried.

    Finds those of files that another program sent, too; newest first.
    """
    query = (
        select(_X.request_id)
        .join(schema.interchange, _I.id == _X.interchange_id)
        .where(_I.scope == scope)
    )
    if isa13 is not None:
        query = query.where(_I.isa13 == isa13)
    if gs06 is not None:
        query = query.where(_X.gs06 == plain_number(gs06))
    return list(dict.fromkeys(tx.execute(query.order_by(_X.id.desc())).scalars()))


def find_by_member(
    tx: Tx, member_id: str, *, payer: str | None = None, kind: str | None = None
) -> list[StoredRequest]:
    """Return the requests for a member, oldest first."""
    query = request_rows().where(_R.member_hash == member_hash(tx, member_id))
    if payer is not None:
        query = query.where(_R.payer == payer)
    if kind is not None:
        query = query.where(_R.kind == kind)
    return [stored_request(row) for row in tx.execute(query.order_by(_R.id))]


def requests(
    tx: Tx, *, kind: str | None = None, states: Collection[str] = ()
) -> list[StoredRequest]:
    """Return requests, oldest first, of one kind or any, in some states or any."""
    query = request_rows().order_by(_R.id)
    if kind is not None:
        query = query.where(_R.kind == kind)
    if states:
        query = query.where(_R.state.in_(states))
    return [stored_request(row) for row in tx.execute(query)]


def unanswered(
    tx: Tx, *, before: datetime | None = None, kind: str | None = None
) -> list[StoredRequest]:
    """Return requests without any response, oldest first; recorded before a time, or all."""
    answered = select(schema.response.c.id).where(schema.response.c.request_id == _R.id)
    query = request_rows().where(~answered.exists()).order_by(_R.created_at, _R.id)
    if before is not None:
        query = query.where(_R.created_at < before)
    if kind is not None:
        query = query.where(_R.kind == kind)
    return [stored_request(row) for row in tx.execute(query)]


def find_by_key(tx: Tx, key: str) -> StoredRequest | None:
    """Return the request that was stored under an idempotency key."""
    row = tx.execute(request_rows().where(_R.idempotency_key == key)).one_or_none()
    return None if row is None else stored_request(row)


def requests_in_file(tx: Tx, outbound_id: int) -> list[int]:
    """Return the row numbers of the requests that an outbound file carries, in its order."""
    query = (
        select(_X.request_id)
        .join(schema.interchange, _I.id == _X.interchange_id)
        .where(_I.outbound_id == outbound_id)
        .order_by(_X.id)
    )
    return list(tx.execute(query).scalars())


def requests_in(tx: Tx, interchange_id: int) -> list[Carried]:
    """Return the requests that an interchange carries, in its order."""
    query = (
        select(_X.request_id, _R.state, _I.isa13, _X.gs06, _X.st02)
        .join(schema.request, _R.id == _X.request_id)
        .join(schema.interchange, _I.id == _X.interchange_id)
        .where(_X.interchange_id == interchange_id)
        .order_by(_X.id)
    )
    return [Carried(**row._mapping) for row in tx.execute(query)]


def moments(tx: Tx, *, good: Collection[str]) -> dict[int, Moments]:
    """Return the moments of every request that has one, in three queries however many there are.

    Args:
        tx: the transaction.
        good: the outcomes (TA104, AK901, IK501) that acknowledge well.
    """
    sent = (
        select(_X.request_id, func.min(_O.sent_at).label("at"))
        .join(schema.interchange, _I.id == _X.interchange_id)
        .join(schema.outbound, _O.id == _I.outbound_id)
        .where(_O.sent_at.is_not(None))
        .group_by(_X.request_id)
    )
    taken = (
        select(_A.request_id, func.min(_A.received_at).label("at"))
        .where(_A.request_id.is_not(None), _A.outcome.in_(good))
        .group_by(_A.request_id)
    )
    answered = (
        select(_P.request_id, func.max(_P.received_at).label("at"))
        .where(_P.request_id.is_not(None))
        .group_by(_P.request_id)
    )
    found: dict[int, dict[str, datetime]] = {}
    queries = (("sent_at", sent), ("acknowledged_at", taken), ("answered_at", answered))
    for name, query in queries:
        for row in tx.execute(query):
            found.setdefault(row.request_id, {})[name] = row.at
    return {number: Moments(**known) for number, known in found.items()}


def last_files(tx: Tx, *, states: Collection[str]) -> list[tuple[int, int, str]]:
    """Return the requests in some states with the last file of ours that carried each.

    Returns:
        Row number of the request, row number of the outbound file, state of that file.
    """
    last = (
        select(_X.request_id, func.max(_X.id).label("last"))
        .join(schema.request, _R.id == _X.request_id)
        .where(_R.state.in_(states))
        .group_by(_X.request_id)
        .subquery()
    )
    query = (
        select(last.c.request_id, _O.id, _O.state)
        .join(schema.transmission, _X.id == last.c.last)
        .join(schema.interchange, _I.id == _X.interchange_id)
        .join(schema.outbound, _O.id == _I.outbound_id)
        .order_by(last.c.request_id)
    )
    return [(row.request_id, row.id, row.state) for row in tx.execute(query)]


def tested_references(tx: Tx) -> frozenset[str]:
    """Return the BHT03 of the requests that went out only in interchanges marked as tests."""
    tests = _I.scope.endswith("/T")
    query = select(_R.bht03).join(schema.transmission, _X.request_id == _R.id)
    query = query.join(schema.interchange, _I.id == _X.interchange_id).group_by(_R.bht03)
    query = query.having(func.count() == func.count(case((tests, 1))))
    return frozenset(tx.execute(query).scalars())
