"""From an answer to decisions: one `Authorization` per event and one per service.

`effective` says what holds at a level; here it is set against what was asked. What is easily got
wrong: an event that is denied may have certified services below it; a service that the answer
leaves out may keep its earlier decision, follow the event, or be cancelled with it; a rejection
(AAA) above the events leaves everything asked for undecided, and nothing was denied.

Source: X12 requests for interpretation 1620 and 2477; domain description sections 2.3-2.14.
"""

from collections.abc import Sequence
from datetime import date

from attrs import evolve, frozen

from x12_pa.authorizations.adapters import view_response
from x12_pa.authorizations.effective import (
    CANCELLED,
    PARTLY,
    Effective,
    effective,
    tidy,
)
from x12_pa.authorizations.opening import open_level, opened
from x12_pa.authorizations.pairing import Pairing, pair_services
from x12_pa.authorizations.records import Authorization, Contact, Note, Quantity
from x12_pa.authorizations.states import ANSWERABLE, State, advance
from x12_pa.authorizations.views import EventView, LevelView, TransactionView
from x12_pa.authorizations.windows import ISSUED
from x12_pa.models.review import ReviewRequest, ReviewResponse

MORE_TO_COME = "19"


def decisions(
    response: ReviewResponse, asked: ReviewRequest | Sequence[Authorization] = ()
) -> tuple[Authorization, ...]:
    """Return what a response decides about the request it answers.

    Args:
        response: the parsed answer.
        asked: the request, or its current authorizations as the ledger has them. Without it (a
            request made elsewhere) the answer alone is used.

    Returns:
        One record per event and per service, in request order, then services the payer added.
        Every record says version 1; `history.settle` gives the true version.
    """
    known = opened(asked) if isinstance(asked, ReviewRequest) else tuple(asked)
    return decide(view_response(response), known)


def decide(
    answer: TransactionView, asked: Sequence[Authorization] = ()
) -> tuple[Authorization, ...]:
    """Return the decisions of a response view; see `decisions`."""
    if not answer.events:
        return _nothing_reviewed(answer, asked)
    records: list[Authorization] = []
    for number, (view, known) in enumerate(_pair_events(answer.events, asked), 1):
        event = known.event if known else number
        services = [a for a in asked if a.level == "service" and a.event == event]
        context = _Context(
            answer=answer,
            event=tidy(view.event),
            services=tuple(tidy(service) for service in view.services),
            number=event,
            outside=not asked,
        )
        records += _decide_event(context, known, services)
    return tuple(records)


@frozen(kw_only=True)
class _Context:
    """One event of an answer with its services, tidied, and what stands around it."""

    answer: TransactionView
    event: LevelView
    services: tuple[LevelView, ...]
    number: int
    outside: bool


def _pair_events(
    views: Sequence[EventView], asked: Sequence[Authorization]
) -> list[tuple[EventView, Authorization | None]]:
    free = [record for record in asked if record.level == "event"]
    pairs: list[tuple[EventView, Authorization | None]] = []
    for view in views:
        traces = {trace.number for trace in view.event.traces if trace.kind == "2"}
        same = [record for record in free if record.trace in traces]
        known = next(iter(same or free), None)
        if known is not None:
            free.remove(known)
        pairs.append((view, known))
    return pairs


def _nothing_reviewed(
    answer: TransactionView, asked: Sequence[Authorization]
) -> tuple[Authorization, ...]:
    """Decide an answer that stops above the events: everything asked for stays undecided."""
    empty = LevelView(loop="2000E")
    if not asked:
        context = _Context(answer=answer, event=empty, services=(), number=1, outside=True)
        return tuple(_decide_event(context, None, ()))
    records: list[Authorization] = []
    for known in (record for record in asked if record.level == "event"):
        services = [a for a in asked if a.level == "service" and a.event == known.event]
        context = _Context(
            answer=answer, event=empty, services=(), number=known.event, outside=False
        )
        records += _decide_event(context, known, services)
    return tuple(records)


def _decide_event(
    context: _Context, known: Authorization | None, asked: Sequence[Authorization]
) -> list[Authorization]:
    pairs, silent = pair_services(context.services, asked, outside=context.outside)
    left_out = [
        Pairing(answered=LevelView(loop="2000F"), number=record.service or 1, asked=record)
        for record in silent
        if _follows_event(context, record)
    ]
    services = [
        _record(
            context,
            pair,
            effective(context.event, pair.answered, above=context.answer.rejections),
        )
        for pair in (*pairs, *left_out)
    ]
    services.sort(key=lambda record: record.service or 0)
    alone = not context.services and not asked
    holds = effective(context.event, above=context.answer.rejections, alone=alone)
    pair = Pairing(answered=context.event, number=0, asked=known)
    return [_contain(_record(context, pair, holds), services), *services]


def _follows_event(context: _Context, silent: Authorization) -> bool:
    """Say whether a service that the answer leaves out takes the event's decision.

    A service that has a decision of its own keeps it, unless the whole event was cancelled; and
    while more is to come, or the event states nothing that could hold for it, it stays as it is.
    """
    action = context.event.action
    if action == CANCELLED:
        return True
    if silent.action is not None and silent.own_decision:
        return False
    if action is None and context.services:
        return bool(context.event.rejections or context.answer.rejections)
    return not (action == PARTLY and context.answer.status == MORE_TO_COME)


def _contain(event: Authorization, services: Sequence[Authorization]) -> Authorization:
    """Give an event without a decision of its own the state that its services share, if any."""
    decided = {service.state for service in services if service.own_decision}
    if event.action is not None or event.rejections or not decided:
        return event
    state = decided.pop() if len(decided) == 1 else str(State.PARTIAL)
    notes = tuple(note for note in event.notes if note.code != "no-decision")
    return evolve(event, state=state, own_decision=False, notes=notes)


def _record(context: _Context, pair: Pairing, holds: Effective) -> Authorization:
    answer, level = context.answer, pair.answered
    base = pair.asked or open_level(
        answer,
        context.event,
        level,
        (context.number, pair.number or None),
        state=State.SENT,
        asked=False,
    )
    return evolve(
        _described(base, answer, level),
        state=_state(base, holds),
        action=holds.action,
        reasons=holds.reasons,
        number=holds.number,
        usable_on_claim=holds.usable,
        effective_on=holds.window.start,
        expires_on=holds.window.end,
        window_source=holds.window.source,
        issued_on=_issued(level, context.event),
        version=1,
        quantity=_authorised(holds.action, level, base),
        asks=holds.asks,
        contacts=_contacts(context, level),
        rejections=holds.rejections,
        messages=level.messages or (() if holds.own else context.event.messages),
        notes=_notes(context, pair, holds),
        own_decision=holds.own,
        added_by_payer=base.added_by_payer or (pair.asked is None and not context.outside),
    )


def _described(base: Authorization, answer: TransactionView, level: LevelView) -> Authorization:
    """Take over what the answer says about payer, member and service; keep what it leaves out."""
    return evolve(
        base,
        decided_at=answer.at,
        payer=answer.payer or base.payer,
        payer_name=answer.payer_name or base.payer_name,
        member_id=answer.member_id or base.member_id,
        service_type=level.service_type or base.service_type,
        place_of_service=level.place_of_service or base.place_of_service,
        procedures=level.procedures or base.procedures,
        provider_npis=level.provider_npis or base.provider_npis,
        administrative_reference=level.administrative_reference,
        previous_number=level.previous_number,
    )


def _contacts(context: _Context, level: LevelView) -> tuple[Contact, ...]:
    """Return whom to call, nearest first: the level's contacts, the event's, the payer's."""
    found = (*level.contacts, *context.event.contacts, *context.answer.contacts)
    return tuple(dict.fromkeys(found))


def _state(base: Authorization, holds: Effective) -> str:
    before = base.state if base.state in ANSWERABLE else State.SENT
    return str(advance(before, holds.happened))


def _authorised(action: str | None, level: LevelView, base: Authorization) -> Quantity | None:
    """Return what was authorised; certified in full without a quantity means what was asked."""
    if action == "A1":
        return level.quantity or base.requested_quantity
    return level.quantity if action in {"A6", PARTLY} else None


def _issued(level: LevelView, event: LevelView) -> date | None:
    found = level.date(ISSUED) or event.date(ISSUED)
    return found.start if found else None


def _notes(context: _Context, pair: Pairing, holds: Effective) -> tuple[Note, ...]:
    answer, level, asked = context.answer, pair.answered, pair.asked
    notes = [*answer.notes, *level.notes, *pair.notes, *holds.notes, *holds.window.notes]
    end = holds.window.end
    if end is not None and answer.at is not None and end < answer.at.date():
        notes.append(_note("window-past", holds.window.source or level.loop))
    if asked is not None and answer.member_id and asked.member_id != answer.member_id:
        notes.append(_note("member-changed", "2010C/NM109"))
    providers = level.provider_npis
    if asked is not None and providers and not set(providers) & set(asked.provider_npis):
        notes.append(_note("provider-changed", f"{level.loop}/NM109"))
    if holds.action == "A6" and level.quantity is None and asked and asked.requested_quantity:
        notes.append(_note("modified-without-quantity", f"{level.loop}/HSD"))
    return tuple(notes)


_TEXTS = {
    "window-past": "The window had ended when the answer was written: a retroactive approval.",
    "member-changed": "The payer answers for another member id than the request had; check it.",
    "provider-changed": "The payer names other providers than the request did; check them.",
    "modified-without-quantity": "The payer changed the service without saying how much it allows.",
}


def _note(code: str, where: str) -> Note:
    return Note(code=code, where=where, text=_TEXTS[code])
