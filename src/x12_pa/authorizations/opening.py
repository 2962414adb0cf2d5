"""A request as undecided authorizations: the stored form that answers are compared with.

Version 0 means "not answered yet"; the first decision becomes version 1. What was asked stays on
every later version (`requested_*`, procedures, trace), so that asked and authorised can be compared
without going back to the file.
"""

from x12_pa.authorizations.adapters import view_request
from x12_pa.authorizations.records import Authorization, authorization_id
from x12_pa.authorizations.states import State
from x12_pa.authorizations.views import DateView, LevelView, TransactionView
from x12_pa.models.review import ReviewRequest

_REQUESTED_DATES = ("472", "AAH", "435")


def opened(
    request: ReviewRequest | TransactionView, *, state: str = State.QUEUED
) -> tuple[Authorization, ...]:
    """Return one undecided authorization per event and service of a request, in request order."""
    view = view_request(request) if isinstance(request, ReviewRequest) else request
    records = []
    for event, found in enumerate(view.events, 1):
        for service, level in enumerate((found.event, *found.services)):
            records.append(
                open_level(view, found.event, level, (event, service or None), state=state)
            )
    return tuple(records)


def open_level(
    view: TransactionView,
    event: LevelView,
    level: LevelView,
    number: tuple[int, int | None],
    *,
    state: str,
    asked: bool = True,
) -> Authorization:
    """Return one undecided authorization; with `asked` False nothing is claimed as requested.

    `number` is that of the event and of the service, None for the event itself. A service states
    only what differs from its event, so review fields and dates fall back to it.
    """
    event_number, service_number = number
    dates = (_requested(level) or _requested(event)) if asked else None
    traces = (t.number for t in level.traces if t.kind == ("1" if asked else "2"))
    return Authorization(
        id=authorization_id(view.reference, service_number, event_number),
        request=view.reference,
        trace=next(traces, None),
        level=level.level,
        event=event_number,
        service=service_number,
        payer=view.payer,
        payer_name=view.payer_name,
        member_id=view.member_id,
        patient=view.patient,
        state=str(state),
        version=0,
        category=level.category or event.category,
        verb=level.verb or event.verb,
        service_type=level.service_type or event.service_type,
        place_of_service=level.place_of_service or event.place_of_service,
        urgency=event.urgency,
        procedures=level.procedures,
        requested_quantity=level.quantity if asked else None,
        provider_npis=level.provider_npis or event.provider_npis,
        requested_from=dates.start if dates else None,
        requested_to=(dates.end or dates.start) if dates else None,
        previous_number=level.previous_number or event.previous_number,
        own_decision=service_number is None,
    )


def _requested(level: LevelView) -> DateView | None:
    return next((day for name in _REQUESTED_DATES if (day := level.date(name))), None)
