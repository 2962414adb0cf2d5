"""Files in quarantine, and what a person decides about them.

A file is quarantined because it is not whole, because reading it failed, or because an interchange
in it has a control number that was used before with other content. The last is a conflict until
somebody finds out which it is: a corrected copy, which counts beside the first, or a partner that
counts from 1 again, so that every number of its direction is new. A decision is audited with its
reason. The earlier interchanges stay as they are.
"""

from collections.abc import Iterable
from datetime import datetime

from attrs import field, frozen
from sqlalchemy import select, update

from x12_pa.errors import UsageError
from x12_pa.exchange.store import InboundState
from x12_pa.ledger import audit, schema
from x12_pa.ledger.database import Tx
from x12_pa.ledger.interchanges import display_name, first_after_restart, restart_key
from x12_pa.ledger.statements import upsert

_I, _N, _M = schema.inbound.c, schema.interchange.c, schema.mailbox.c


@frozen(kw_only=True)
class Conflict:
    """An interchange whose number was used before with other content."""

    id: int
    scope: str
    isa13: int


@frozen(kw_only=True)
class Quarantined:
    """A file in quarantine, its name fit for people."""

    id: str
    mailbox: str
    name: str
    sha256: str
    reason: str | None
    stored_at: datetime
    conflicts: tuple[Conflict, ...] = field(default=())


def quarantined(tx: Tx) -> list[Quarantined]:
    """Return the files in quarantine, oldest first."""
    held = _I.state == InboundState.QUARANTINED.value
    clashes: dict[str, list[Conflict]] = {}
    query = select(_N.id, _N.scope, _N.isa13, _N.inbound_id).join(
        schema.inbound, _I.id == _N.inbound_id
    )
    for row in tx.execute(query.where(held, _N.state == "conflict").order_by(_N.id)):
        found = Conflict(id=row.id, scope=row.scope, isa13=row.isa13)
        clashes.setdefault(row.inbound_id, []).append(found)
    files = select(schema.inbound, _M.name.label("mailbox")).join(
        schema.mailbox, _M.id == _I.mailbox_id
    )
    return [
        Quarantined(
            id=row.id,
            mailbox=row.mailbox,
            name=display_name(row.remote_name) or "",
            sha256=row.sha256,
            reason=row.error,
            stored_at=row.stored_at,
            conflicts=tuple(clashes.get(row.id, ())),
        )
        for row in tx.execute(files.where(held).order_by(_I.stored_at, _I.id))
    ]


def release_conflicts(tx: Tx, file: Quarantined, reason: str) -> None:
    """Let the interchanges of a file count although their numbers were used before.

    The file is read again by the caller, in the same transaction.

    Raises:
        UsageError: there is no reason.
    """
    require_reason(reason)
    _release(tx, (conflict.id for conflict in file.conflicts))
    data = {"reason": reason, "conflicts": [conflict.id for conflict in file.conflicts]}
    audit.append(tx, "exchange.released", f"inbound:{file.id}", data)


def restart(tx: Tx, conflict: Conflict, reason: str) -> None:
    """Note that the sender of an interchange counts anew from it on.

    From now on a number of this direction is in conflict only with one that came since. What came
    since and was held against an older one is no longer in conflict.

    Raises:
        UsageError: there is no reason.
    """
    require_reason(reason)
    key = restart_key(conflict.scope)
    before = first_after_restart(tx, conflict.scope)
    upsert(tx, schema.meta, ["name"], {"name": key, "value": str(conflict.id)})
    data = {"first": conflict.id, "before": before, "reason": reason}
    audit.append(tx, "interchange.restart", conflict.scope, data)
    since = select(_N.id, _N.isa13, _N.state).where(
        _N.scope == conflict.scope, _N.id >= conflict.id
    )
    used: set[int] = set()
    free = []
    for row in tx.execute(since.order_by(_N.id)):
        if row.state == "conflict" and row.isa13 not in used:
            free.append(row.id)
        used.add(row.isa13)
    _release(tx, free)


def require_reason(reason: str) -> None:
    """Raise `UsageError` unless there is a reason."""
    if not reason.strip():
        raise UsageError("this needs a reason; it is kept in the audit chain")


def _release(tx: Tx, numbers: Iterable[int]) -> None:
    here = (_N.id.in_(list(numbers)), _N.state == "conflict")
    tx.execute(update(schema.interchange).where(*here).values(state="released"))
