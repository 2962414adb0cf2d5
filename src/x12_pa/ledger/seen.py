"""Which values stood at a place of earlier interchanges, so that a partner's rule can forbid them.

An index over what the spool holds, made when a rule first asks for a place and brought up to date
whenever it asks again: `seen_read` says which interchanges were read for it. Nothing is recorded by
checking a file, because only interchanges that were queued or taken in are read. Values are kept
as keyed hashes. A file that was cancelled never reached the partner and does not count.
"""

from collections.abc import Iterable
from datetime import datetime

from attrs import frozen
from sqlalchemy import Select, and_, insert, select

from x12_pa.exchange.store import OutboundState
from x12_pa.ledger import schema
from x12_pa.ledger.database import Tx
from x12_pa.ledger.plain import keyed_hash
from x12_pa.ledger.statements import insert_new

_I, _O = schema.interchange.c, schema.outbound.c
_V, _R = schema.seen_value.c, schema.seen_read.c


@frozen(kw_only=True)
class Earlier:
    """An earlier interchange that has a value: the hash of its bytes, and when it was recorded."""

    sha256: str
    at: datetime


def unread(tx: Tx, scope: str, path: str) -> list[int]:
    """Return the interchanges of a direction that were not read for a place, oldest first."""
    query = _sent(select(_I.id), scope).outerjoin(
        schema.seen_read, and_(_R.interchange_id == _I.id, _R.path == path)
    )
    return list(tx.execute(query.where(_R.path.is_(None)).order_by(_I.id)).scalars())


def note(tx: Tx, path: str, interchange_id: int, values: Iterable[str]) -> None:
    """Keep what an interchange has at a place, and that it was read for it."""
    for value in dict.fromkeys(values):
        row = {"path": path, "value_hash": keyed_hash(tx, value)}
        insert_new(tx, schema.seen_value, row | {"interchange_id": interchange_id})
    tx.execute(insert(schema.seen_read).values(path=path, interchange_id=interchange_id))


def with_value(tx: Tx, scope: str, path: str, value: str) -> list[Earlier]:
    """Return the interchanges of a direction that have a value at a place, as far as read."""
    query = _sent(select(_I.sha256, _I.recorded_at), scope).join(
        schema.seen_value, _V.interchange_id == _I.id
    )
    query = query.where(_V.path == path, _V.value_hash == keyed_hash(tx, value))
    return [Earlier(sha256=row.sha256, at=row.recorded_at) for row in tx.execute(query)]


def with_number(tx: Tx, scope: str, isa13: int) -> list[Earlier]:
    """Return the interchanges of a direction that have this ISA13."""
    query = _sent(select(_I.sha256, _I.recorded_at), scope).where(_I.isa13 == isa13)
    return [Earlier(sha256=row.sha256, at=row.recorded_at) for row in tx.execute(query)]


def _sent(query: Select[tuple[object, ...]], scope: str) -> Select[tuple[object, ...]]:
    """Restrict to interchanges of a direction whose file was not cancelled."""
    return (
        query.select_from(schema.interchange)
        .outerjoin(schema.outbound, _O.id == _I.outbound_id)
        .where(_I.scope == scope)
        .where(_O.state.is_distinct_from(OutboundState.CANCELLED.value))
    )
