"""Which decision is current: versions that are added, never overwritten.

Answers arrive twice, late, and out of order, and payers change decisions that looked final. Three
rules keep the record straight. An answer that is already known changes nothing. An answer that the
payer wrote earlier (BHT04/BHT05) than the current one is kept for the record and never becomes
current. Anything else is a new version. A poorer repetition of the same decision, such as an
inquiry's answer without dates, does not wipe out what a richer one said.
"""

from collections.abc import Iterable, Sequence
from typing import Literal

from attrs import evolve, frozen

from x12_pa.authorizations.records import Authorization

Outcome = Literal["new", "unchanged", "outdated"]

_DETAILS = (
    "effective_on",
    "expires_on",
    "window_source",
    "issued_on",
    "quantity",
    "reasons",
    "messages",
    "administrative_reference",
)
_GRANTING = frozenset({"A1", "A6"})


@frozen(kw_only=True)
class Change:
    """What an incoming decision does to a history.

    `record` is the version to store ("new"), the version that says the same ("unchanged"), or the
    incoming record as it was, to be kept beside the history ("outdated").
    """

    outcome: Outcome
    record: Authorization


def settle(history: Sequence[Authorization], incoming: Authorization) -> Change:
    """Return what `incoming` does to the versions known so far.

    Args:
        history: every stored version of the same authorization id, in any order; version 0 is the
            request itself.
        incoming: a decision of `decisions.decide`, whose version is not yet settled.
    """
    current = current_version(history)
    if current is None or current.version == 0:
        return Change(outcome="new", record=evolve(incoming, version=1))
    for known in sorted(history, key=lambda record: -record.version):
        if known.version and _same(known, _enriched(incoming, known)):
            return Change(outcome="unchanged", record=known)
    if incoming.decided_at and current.decided_at and incoming.decided_at < current.decided_at:
        return Change(outcome="outdated", record=incoming)
    record = evolve(_enriched(incoming, current), version=current.version + 1)
    return Change(outcome="new", record=record)


def settle_all(
    history: Iterable[Authorization], incoming: Iterable[Authorization]
) -> tuple[Change, ...]:
    """Settle the decisions of one answer, each against the versions of its own id."""
    known: dict[str, list[Authorization]] = {}
    for record in history:
        known.setdefault(record.id, []).append(record)
    changes = []
    for record in incoming:
        change = settle(known.get(record.id, ()), record)
        if change.outcome == "new":
            known.setdefault(record.id, []).append(change.record)
        changes.append(change)
    return tuple(changes)


def current_version(history: Iterable[Authorization]) -> Authorization | None:
    """Return the version that holds now, or None for an empty history."""
    return max(history, key=lambda record: record.version, default=None)


def _same(known: Authorization, incoming: Authorization) -> bool:
    """Compare what the payer said; state and notes depend on what we knew when we read it."""
    return known == evolve(incoming, version=known.version, state=known.state, notes=known.notes)


def _enriched(incoming: Authorization, known: Authorization) -> Authorization:
    """Fill what a repetition of the same grant leaves out; other decisions stay as they came."""
    repeated = (incoming.action, incoming.number) == (known.action, known.number)
    if not repeated or incoming.action not in _GRANTING:
        return incoming
    window_open = incoming.effective_on is None and incoming.expires_on is None
    blank = [name for name in _DETAILS if not getattr(incoming, name)]
    if not window_open:
        blank = [n for n in blank if n not in {"effective_on", "expires_on", "window_source"}]
    return evolve(incoming, **{name: getattr(known, name) for name in blank})
