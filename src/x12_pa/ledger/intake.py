"""Files that were taken in from disk, on the same path as downloaded ones.

They belong to the mailbox `(local)`, which no transport serves. A file is known by its bytes:
taking it in again finds the first row and has no effect, unless it was quarantined or never read to
the end, in which case it is read again.
"""

import secrets
from collections.abc import Iterable

from attrs import frozen
from sqlalchemy import select

from x12_pa.exchange.store import Inbound, InboundState, Ingest, IngestOutcome
from x12_pa.ledger import audit, schema
from x12_pa.ledger.database import Ledger, Tx
from x12_pa.ledger.mailboxes import LOCAL, mailbox_id
from x12_pa.ledger.statements import insert_new
from x12_pa.ledger.store import finish_ingest, inbound_of

_I = schema.inbound.c
_UNREAD = (InboundState.STORED, InboundState.QUARANTINED)


@frozen(kw_only=True)
class TakenIn:
    """A file from disk and what reading it came to; `known` if it had been read before."""

    file: Inbound
    outcome: IngestOutcome
    known: bool


def take_in(ledger: Ledger, name: str, data: bytes | Iterable[bytes], work: Ingest) -> TakenIn:
    """Store a file from disk and read it once, in one transaction.

    Args:
        ledger: the ledger; `work` writes to it through `ledger.write()`.
        name: the file's name, for people; without directories.
        data: its bytes, whole or in chunks.
        work: reads it, as for a downloaded file.

    Raises:
        LocalError: the spool or the database cannot be written.
        Exception: whatever `work` raises; the file stays stored and unread.
    """
    draft = ledger.spool.create()
    try:
        for chunk in (data,) if isinstance(data, bytes) else data:
            draft.write(chunk)
        size, sha256 = draft.size, draft.keep()
    finally:
        draft.discard()
    with ledger.write() as tx:
        row = _stored(tx, name.encode("utf-8", "surrogateescape"), sha256, size)
    if row.state not in _UNREAD:
        known = IngestOutcome(state=InboundState.DUPLICATE, summary="this file was read before")
        return TakenIn(file=row, outcome=known, known=True)
    with ledger.write() as tx:
        outcome = work(row)
        finish_ingest(tx, row.id, outcome)
        return TakenIn(file=inbound_of(tx, row.id), outcome=outcome, known=False)


def _stored(tx: Tx, name: bytes, sha256: str, size: int) -> Inbound:
    box = mailbox_id(tx, LOCAL)
    number = secrets.token_hex(8)
    values = {
        "id": number,
        "mailbox_id": box,
        "remote_name": name,
        "remote_path": name,
        "sha256": sha256,
        "size": size,
        "state": InboundState.STORED.value,
        "cleared": 1,
        "stored_at": tx.now,
        "updated_at": tx.now,
    }
    if insert_new(tx, schema.inbound, values):
        audit.append(tx, "exchange.stored", f"inbound:{number}", {"sha256": sha256, "size": size})
    found = select(_I.id).where(_I.mailbox_id == box, _I.sha256 == sha256)
    return inbound_of(tx, tx.execute(found).scalar_one())
