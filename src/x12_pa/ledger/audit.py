"""The audit chain: what was done, by whom, in an order that cannot be changed unseen.

Each row's hash is SHA-256 over the hash of the row before and the canonical JSON of this one, and
is written in the transaction whose change it records. Triggers refuse to change or delete rows; who
has the file can still rewrite all of it, so a chain alone proves order, not truth. `anchor` gives
the number and hash of the last row, to be kept where that person cannot reach it.

Rows hold ids, states, counts and hashes, never names, member ids or other values of a document.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from attrs import frozen
from sqlalchemy import insert, select

from x12_pa.ledger import schema
from x12_pa.ledger.columns import canonical_json, time_text
from x12_pa.ledger.database import Tx

GENESIS = "0" * 64

_T = schema.audit.c
_APPEND = insert(schema.audit)
_HEAD = select(_T.seq, _T.hash).order_by(_T.seq.desc()).limit(1)


@frozen
class Happening:
    """What is to become a row of the chain; as in `append`."""

    event: str
    subject: str
    data: Mapping[str, Any]


@frozen(kw_only=True)
class Entry:
    """One row of the chain."""

    seq: int
    at: datetime
    actor: str
    event: str
    subject: str
    data: Mapping[str, Any]
    prev_hash: str
    hash: str


@frozen(kw_only=True)
class Anchor:
    """The head of the chain: number and hash of its last row; 0 and zeros when it is empty."""

    seq: int
    hash: str


@frozen(kw_only=True)
class Verdict:
    """What walking the chain found; `bad` is the first wrong row, `problem` what is wrong."""

    rows: int
    bad: int | None = None
    problem: str | None = None

    @property
    def ok(self) -> bool:
        """Say whether the chain is whole."""
        return self.bad is None


def append(
    tx: Tx, event: str, subject: str, data: Mapping[str, Any] | None = None, *, actor: str = ""
) -> Entry:
    """Add one row in the caller's transaction.

    Args:
        tx: the transaction whose change this records.
        event: what happened, dotted: `exchange.sent`.
        subject: what it happened to: `outbound:17`.
        data: ids, states, counts and hashes. No PHI.
        actor: who; default: the actor of the transaction.
    """
    head = anchor(tx)
    row = _continued(tx, head, Happening(event, subject, data or {}), actor)
    tx.execute(_APPEND, row)
    return Entry(**row)


def append_all(tx: Tx, happened: Sequence[Happening]) -> None:
    """Add rows in their order, with one statement for all."""
    if not happened:
        return
    head = anchor(tx)
    rows = []
    for each in happened:
        row = _continued(tx, head, each, "")
        head = Anchor(seq=row["seq"], hash=row["hash"])
        rows.append(row)
    tx.execute(_APPEND, rows)


def _continued(tx: Tx, head: Anchor, new: Happening, actor: str) -> dict[str, Any]:
    """Return the row that continues the chain behind its head."""
    row: dict[str, Any] = {
        "seq": head.seq + 1,
        "at": tx.now,
        "actor": actor or tx.actor,
        "event": new.event,
        "subject": new.subject,
        "data": dict(new.data),
        "prev_hash": head.hash,
    }
    row["hash"] = _hash(row)
    return row


def anchor(tx: Tx) -> Anchor:
    """Return the head of the chain, to be kept outside this ledger."""
    row = tx.execute(_HEAD).one_or_none()
    return Anchor(seq=0, hash=GENESIS) if row is None else Anchor(seq=row.seq, hash=row.hash)


def entries(tx: Tx, *, subject: str | None = None) -> Iterator[Entry]:
    """Yield the rows in order, of one subject or all."""
    query = select(schema.audit).order_by(_T.seq)
    if subject is not None:
        query = query.where(_T.subject == subject)
    for row in tx.connection.execution_options(yield_per=1000).execute(query):
        yield Entry(**row._mapping)


def verify(tx: Tx, known: Anchor | None = None) -> Verdict:
    """Walk the chain and name the first row that does not fit.

    Args:
        tx: a transaction.
        known: an anchor that was kept outside; the chain must contain it.
    """
    before = Anchor(seq=0, hash=GENESIS)
    for entry in entries(tx):
        problem = _problem(before, entry, known)
        if problem is not None:
            return Verdict(rows=before.seq, bad=entry.seq, problem=problem)
        before = Anchor(seq=entry.seq, hash=entry.hash)
    if known is not None and known.seq > before.seq:
        missing = f"the chain ends at row {before.seq}, before the anchor (row {known.seq})"
        return Verdict(rows=before.seq, bad=before.seq + 1, problem=missing)
    return Verdict(rows=before.seq)


def _problem(before: Anchor, entry: Entry, known: Anchor | None) -> str | None:
    if entry.seq != before.seq + 1:
        return f"row {before.seq + 1} is missing"
    if entry.prev_hash != before.hash:
        return f"row {entry.seq} does not continue row {before.seq}"
    row = {name: getattr(entry, name) for name in _HASHED} | {"prev_hash": entry.prev_hash}
    if _hash(row) != entry.hash:
        return f"row {entry.seq} was changed after it was written"
    if known is not None and known.seq == entry.seq and known.hash != entry.hash:
        return f"row {entry.seq} is not the row that was anchored"
    return None


_HASHED = ("seq", "at", "actor", "event", "subject", "data")


def _hash(row: Mapping[str, Any]) -> str:
    body = {name: row[name] for name in _HASHED}
    body["at"] = time_text(row["at"])
    return hashlib.sha256((row["prev_hash"] + canonical_json(body)).encode("ascii")).hexdigest()
