"""Move requests along the life cycle when something is known about their journey."""

from x12_pa.authorizations.states import Event, State, advance
from x12_pa.errors import UsageError
from x12_pa.ledger.database import Tx
from x12_pa.ledger.requests import get_request, set_state

ANSWERED = "answered"
"""The state of a 270 that a 271 answered; 278s have states of their own for every answer."""


def move(tx: Tx, request_id: int, event: Event, reference: str | None = None) -> State | None:
    """Apply an event to a request; return its new state, or None when the event changes nothing.

    An event that the life cycle does not know in this state is recorded as a step without effect:
    partners do send acknowledgements twice, late, and after the answer. An inquiry that is answered
    is at its end, whatever comes after it.
    """
    request = get_request(tx, request_id)
    if request is None or request.state == ANSWERED:
        return None
    try:
        state = advance(request.state, event)
    except UsageError:
        return None
    if state == request.state:
        return None
    set_state(tx, request_id, state.value, event=event.value, reference=reference)
    return state
