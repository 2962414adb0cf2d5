"""Interchange and group control numbers that never repeat.

One row counts for each scope (sender, receiver, usage) and kind (ISA13, GS06). A number is taken in
the transaction that stores what carries it, so a rollback takes both back and a commit burns both;
gaps are fine, reuse is not. After 999,999,999 comes 1 of the next epoch, and the outbound table is
unique by (scope, epoch, number). Usage is in the scope, so test and production never mix.

A restored backup is the one way to reuse numbers without noticing. Evidence from outside (an
acknowledgement that names a number which we have not given out yet, a file in an archive) is
reported with `observe`; while it lies ahead of the counter, `next_control` refuses.
"""

import re

from attrs import evolve, frozen
from sqlalchemy import bindparam, select, update

from x12_pa.errors import Refused, UsageError
from x12_pa.ledger import audit, schema
from x12_pa.ledger.database import Tx
from x12_pa.ledger.statements import insert_new

HIGHEST = 999_999_999
WARN_AT = 900_000_000
KINDS = ("ISA", "GS")
_SCOPE = re.compile(r"[^:>/]*:[^>/]+>[^:>/]*:[^>]+/[PTI]")

_T = schema.control_number.c
_HERE = (_T.scope == bindparam("of_scope"), _T.kind == bindparam("of_kind"))
_READ = select(_T.epoch, _T.value, _T.observed).where(*_HERE)
_WRITE = (
    update(schema.control_number)
    .where(*_HERE)
    .values({name: bindparam(name) for name in ("epoch", "value", "observed")})
)


class CounterBehind(Refused):
    """The counter lies behind numbers that the partner has seen; sending would repeat one."""


@frozen(kw_only=True)
class Counter:
    """Where one counter stands; `observed` is the highest number seen outside, 0 for none."""

    scope: str
    kind: str
    epoch: int = 0
    value: int = 0
    observed: int = 0

    @property
    def behind(self) -> bool:
        """Say whether numbers above this counter were seen outside."""
        return self.observed > self.value


def scope_key(
    sender_qualifier: str, sender: str, receiver_qualifier: str, receiver: str, usage: str
) -> str:
    """Return the key of a direction: `ZZ:CLINIC001>ZZ:ACME/T`. Blanks around ids do not count."""
    left = f"{sender_qualifier.strip()}:{sender.strip()}"
    return f"{left}>{receiver_qualifier.strip()}:{receiver.strip()}/{usage.strip()}"


def opposite(scope: str) -> str:
    """Return the scope of the other direction: whose numbers an acknowledgement refers to."""
    ends, _, usage = scope.rpartition("/")
    left, _, right = ends.partition(">")
    return f"{right}>{left}/{usage}"


def next_control(tx: Tx, scope: str, kind: str = "ISA") -> int:
    """Take the next number of a counter, in the caller's transaction.

    Raises:
        CounterBehind: a higher number was seen outside, as after restoring a backup.
    """
    return take(tx, scope, kind).value


def take(tx: Tx, scope: str, kind: str = "ISA") -> Counter:
    """Take the next number and return it with its epoch; raises as `next_control` does."""
    found = _ready(tx, scope, kind)
    if found.behind:
        raise CounterBehind(
            f"the {kind} counter of {scope} stands at {found.value}, but number {found.observed} "
            "was seen outside: this ledger is probably an older copy, or another program sends "
            "under the same name. Nothing was queued. Find the newest ledger, or go on above every "
            f"number that was ever sent: x12-pa ledger resume '{scope}' --kind {kind} --above N "
            "--reason TEXT"
        )
    taken = _successor(found)
    while kind == "ISA" and _used_elsewhere(tx, taken):
        taken = _successor(taken)
    _write(tx, taken)
    if taken.epoch != found.epoch:
        audit.append(tx, "control.epoch", scope, {"kind": kind, "epoch": taken.epoch})
    return taken


def counter(tx: Tx, scope: str, kind: str = "ISA") -> Counter:
    """Return where a counter stands; a counter never used stands at 0."""
    row = tx.execute(_READ, {"of_scope": scope, "of_kind": kind}).one_or_none()
    if row is None:
        return Counter(scope=scope, kind=kind)
    return Counter(scope=scope, kind=kind, epoch=row.epoch, value=row.value, observed=row.observed)


def counters(tx: Tx) -> list[Counter]:
    """Return every counter, by scope and kind."""
    rows = tx.execute(select(schema.control_number).order_by(_T.scope, _T.kind))
    return [Counter(**row._mapping) for row in rows]


def observe(tx: Tx, scope: str, kind: str, number: int) -> bool:
    """Report a number of ours that was seen outside; return whether it lies ahead of us.

    A number that we know to have sent (in whatever epoch) tells nothing new.
    """
    if not 1 <= number <= HIGHEST:
        return False
    found = counter(tx, scope, kind)
    if number <= found.value or _was_sent(tx, scope, kind, number):
        return False
    if number > found.observed:
        found = _ready(tx, scope, kind)
        _write(tx, evolve(found, observed=number))
        audit.append(
            tx, "control.behind", scope, {"kind": kind, "observed": number, "value": found.value}
        )
    return True


def resume(tx: Tx, scope: str, kind: str, *, above: int, reason: str) -> Counter:
    """Let a counter go on above a number, after a person has found out what was sent.

    Args:
        tx: the transaction.
        scope: see `scope_key`.
        kind: "ISA" or "GS".
        above: the next number will be greater than this, and than the counter as it stands.
        reason: why; it goes into the audit chain.

    Raises:
        UsageError: the number is out of range, or there is no reason.
    """
    if not reason.strip():
        raise UsageError("resuming a control number needs a reason; it is kept in the audit chain")
    if not 0 <= above < HIGHEST:
        raise UsageError(f"a control number lies between 0 and {HIGHEST - 1}; got {above}")
    if not _SCOPE.fullmatch(scope):
        known = ", ".join(sorted({each.scope for each in counters(tx)})) or "none yet"
        raise UsageError(
            f"'{scope}' is no direction: write SENDER>RECEIVER/USAGE with their qualifiers, as in "
            f"ZZ:CLINIC001>ZZ:ACME/P. Known here: {known}"
        )
    found = _ready(tx, scope, kind)
    resumed = Counter(
        scope=scope, kind=kind, epoch=found.epoch, value=max(found.value, above), observed=0
    )
    _write(tx, resumed)
    data = {"kind": kind, "from": found.value, "to": resumed.value, "observed": found.observed}
    audit.append(tx, "control.resumed", scope, {**data, "reason": reason})
    return resumed


def _successor(found: Counter) -> Counter:
    if found.value >= HIGHEST:
        return evolve(found, epoch=found.epoch + 1, value=1, observed=0)
    return evolve(found, value=found.value + 1, observed=0)


def _ready(tx: Tx, scope: str, kind: str) -> Counter:
    """Read a counter, making its row if it is new; the write transaction keeps others off."""
    insert_new(tx, schema.control_number, {"scope": scope, "kind": kind})
    return counter(tx, scope, kind)


def _write(tx: Tx, after: Counter) -> None:
    values = {"epoch": after.epoch, "value": after.value, "observed": after.observed}
    tx.execute(_WRITE, {"of_scope": after.scope, "of_kind": after.kind} | values)


def _used_elsewhere(tx: Tx, taken: Counter) -> bool:
    """Say whether another program sent this number under our name, as a recorded file shows."""
    seen = schema.interchange.c
    query = select(seen.id).where(
        seen.scope == taken.scope, seen.isa13 == taken.value, seen.outbound_id.is_(None)
    )
    return tx.execute(query.limit(1)).first() is not None


def _was_sent(tx: Tx, scope: str, kind: str, number: int) -> bool:
    """Say whether a number is known to have been sent, by us or by another program of ours."""
    seen, sent, carried = schema.interchange.c, schema.outbound.c, schema.transmission.c
    if kind == "ISA":
        known = [select(seen.id).where(seen.scope == scope, seen.isa13 == number)]
    else:
        elsewhere = (
            select(carried.id)
            .join(schema.interchange, seen.id == carried.interchange_id)
            .where(seen.scope == scope, carried.gs06 == str(number))
        )
        known = [select(sent.id).where(sent.scope == scope, sent.gs06 == number), elsewhere]
    return any(tx.execute(query.limit(1)).first() is not None for query in known)
