"""Mailboxes and the files that go through them: queueing, holding, releasing, listing.

Queueing is one transaction without any network: take the control numbers, render the exact bytes
with them, put the bytes into the spool, store the row. After the commit the bytes never change, so
a resend is the same file with the same number. A queue key makes it happen once: the same key
again returns the first row and renders nothing.
"""

import re
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any

from attrs import field, frozen
from sqlalchemy import Row, func, select, update

from x12_pa.errors import Refused, UsageError
from x12_pa.exchange.store import OutboundState
from x12_pa.ledger import audit, control_numbers, schema
from x12_pa.ledger.database import Tx
from x12_pa.ledger.interchanges import NewInterchange, record_interchange
from x12_pa.ledger.statements import insert_new, new_id

LOCAL = "(local)"
"""The mailbox of files that were taken in from disk."""

_SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")
_O, _M = schema.outbound.c, schema.mailbox.c


@frozen(kw_only=True)
class ControlNumbers:
    """The numbers that a new interchange must carry."""

    scope: str
    epoch: int
    isa13: int
    gs06: int


@frozen(kw_only=True)
class Rendered:
    """The exact bytes of one interchange and the name that it shall have at the partner."""

    data: bytes
    final_name: str


@frozen(kw_only=True)
class QueuedFile:
    """An outbound file as listings show it.

    Attributes:
        created: False where `enqueue` found the same key queued before.
        interchange_id: the row that transmissions and acknowledgements refer to.
    """

    id: int
    mailbox: str
    idempotency_key: str
    scope: str
    isa13: int
    gs06: int
    final_name: str
    sha256: str
    size: int
    state: OutboundState
    attempt: int
    failures: int
    next_try_at: datetime | None
    evidence: str | None
    error: str | None
    queued_at: datetime
    sent_at: datetime | None
    acked_at: datetime | None
    interchange_id: int | None = None
    created: bool = False


@frozen(kw_only=True)
class MailboxSummary:
    """One line of `exchange status`: counts of files by state, and what stands in the way."""

    name: str
    paused: str | None = None
    last_started: datetime | None = None
    last_finished: datetime | None = None
    last_error: str | None = None
    owner: str | None = None
    lease_until: datetime | None = None
    outbound: Mapping[str, int] = field(factory=dict)
    inbound: Mapping[str, int] = field(factory=dict)
    oldest_queued: datetime | None = None


def mailbox_id(tx: Tx, name: str) -> int:
    """Return the row number of a mailbox, making the row if it is new."""
    query = select(_M.id).where(_M.name == name)
    found = tx.execute(query).scalar_one_or_none()
    if found is None:
        insert_new(tx, schema.mailbox, {"name": name})
        found = tx.execute(query).scalar_one()
    return int(found)


def enqueue(
    tx: Tx,
    *,
    mailbox: str,
    scope: str,
    key: str,
    render: Callable[[ControlNumbers], Rendered],
) -> QueuedFile:
    """Queue one interchange for a mailbox under new control numbers, once.

    Args:
        tx: the transaction; the rest of what belongs to the request is written in it too.
        mailbox: name of the mailbox.
        scope: `control_numbers.scope_key` of the envelope.
        key: identifies what is sent; the same key is queued once, ever.
        render: makes the bytes from the numbers. Called at most once.

    Raises:
        CounterBehind: sending would repeat a control number.
        UsageError: the file name is unsafe or was used before in this mailbox.
        LocalError: the spool cannot be written.
    """
    known = tx.execute(_files().where(_O.idempotency_key == key)).one_or_none()
    if known is not None:
        return _file(known)
    isa = control_numbers.take(tx, scope, "ISA")
    gs = control_numbers.next_control(tx, scope, "GS")
    numbers = ControlNumbers(scope=scope, epoch=isa.epoch, isa13=isa.value, gs06=gs)
    rendered = render(numbers)
    return _store_queued(tx, mailbox, key, numbers, rendered)


def _store_queued(
    tx: Tx, mailbox: str, key: str, numbers: ControlNumbers, rendered: Rendered
) -> QueuedFile:
    box = mailbox_id(tx, mailbox)
    _check_name(tx, box, mailbox, rendered.final_name)
    row = {
        "mailbox_id": box,
        "idempotency_key": key,
        "scope": numbers.scope,
        "epoch": numbers.epoch,
        "isa13": numbers.isa13,
        "gs06": numbers.gs06,
        "final_name": rendered.final_name,
        "sha256": tx.spool.put(rendered.data),
        "size": len(rendered.data),
        "state": OutboundState.QUEUED.value,
        "queued_at": tx.now,
        "updated_at": tx.now,
    }
    number = new_id(tx, schema.outbound, row)
    _note_queued(tx, number, row)
    return file(tx, number, created=True)


def _note_queued(tx: Tx, number: int, row: Mapping[str, Any]) -> None:
    new = NewInterchange(
        direction="out",
        scope=row["scope"],
        isa13=row["isa13"],
        sha256=row["sha256"],
        outbound_id=number,
    )
    record_interchange(tx, new)
    data = {name: row[name] for name in ("scope", "epoch", "isa13", "gs06", "sha256")}
    audit.append(tx, "exchange.queued", f"outbound:{number}", data)


def _check_name(tx: Tx, box: int, mailbox: str, name: str) -> None:
    if not _SAFE_NAME.fullmatch(name):
        raise UsageError(
            "a file name for a mailbox has letters, digits, dot, dash and underscore only, "
            "starts with a letter or digit and has at most 200 characters"
        )
    query = select(_O.id).where(_O.mailbox_id == box, _O.final_name == name)
    if tx.execute(query).first() is not None:
        raise UsageError(
            f"mailbox {mailbox} has had a file of this name before. Put the control number into "
            "the name, so that every file has its own"
        )


def file(tx: Tx, number: int, *, created: bool = False) -> QueuedFile:
    """Return one outbound file."""
    return _file(tx.execute(_files().where(_O.id == number)).one(), created=created)


def files(
    tx: Tx, *, mailbox: str | None = None, states: Collection[OutboundState] = ()
) -> list[QueuedFile]:
    """Return outbound files, oldest first, of one mailbox or all, in some states or any."""
    query = _files().order_by(_O.queued_at, _O.id)
    if mailbox is not None:
        query = query.where(_M.name == mailbox)
    if states:
        query = query.where(_O.state.in_([state.value for state in states]))
    return [_file(row) for row in tx.execute(query)]


def unacknowledged(tx: Tx, *, sent_before: datetime) -> list[QueuedFile]:
    """Return files that were sent before a time and have had no acknowledgement, oldest first."""
    query = _files().where(_O.state == "SENT", _O.sent_at < sent_before, _O.acked_at.is_(None))
    return [_file(row) for row in tx.execute(query.order_by(_O.sent_at, _O.id))]


def _files() -> Any:
    seen = schema.interchange
    columns = [column for column in schema.outbound.c if column.name in _FILE_COLUMNS]
    return (
        select(*columns, _M.name.label("mailbox"), seen.c.id.label("interchange_id"))
        .join(schema.mailbox, _M.id == _O.mailbox_id)
        .outerjoin(seen, seen.c.outbound_id == _O.id)
    )


_FILE_COLUMNS = frozenset(QueuedFile.__annotations__)


def _file(row: Row[Any], created: bool = False) -> QueuedFile:
    values = dict(row._mapping)
    return QueuedFile(**{**values, "state": OutboundState(values["state"]), "created": created})


def settle(tx: Tx, number: int, *, to: OutboundState, reason: str) -> QueuedFile:
    """Move a file by a person's decision: release, hold, cancel, or mark as sent.

    Args:
        tx: the transaction.
        number: the outbound file.
        to: QUEUED (try again), HELD, CANCELLED, or SENT (somebody proved that it arrived).
        reason: why; it goes into the audit chain.

    Raises:
        Refused: the file is in a state from which this would risk a second copy.
        UsageError: no reason, or a state that no person sets.
    """
    if not reason.strip():
        raise UsageError("this needs a reason; it is kept in the audit chain")
    if to not in _BY_HAND:
        raise UsageError(f"nobody sets a file to {to.value} by hand")
    before = file(tx, number)
    if before.state not in _BY_HAND[to]:
        raise Refused(
            f"outbound file {number} is {before.state.value}; from there it cannot become "
            f"{to.value}. Nothing was changed"
        )
    values: dict[str, Any] = {"state": to.value, "updated_at": tx.now, "next_try_at": None}
    if to is OutboundState.SENT:
        values |= {"sent_at": before.sent_at or tx.now, "evidence": "by_hand"}
    if to is OutboundState.QUEUED:
        values |= {"failures": 0, "error": None}
    tx.execute(update(schema.outbound).where(_O.id == number).values(**values))
    data = {"from": before.state.value, "to": to.value, "reason": reason}
    audit.append(tx, "exchange.by_hand", f"outbound:{number}", data)
    return file(tx, number)


_S = OutboundState
_BY_HAND: Mapping[OutboundState, frozenset[OutboundState]] = {
    _S.QUEUED: frozenset({_S.HELD, _S.FAILED}),
    _S.HELD: frozenset({_S.QUEUED, _S.FAILED}),
    _S.CANCELLED: frozenset({_S.QUEUED, _S.HELD, _S.FAILED}),
    _S.SENT: frozenset({_S.QUEUED, _S.HELD, _S.FAILED, _S.AMBIGUOUS, _S.RENAMING}),
}


def pause(tx: Tx, name: str, reason: str) -> None:
    """Stop work on a mailbox until `resume`."""
    values = {"paused": reason or "paused"}
    tx.execute(update(schema.mailbox).where(_M.id == mailbox_id(tx, name)).values(**values))
    audit.append(tx, "mailbox.paused", f"mailbox:{name}", {"reason": reason})


def resume(tx: Tx, name: str, reason: str) -> None:
    """Let work on a mailbox go on, and forget its failed logins."""
    values = {"paused": None, "auth_failures": 0}
    tx.execute(update(schema.mailbox).where(_M.id == mailbox_id(tx, name)).values(**values))
    audit.append(tx, "mailbox.resumed", f"mailbox:{name}", {"reason": reason})


def unlock(tx: Tx, name: str, reason: str) -> bool:
    """Take a mailbox away from whoever holds it; return whether somebody did.

    The holder's next step fails, because every step checks its lease.

    Raises:
        UsageError: there is no reason.
    """
    if not reason.strip():
        raise UsageError("unlocking a mailbox needs a reason; it is kept in the audit chain")
    here = schema.lease.c.mailbox_id == mailbox_id(tx, name)
    held = tx.execute(schema.lease.delete().where(here)).rowcount > 0
    audit.append(tx, "mailbox.unlocked", f"mailbox:{name}", {"reason": reason, "held": held})
    return held


def summaries(tx: Tx, *, configured: Collection[str] = ()) -> list[MailboxSummary]:
    """Return one line for every mailbox that this ledger knows or that is configured, by name."""
    held = schema.lease.c
    query = (
        select(schema.mailbox, held.owner, held.expires_at)
        .outerjoin(schema.lease, held.mailbox_id == _M.id)
        .order_by(_M.name)
    )
    known = [_summary(tx, row) for row in tx.execute(query).all()]
    names = {each.name for each in known}
    unused = [MailboxSummary(name=name) for name in configured if name not in names]
    return sorted([*known, *unused], key=lambda each: each.name)


def _summary(tx: Tx, row: Row[Any]) -> MailboxSummary:
    oldest = select(func.min(_O.queued_at)).where(
        _O.mailbox_id == row.id, _O.state == OutboundState.QUEUED.value
    )
    return MailboxSummary(
        name=row.name,
        paused=row.paused,
        last_started=row.last_started,
        last_finished=row.last_finished,
        last_error=row.last_error,
        owner=row.owner,
        lease_until=row.expires_at,
        outbound=_counts(tx, schema.outbound, row.id),
        inbound=_counts(tx, schema.inbound, row.id),
        oldest_queued=tx.execute(oldest).scalar_one(),
    )


def _counts(tx: Tx, table: Any, box: int) -> dict[str, int]:
    query = (
        select(table.c.state, func.count().label("files"))
        .where(table.c.mailbox_id == box)
        .group_by(table.c.state)
        .order_by(table.c.state)
    )
    return {row.state: row.files for row in tx.execute(query)}


def orphans(tx: Tx) -> list[str]:
    """Return the hashes of spool files that no row names.

    They come from a process that died between storing a file and committing its row. A download
    is fetched again by itself and finds its file; a rendered file that was never queued is waste.
    """
    named = select(_O.sha256).union(select(schema.inbound.c.sha256))
    known = set(tx.execute(named).scalars())
    return [name for name in tx.spool.names() if name not in known]
