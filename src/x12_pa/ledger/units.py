"""How much of each authorized quantity the claims have used."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from attrs import frozen
from sqlalchemy import delete, select

from x12_pa.ledger import audit, schema
from x12_pa.ledger.database import Tx
from x12_pa.ledger.statements import upsert

_U = schema.unit_use.c
_KEYS = ("authorization", "claim_id", "first_day", "line")


@frozen
class StoredUse:
    """What one line of one claim uses of one authorization, in the authorized unit."""

    authorization: str
    claim_id: str
    first_day: date | None
    line: str
    amount: Decimal


def uses(tx: Tx) -> list[StoredUse]:
    """Return every use that counts."""
    rows = tx.execute(select(schema.unit_use).order_by(_U.id))
    return [
        StoredUse(
            row.authorization,
            row.claim_id,
            date.fromisoformat(row.first_day) if row.first_day else None,
            row.line,
            Decimal(row.amount),
        )
        for row in rows
    ]


def replace(tx: Tx, *, new: Iterable[StoredUse], old: Iterable[StoredUse]) -> None:
    """Stop counting `old` uses and count `new` ones; doing it twice counts once."""
    gone, come = [_key(use) for use in old], list(new)
    for key in gone:
        same = [schema.unit_use.c[name] == key[name] for name in _KEYS]
        tx.execute(delete(schema.unit_use).where(*same))
    for use in come:
        upsert(tx, schema.unit_use, _KEYS, {**_key(use), "amount": str(use.amount)})
    counts = {"new": len(come), "released": len(gone)}
    audit.append(tx, "units.counted", "claims", counts)


def _key(use: StoredUse) -> dict[str, str]:
    day = use.first_day.isoformat() if use.first_day else ""
    return {
        "authorization": use.authorization,
        "claim_id": use.claim_id,
        "first_day": day,
        "line": use.line,
    }
