"""Every interchange that went out or came in, by its key and the hash of its bytes.

The key is the direction (sender, receiver, usage) and ISA13. The same key with the same bytes is a
duplicate and has no effect; with other bytes it is a conflict, which is kept for a person and never
overwrites anything. A person may let it count (`quarantine`): it is `released` until it is read,
and then like any other. Where a partner was found to count anew, only interchanges since then are
held against each other.
"""

from datetime import datetime
from typing import Literal

from attrs import frozen
from sqlalchemy import select, update

from x12_pa.ledger import audit, schema
from x12_pa.ledger.database import Tx
from x12_pa.ledger.statements import new_id

Direction = Literal["in", "out"]
Outcome = Literal["new", "duplicate", "conflict"]

_T = schema.interchange.c


@frozen(kw_only=True)
class NewInterchange:
    """What identifies an interchange.

    Attributes:
        direction: "out" for what we (or another program of ours) sent, "in" for answers.
        scope: `control_numbers.scope_key` of its own ISA.
        isa13: its number.
        sha256: hash of its bytes, from ISA to IEA.
        offset: where it starts in its file.
    """

    direction: Direction
    scope: str
    isa13: int
    sha256: str
    offset: int = 0
    inbound_id: str | None = None
    outbound_id: int | None = None


@frozen(kw_only=True)
class RecordedInterchange:
    """The row of an interchange, and whether it is new, a duplicate, or a conflict."""

    id: int
    outcome: Outcome

    @property
    def new(self) -> bool:
        """Say whether its content may have an effect now."""
        return self.outcome == "new"


@frozen(kw_only=True)
class StoredInterchange:
    """A recorded interchange; `file_sha256` names the spool file that contains it."""

    id: int
    direction: Direction
    scope: str
    isa13: int
    sha256: str
    offset: int
    state: str
    recorded_at: datetime
    file_sha256: str | None
    file_name: str | None


def record_interchange(tx: Tx, new: NewInterchange) -> RecordedInterchange:
    """Record an interchange once and say what it is; only "new" may have effects."""
    same = tx.execute(
        select(_T.id, _T.sha256, _T.state).where(_T.scope == new.scope, _T.isa13 == new.isa13)
    ).all()
    for row in same:
        if row.sha256 == new.sha256 and row.state == "released":
            tx.execute(update(schema.interchange).where(_T.id == row.id).values(state="recorded"))
            return RecordedInterchange(id=row.id, outcome="new")
        if row.sha256 == new.sha256:
            known: Outcome = "conflict" if row.state == "conflict" else "duplicate"
            return RecordedInterchange(id=row.id, outcome=known)
    first = first_after_restart(tx, new.scope) if same else 0
    rivals = [row for row in same if row.id >= first]
    clash = bool(rivals) and not (new.direction == "out" and new.outbound_id is not None)
    values = {
        "direction": new.direction,
        "scope": new.scope,
        "isa13": new.isa13,
        "sha256": new.sha256,
        "offset": new.offset,
        "inbound_id": new.inbound_id,
        "outbound_id": new.outbound_id,
        "state": "conflict" if clash else "recorded",
        "recorded_at": tx.now,
    }
    number = new_id(tx, schema.interchange, values)
    if clash:
        data = {"scope": new.scope, "isa13": new.isa13, "sha256": new.sha256}
        audit.append(tx, "interchange.conflict", f"interchange:{number}", data)
    return RecordedInterchange(id=number, outcome="conflict" if clash else "new")


def restart_key(scope: str) -> str:
    """Return the name under which `meta` keeps since when the sender of a direction counts anew."""
    return f"restart:{scope}"


def first_after_restart(tx: Tx, scope: str) -> int:
    """Return the first interchange of a direction whose number counts anew; 0 for all."""
    meta = schema.meta.c
    query = select(meta.value).where(meta.name == restart_key(scope))
    return int(tx.execute(query).scalar_one_or_none() or 0)


def interchange(tx: Tx, number: int) -> StoredInterchange | None:
    """Return a recorded interchange, with the spool file it lies in."""
    sent, got = schema.outbound.c, schema.inbound.c
    query = (
        select(
            schema.interchange,
            sent.sha256.label("sent_sha256"),
            sent.final_name.label("sent_name"),
            got.sha256.label("got_sha256"),
            got.remote_name.label("got_name"),
        )
        .outerjoin(schema.outbound, sent.id == _T.outbound_id)
        .outerjoin(schema.inbound, got.id == _T.inbound_id)
        .where(_T.id == number)
    )
    row = tx.execute(query).one_or_none()
    if row is None:
        return None
    return StoredInterchange(
        id=row.id,
        direction=row.direction,
        scope=row.scope,
        isa13=row.isa13,
        sha256=row.sha256,
        offset=row.offset,
        state=row.state,
        recorded_at=row.recorded_at,
        file_sha256=row.sent_sha256 or row.got_sha256,
        file_name=row.sent_name or display_name(row.got_name),
    )


def display_name(name: bytes | None) -> str | None:
    """Return a partner's file name for people: bytes that are not text become escapes."""
    if name is None:
        return None
    text = name.decode("utf-8", "backslashreplace")
    return "".join(each if each.isprintable() else f"\\x{ord(each):02x}" for each in text)
