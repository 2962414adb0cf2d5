"""The life cycle of a request, as one table: `(state, event) -> state`.

A request is drafted, checked, queued, sent and received; then it is answered. An answer is not the
end: a pend becomes a decision, a decision may be cancelled, appealed, revised, or simply run out,
and payers change decisions that looked final. So two rules shape the table. First, *every* answer
is accepted in *every* state that can follow sending; the answer says where we are now, and
`history` keeps what was true before. Second, only facts move a state: a receipt, an answer,
something we sent, a date, a count. Silence moves nothing, it raises an alarm.

A rejection (AAA) is a state of its own, apart from a denial: nothing was reviewed, so there is
nothing to appeal; the request is corrected or sent again. `advance` is the only way to move.
"""

from collections.abc import Iterable
from enum import StrEnum
from types import MappingProxyType

from x12_pa.errors import UsageError


class State(StrEnum):
    """Where a request, or one of its services, stands."""

    DRAFT = "draft"
    VALIDATED = "validated"
    QUEUED = "queued"
    SENT = "sent"
    RECEIVED = "received"
    REFUSED = "refused_technically"
    REJECTED = "rejected"
    PENDED_INFORMATION = "pended_information"
    PENDED_REVIEW = "pended_review"
    CONTACT_PAYER = "contact_payer"
    UNCLEAR = "unclear"
    CERTIFIED = "certified"
    PARTIAL = "partial"
    MODIFIED = "modified"
    NOT_CERTIFIED = "not_certified"
    CANCELLED = "cancelled"
    NOT_REQUIRED = "not_required"
    CLOSED = "closed_without_information"
    EXPIRED = "expired"
    EXHAUSTED = "exhausted"
    SUPERSEDED = "superseded"
    APPEAL_IMMEDIATE = "appeal_immediate"
    APPEAL_STANDARD = "appeal_standard"
    OVERTURNED = "overturned"
    UPHELD = "upheld"


class Event(StrEnum):
    """A fact that moves a request."""

    CHECK_PASSED = "check_passed"
    CHECK_FAILED = "check_failed"
    ENQUEUED = "enqueued"
    UPLOADED = "uploaded"
    ACKNOWLEDGED = "acknowledged"
    REFUSED_BY_ACK = "refused_by_acknowledgement"
    CORRECTED = "corrected"
    RESENT = "resent"
    ANSWERED_CERTIFIED = "answered_certified"
    ANSWERED_PARTIAL = "answered_partial"
    ANSWERED_MODIFIED = "answered_modified"
    ANSWERED_DENIED = "answered_denied"
    ANSWERED_ASK = "answered_pended_with_ask"
    ANSWERED_PEND = "answered_pended_without_ask"
    ANSWERED_CONTACT = "answered_contact_payer"
    ANSWERED_NOT_REQUIRED = "answered_not_required"
    ANSWERED_CANCELLED = "answered_cancelled"
    ANSWERED_REJECTED = "answered_rejected"
    ANSWERED_UNCLEAR = "answered_unclear"
    DOCUMENTS_SENT = "documents_sent"
    CLOSED_BY_PAYER = "closed_by_payer"
    WINDOW_ENDED = "window_ended"
    UNITS_USED_UP = "units_used_up"
    REVISION_ACCEPTED = "revision_accepted"
    APPEAL_IMMEDIATE_SENT = "appeal_immediate_sent"
    APPEAL_STANDARD_SENT = "appeal_standard_sent"


S, E = State, Event

AWAITING_ANSWER = frozenset({S.QUEUED, S.SENT, S.RECEIVED})
PENDED = frozenset({S.PENDED_INFORMATION, S.PENDED_REVIEW, S.CONTACT_PAYER, S.UNCLEAR})
IN_FORCE = frozenset({S.CERTIFIED, S.MODIFIED, S.OVERTURNED})
UNDER_APPEAL = frozenset({S.APPEAL_IMMEDIATE, S.APPEAL_STANDARD})
FINAL = frozenset(
    {
        *IN_FORCE,
        S.PARTIAL,
        S.NOT_CERTIFIED,
        S.CANCELLED,
        S.NOT_REQUIRED,
        S.CLOSED,
        S.EXPIRED,
        S.EXHAUSTED,
        S.UPHELD,
        S.SUPERSEDED,
    }
)
"""States in which nobody waits for an answer. Not an end: the payer may answer again."""

TERMINAL = frozenset({S.SUPERSEDED})
"""The only state that nothing leaves: another authorization stands in its place."""

ANSWERABLE = frozenset(State) - {S.DRAFT, S.VALIDATED} - TERMINAL
ANSWERS = MappingProxyType(
    {
        E.ANSWERED_CERTIFIED: S.CERTIFIED,
        E.ANSWERED_PARTIAL: S.PARTIAL,
        E.ANSWERED_MODIFIED: S.MODIFIED,
        E.ANSWERED_DENIED: S.NOT_CERTIFIED,
        E.ANSWERED_ASK: S.PENDED_INFORMATION,
        E.ANSWERED_PEND: S.PENDED_REVIEW,
        E.ANSWERED_CONTACT: S.CONTACT_PAYER,
        E.ANSWERED_NOT_REQUIRED: S.NOT_REQUIRED,
        E.ANSWERED_CANCELLED: S.CANCELLED,
        E.ANSWERED_REJECTED: S.REJECTED,
        E.ANSWERED_UNCLEAR: S.UNCLEAR,
    }
)
"""Where an answer leads when no special row below says otherwise."""

_ROWS: tuple[tuple[Iterable[State], Event, State], ...] = (
    ({S.DRAFT}, E.CHECK_PASSED, S.VALIDATED),
    ({S.DRAFT, S.VALIDATED}, E.CHECK_FAILED, S.DRAFT),
    ({S.VALIDATED}, E.ENQUEUED, S.QUEUED),
    ({S.QUEUED, S.SENT}, E.UPLOADED, S.SENT),
    (AWAITING_ANSWER | {S.REFUSED}, E.ACKNOWLEDGED, S.RECEIVED),
    (AWAITING_ANSWER | {S.REFUSED}, E.REFUSED_BY_ACK, S.REFUSED),
    ({S.REFUSED, S.REJECTED}, E.CORRECTED, S.DRAFT),
    ({S.REFUSED, S.REJECTED}, E.RESENT, S.QUEUED),
    ({S.PENDED_INFORMATION, S.PENDED_REVIEW}, E.DOCUMENTS_SENT, S.PENDED_REVIEW),
    ({S.PENDED_INFORMATION, S.PENDED_REVIEW}, E.CLOSED_BY_PAYER, S.CLOSED),
    (IN_FORCE | {S.EXPIRED}, E.WINDOW_ENDED, S.EXPIRED),
    (IN_FORCE | {S.EXHAUSTED}, E.UNITS_USED_UP, S.EXHAUSTED),
    (IN_FORCE | {S.EXPIRED, S.EXHAUSTED}, E.REVISION_ACCEPTED, S.SUPERSEDED),
    ({S.NOT_CERTIFIED, S.MODIFIED, S.PARTIAL}, E.APPEAL_IMMEDIATE_SENT, S.APPEAL_IMMEDIATE),
    ({S.NOT_CERTIFIED, S.MODIFIED, S.PARTIAL}, E.APPEAL_STANDARD_SENT, S.APPEAL_STANDARD),
    (UNDER_APPEAL | {S.OVERTURNED}, E.ANSWERED_CERTIFIED, S.OVERTURNED),
    (UNDER_APPEAL | {S.OVERTURNED}, E.ANSWERED_MODIFIED, S.OVERTURNED),
    (UNDER_APPEAL | {S.UPHELD}, E.ANSWERED_DENIED, S.UPHELD),
)


def _table() -> dict[tuple[State, Event], State]:
    table = {(state, event): to for event, to in ANSWERS.items() for state in ANSWERABLE}
    # What arrives late about the journey must not undo what is known about the decision.
    journey = (E.UPLOADED, E.ACKNOWLEDGED, E.REFUSED_BY_ACK)
    table |= {(state, event): state for event in journey for state in ANSWERABLE}
    table |= {(state, event): to for states, event, to in _ROWS for state in states}
    return table


TRANSITIONS = MappingProxyType(_table())
"""The whole life cycle; what is not in it cannot happen."""


def advance(state: State | str, event: Event | str) -> State:
    """Return the state that follows `state` when `event` happens.

    Raises:
        UsageError: the event makes no sense in that state.
    """
    key = (State(state), Event(event))
    try:
        return TRANSITIONS[key]
    except KeyError:
        expected = ", ".join(sorted({e for s, e in TRANSITIONS if s == key[0]})) or "nothing more"
        raise UsageError(
            f"A request that is '{key[0]}' cannot have '{key[1]}' happen to it; expected: "
            f"{expected}. Check which request the event belongs to."
        ) from None


def as_markdown() -> str:
    """Render the table for the documentation: one row per (event, target), its sources joined."""
    lines = ["| event | from | to |", "|---|---|---|"]
    for event, target, sources in _grouped():
        lines.append(f"| {event} | {', '.join(sources)} | {target} |")
    return "\n".join(lines) + "\n"


def as_mermaid() -> str:
    """Render the table as a Mermaid state diagram.

    Answers that may come in every state are drawn once, from a node `any_state_after_queued`, and
    events that change nothing are left out; otherwise the picture would hide the life cycle.
    """
    lines = ["stateDiagram-v2", "    [*] --> draft"]
    for event, target, sources in _grouped():
        general = ANSWERS.get(event) == target
        shown = ("any_state_after_queued",) if general else sources
        lines += [f"    {source} --> {target}: {event}" for source in shown if source != target]
    lines += [f"    {state} --> [*]" for state in sorted(TERMINAL)]
    return "\n".join(lines) + "\n"


def _grouped() -> list[tuple[Event, State, tuple[State, ...]]]:
    groups: dict[tuple[Event, State], list[State]] = {}
    for (source, event), target in TRANSITIONS.items():
        groups.setdefault((event, target), []).append(source)
    order = {event: n for n, event in enumerate(Event)}
    places = {state: n for n, state in enumerate(State)}
    return [
        (event, target, tuple(sorted(sources, key=places.__getitem__)))
        for (event, target), sources in sorted(
            groups.items(), key=lambda item: (order[item[0][0]], places[item[0][1]])
        )
    ]
