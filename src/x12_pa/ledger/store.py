"""The ledger as the mailbox step machines see it: `exchange.store.Store` on our tables.

Each method is one transaction. Each one that changes something first checks the lease by its token
(fencing): a worker that slept through the end of its lease finds another token and stops, having
changed nothing. Moves also check the state that the caller read, so a lost race is an error and
never an overwrite.
"""

import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from attrs import frozen
from sqlalchemy import Row, case, delete, or_, select, update

from x12_pa.exchange.store import (
    OUTBOUND_OPEN,
    Inbound,
    InboundState,
    Ingest,
    IngestOutcome,
    Lease,
    LeaseLost,
    MailboxState,
    Observation,
    Outbound,
    OutboundState,
    StateConflict,
    Store,
)
from x12_pa.ledger import audit, schema
from x12_pa.ledger.database import Ledger, Tx
from x12_pa.ledger.mailboxes import mailbox_id
from x12_pa.ledger.spool import Spool
from x12_pa.ledger.statements import insert_new, upsert

_O, _I, _M = schema.outbound.c, schema.inbound.c, schema.mailbox.c
_L, _V = schema.lease.c, schema.observation.c

_OUTBOUND_FIELDS = (
    "attempt",
    "failures",
    "next_try_at",
    "mode",
    "temp_path",
    "final_path",
    "evidence",
    "error",
    "sent_at",
)
_OBSERVATION_FIELDS = (
    "size",
    "mtime",
    "since",
    "seen_at",
    "sha256",
    "complaint",
    "complained_at",
)
_STATE_FIELDS = ("last_started", "last_finished", "auth_failures", "paused", "last_error")


@frozen(kw_only=True)
class LedgerStore:
    """`exchange.store.Store` on a ledger."""

    ledger: Ledger

    @property
    def spool(self) -> Spool:
        """The file contents, inbound and outbound alike."""
        return self.ledger.spool

    def take_lease(self, mailbox: str, owner: str, seconds: int) -> Lease | None:
        """Take the mailbox, or return None while another owner's lease runs."""
        with self.ledger.write() as tx:
            box = mailbox_id(tx, mailbox)
            query = select(_L.owner, _L.expires_at).where(_L.mailbox_id == box)
            held = tx.execute(query).one_or_none()
            other = held is not None and held.owner != owner
            if held is not None and other and held.expires_at > tx.now:
                return None
            token = secrets.token_hex(16)
            row = {"owner": owner, "token": token, "expires_at": tx.now + _seconds(seconds)}
            upsert(tx, schema.lease, ["mailbox_id"], {"mailbox_id": box, **row})
            if other:
                audit.append(tx, "mailbox.taken_over", f"mailbox:{mailbox}", {"owner": owner})
        return Lease(mailbox=mailbox, owner=owner, token=token)

    def renew_lease(self, lease: Lease, seconds: int) -> None:
        """Extend the lease; raises `LeaseLost`."""
        with self.ledger.write() as tx:
            box = _check(tx, lease)
            until = {"expires_at": tx.now + _seconds(seconds)}
            tx.execute(update(schema.lease).where(_L.mailbox_id == box).values(**until))

    def release_lease(self, lease: Lease) -> None:
        """Give the mailbox back; does nothing if the lease is lost."""
        with self.ledger.write() as tx:
            tx.execute(delete(schema.lease).where(_L.token == lease.token))

    def outbound_work(self, mailbox: str, now: datetime) -> list[Outbound]:
        """Return what is to be done, renames first, each kind oldest first."""
        query = (
            _outbound_rows()
            .where(_M.name == mailbox, _O.state.in_([state.value for state in OUTBOUND_OPEN]))
            .where(or_(_O.next_try_at.is_(None), _O.next_try_at <= now))
            .order_by(case(_WORK_ORDER, value=_O.state), _O.queued_at, _O.id)
        )
        with self.ledger.read() as tx:
            return [_outbound(row) for row in tx.execute(query)]

    def move_outbound(self, lease: Lease, before: Outbound, after: Outbound) -> None:
        """Write `after` if the row still has the state and attempt of `before`."""
        values: dict[str, Any] = {name: getattr(after, name) for name in _OUTBOUND_FIELDS}
        with self.ledger.write() as tx:
            box = _check(tx, lease)
            moved = tx.execute(
                update(schema.outbound)
                .where(_O.id == int(before.id), _O.mailbox_id == box)
                .where(_O.state == before.state.value, _O.attempt == before.attempt)
                .values(state=after.state.value, updated_at=tx.now, **values)
            )
            if moved.rowcount != 1:
                raise _conflict("outbound", before.id, before.state.value)
            if after.state is not before.state:
                _note_outbound(tx, before, after)

    def inbound_work(self, mailbox: str) -> list[Inbound]:
        """Return rows that are not ingested or not cleared yet, oldest first."""
        open_states = (InboundState.STORED.value, InboundState.INGESTED.value)
        query = (
            _inbound_rows()
            .where(_M.name == mailbox, or_(_I.state.in_(open_states), _I.cleared == 0))
            .order_by(_I.stored_at, _I.id)
        )
        with self.ledger.read() as tx:
            return [_inbound(row) for row in tx.execute(query)]

    def inbound_by_hash(self, mailbox: str, sha256: str) -> Inbound | None:
        """Return the row of this content, if it ever arrived through this mailbox."""
        query = _inbound_rows().where(_M.name == mailbox, _I.sha256 == sha256)
        with self.ledger.read() as tx:
            row = tx.execute(query).one_or_none()
        return None if row is None else _inbound(row)

    def add_inbound(self, lease: Lease, row: Inbound) -> None:
        """Insert a row; raises `StateConflict` if the content is there already."""
        with self.ledger.write() as tx:
            box = _check(tx, lease)
            values = {
                "id": row.id,
                "mailbox_id": box,
                "remote_name": row.remote_name,
                "remote_path": row.remote_path,
                "sha256": row.sha256,
                "size": row.size,
                "mtime": row.mtime,
                "state": row.state.value,
                "cleared": int(row.cleared),
                "failures": row.failures,
                "error": row.error,
                "stored_at": row.stored_at,
                "updated_at": tx.now,
            }
            if not insert_new(tx, schema.inbound, values):
                raise _conflict("inbound", row.id, "new")
            data = {"sha256": row.sha256, "size": row.size, "state": row.state.value}
            audit.append(tx, "exchange.stored", f"inbound:{row.id}", data)

    def move_inbound(self, lease: Lease, before: Inbound, after: Inbound) -> None:
        """Write `after` if the row still has the state and `cleared` of `before`."""
        with self.ledger.write() as tx:
            _check(tx, lease)
            _move_inbound(tx, before, after)

    def ingest(self, lease: Lease, row: Inbound, work: Ingest) -> IngestOutcome:
        """Run `work(row)` and set the row's state to the outcome's, in one transaction.

        `work` writes through `Ledger.write`, which joins the transaction that is open here.
        """
        with self.ledger.write() as tx:
            _check(tx, lease)
            outcome = work(row)
            finish_ingest(tx, row.id, outcome)
        return outcome

    def observations(self, mailbox: str) -> dict[bytes, Observation]:
        """Return what was seen in the last listing, by name."""
        query = (
            select(schema.observation)
            .join(schema.mailbox, _M.id == _V.mailbox_id)
            .where(_M.name == mailbox)
        )
        with self.ledger.read() as tx:
            rows = tx.execute(query).all()
        return {row.remote_name: _observation(row) for row in rows}

    def save_observations(
        self, lease: Lease, observations: Iterable[Observation], *, complete: bool
    ) -> None:
        """Insert or update; with `complete`, forget every name that is not among them."""
        seen = {each.name: each for each in observations}
        with self.ledger.write() as tx:
            box = _check(tx, lease)
            if complete:
                known = select(_V.remote_name).where(_V.mailbox_id == box)
                for name in set(tx.execute(known).scalars()) - seen.keys():
                    gone = (_V.mailbox_id == box, _V.remote_name == name)
                    tx.execute(delete(schema.observation).where(*gone))
            for name, each in seen.items():
                values = {field: getattr(each, field) for field in _OBSERVATION_FIELDS}
                key = {"mailbox_id": box, "remote_name": name}
                upsert(tx, schema.observation, list(key), key | values)

    def mailbox_state(self, mailbox: str) -> MailboxState:
        """Return the state of a mailbox; an empty one for a mailbox never worked on."""
        with self.ledger.read() as tx:
            query = select(schema.mailbox).where(_M.name == mailbox)
            row = tx.execute(query).one_or_none()
        if row is None:
            return MailboxState(mailbox=mailbox)
        return MailboxState(mailbox=mailbox, **{name: getattr(row, name) for name in _STATE_FIELDS})

    def save_mailbox_state(self, lease: Lease, state: MailboxState) -> None:
        """Write the state of the leased mailbox."""
        values = {name: getattr(state, name) for name in _STATE_FIELDS}
        with self.ledger.write() as tx:
            box = _check(tx, lease)
            tx.execute(update(schema.mailbox).where(_M.id == box).values(**values))

    def record(self, lease: Lease, event: str, subject: str, data: Mapping[str, str | int]) -> None:
        """Append one audit event."""
        with self.ledger.write() as tx:
            _check(tx, lease)
            audit.append(tx, event, subject, data)


def inbound_of(tx: Tx, number: str) -> Inbound:
    """Return one inbound file."""
    return _inbound(tx.execute(_inbound_rows().where(_I.id == number)).one())


def finish_ingest(tx: Tx, number: str, outcome: IngestOutcome) -> None:
    """Write what reading a stored file came to, in the transaction that read it."""
    values = {
        "state": outcome.state.value,
        "error": outcome.reason,
        "summary": outcome.summary,
        "updated_at": tx.now,
    }
    tx.execute(update(schema.inbound).where(_I.id == number).values(**values))
    data = {"state": outcome.state.value, "counts": dict(outcome.counts)}
    audit.append(tx, "exchange.ingested", f"inbound:{number}", data)


_WORK_ORDER = {
    OutboundState.RENAMING.value: 0,
    OutboundState.UPLOADING.value: 1,
    OutboundState.VERIFIED.value: 1,
    OutboundState.QUEUED.value: 2,
    OutboundState.AMBIGUOUS.value: 2,
}


def _seconds(count: int) -> timedelta:
    return timedelta(seconds=count)


def _check(tx: Tx, lease: Lease) -> int:
    query = (
        select(_L.mailbox_id)
        .join(schema.mailbox, _M.id == _L.mailbox_id)
        .where(_M.name == lease.mailbox, _L.token == lease.token)
    )
    found = tx.execute(query).scalar_one_or_none()
    if found is None:
        raise LeaseLost(
            f"mailbox {lease.mailbox} is worked on by another process now; this one stops. "
            "`x12-pa exchange status` shows which"
        )
    return int(found)


def _conflict(kind: str, number: str, state: str) -> StateConflict:
    return StateConflict(
        f"{kind} file {number} was changed by another process (it was {state}); nothing was written"
    )


def _outbound_rows() -> Any:
    return select(schema.outbound, _M.name.label("mailbox")).join(
        schema.mailbox, _M.id == _O.mailbox_id
    )


def _outbound(row: Row[Any]) -> Outbound:
    return Outbound(
        id=str(row.id),
        mailbox=row.mailbox,
        final_name=row.final_name,
        sha256=row.sha256,
        size=row.size,
        state=OutboundState(row.state),
        queued_at=row.queued_at,
        **{name: getattr(row, name) for name in _OUTBOUND_FIELDS},
    )


def _note_outbound(tx: Tx, before: Outbound, after: Outbound) -> None:
    data: dict[str, Any] = {"from": before.state.value, "sha256": before.sha256}
    if after.evidence is not None:
        data["evidence"] = after.evidence
    event = f"exchange.{after.state.value.lower()}"
    audit.append(tx, event, f"outbound:{before.id}", data | {"attempt": after.attempt})


def _inbound_rows() -> Any:
    return select(schema.inbound, _M.name.label("mailbox")).join(
        schema.mailbox, _M.id == _I.mailbox_id
    )


def _inbound(row: Row[Any]) -> Inbound:
    return Inbound(
        id=row.id,
        mailbox=row.mailbox,
        remote_name=row.remote_name,
        remote_path=row.remote_path,
        sha256=row.sha256,
        size=row.size,
        mtime=row.mtime,
        state=InboundState(row.state),
        stored_at=row.stored_at,
        cleared=bool(row.cleared),
        failures=row.failures,
        error=row.error,
    )


def _move_inbound(tx: Tx, before: Inbound, after: Inbound) -> None:
    values = {
        "state": after.state.value,
        "cleared": int(after.cleared),
        "remote_path": after.remote_path,
        "failures": after.failures,
        "error": after.error,
        "updated_at": tx.now,
    }
    moved = tx.execute(
        update(schema.inbound)
        .where(_I.id == before.id, _I.state == before.state.value)
        .where(_I.cleared == int(before.cleared))
        .values(**values)
    )
    if moved.rowcount != 1:
        raise _conflict("inbound", before.id, before.state.value)
    if after.state is not before.state or after.cleared is not before.cleared:
        data = {"from": before.state.value, "to": after.state.value, "cleared": after.cleared}
        audit.append(tx, "exchange.inbound", f"inbound:{before.id}", data)


def _observation(row: Row[Any]) -> Observation:
    values = {name: getattr(row, name) for name in _OBSERVATION_FIELDS}
    return Observation(name=row.remote_name, **values)


if TYPE_CHECKING:
    _SATISFIES: type[Store] = LedgerStore
