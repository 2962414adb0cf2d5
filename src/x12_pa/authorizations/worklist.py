"""What is to be done next, sorted by what breaks first.

A queue sorted by age hides the request that is two hours from its deadline. So each row has the
instant that something is due and the rule that says so, whose turn it is, and one sentence of what
to do. Meanings of codes come from the guide through `labels`; the sentences are ours.

A service that only repeats its event is not a row of its own, and neither is an event whose
services say everything; otherwise one denied request would look like three.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import get_args
from zoneinfo import ZoneInfo

from attrs import frozen

from x12_pa.authorizations.advice import advise
from x12_pa.authorizations.cases import (
    REVIEW_ACTION,
    REVIEW_REASON,
    Advice,
    Case,
    Labels,
    Turn,
    View,
    named,
)
from x12_pa.authorizations.clocks import Deadline
from x12_pa.authorizations.records import Authorization
from x12_pa.authorizations.states import IN_FORCE, State
from x12_pa.errors import UsageError

VIEWS: tuple[str, ...] = get_args(View)
EXPIRY_STEPS = (7, 14, 30)
"""Days before the end of a window at which it is brought up, nearest first."""


@frozen(kw_only=True)
class Row:
    """One line of the worklist.

    `hours_left` is negative when overdue. `expires_in` is 7, 14 or 30: the step the window has
    reached, or None. `action` and `reasons` are codes with the guide's labels.
    """

    authorization: Authorization
    turn: Turn
    next: str
    due: datetime | None = None
    rule: str | None = None
    citation: str | None = None
    hours_left: float | None = None
    expires_in: int | None = None
    action: str = ""
    reasons: str = ""


def worklist(
    cases: Iterable[Case], view: str = "due", *, now: datetime, labels: Labels
) -> tuple[Row, ...]:
    """Return the rows of a view, the nearest breach first; rows without a deadline come last.

    Args:
        cases: current authorizations with their surroundings.
        view: one of `VIEWS`. "due" is what we have to act on and whatever is overdue.
        now: the present, aware.
        labels: labels of code values, from the compiled guide or the code lists.

    Raises:
        UsageError: there is no such view.
    """
    if view not in VIEWS:
        raise UsageError(f"There is no worklist view '{view}'; use one of {', '.join(VIEWS)}.")
    rows = []
    for case in _speaking(tuple(cases)):
        advice = advise(case, now, labels)
        step, ends = _expiry(case, now)
        if _shown(view, advice, step, now):
            rows.append(_row(case, advice, now, labels, step, ends))
    far = datetime.max.replace(tzinfo=UTC)
    return tuple(sorted(rows, key=lambda row: (row.due or far, row.authorization.id)))


_Place = tuple[str, int]
"""A request and the number of its event."""


def _speaking(cases: Sequence[Case]) -> list[Case]:
    """Leave out records that only repeat or contain others."""
    records = [case.authorization for case in cases]
    events = {_place(r): r for r in records if r.level == "event"}
    services: dict[_Place, list[Authorization]] = {}
    for record in records:
        if record.level == "service":
            services.setdefault(_place(record), []).append(record)
    return [
        case
        for case in cases
        if _speaks(case.authorization, events, services.get(_place(case.authorization), []))
    ]


def _place(record: Authorization) -> _Place:
    return record.request, record.event


def _repeats(service: Authorization, events: Mapping[_Place, Authorization]) -> bool:
    """Say whether a service says no more than its event, by silence or in the same words."""
    event = events.get(_place(service))
    if event is None or event.state != service.state:
        return False
    return not service.own_decision or (
        service.state not in IN_FORCE and _wording(service) == _wording(event)
    )


def _wording(record: Authorization) -> tuple[object, ...]:
    return record.action, record.reasons, record.number, record.asks, record.rejections


def _speaks(
    record: Authorization,
    events: Mapping[_Place, Authorization],
    services: Sequence[Authorization],
) -> bool:
    if record.level == "service":
        return not _repeats(record, events)
    if all(_repeats(service, events) for service in services):
        return True
    contains = record.state == State.PARTIAL or not record.own_decision
    return not contains and not _numbered_below(record, services)


def _numbered_below(event: Authorization, services: Sequence[Authorization]) -> bool:
    """Say whether the numbers stand at the services, so that the event needs none of its own."""
    own = all(service.own_decision for service in services)
    numbered = any(service.number for service in services)
    return event.state in IN_FORCE and not event.number and own and numbered


def _shown(view: str, advice: Advice, step: int | None, now: datetime) -> bool:
    if view == "all":
        return True
    if view == "expiring":
        return step is not None
    if view == "due":
        overdue = advice.due is not None and advice.due.due < now
        return advice.turn == "ours" or overdue
    return view == advice.view


def _expiry(case: Case, now: datetime) -> tuple[int | None, Deadline | None]:
    """Return the step that the end of a window in force has reached, and that end."""
    last = case.authorization.expires_on
    if last is None or case.authorization.state not in IN_FORCE:
        return None, None
    zone = ZoneInfo(case.zone)
    days = (last - now.astimezone(zone).date()).days
    step = next((step for step in EXPIRY_STEPS if 0 <= days <= step), None)
    end = datetime.combine(last + timedelta(days=1), time(), tzinfo=zone).astimezone(UTC)
    source = case.authorization.window_source or "window"
    return step, Deadline(due=end, rule="window-end", citation=source, basis="agreement")


def _row(
    case: Case,
    advice: Advice,
    now: datetime,
    labels: Labels,
    step: int | None,
    ends: Deadline | None,
) -> Row:
    record = case.authorization
    due, text = advice.due, advice.next
    if step is not None and record.expires_on is not None:
        left = (record.expires_on - now.astimezone(ZoneInfo(case.zone)).date()).days
        ending = f"The window ends in {left} days: renew it, or see that the service is done."
        text = ending if advice.turn == "nobody" else f"{text} {ending}"
        due = due or ends
    return Row(
        authorization=record,
        turn=advice.turn,
        next=text,
        due=due.due if due else None,
        rule=due.rule if due else None,
        citation=due.citation if due else None,
        hours_left=round((due.due - now).total_seconds() / 3600, 1) if due else None,
        expires_in=step,
        action=named(labels, REVIEW_ACTION, [record.action] if record.action else []),
        reasons=named(labels, REVIEW_REASON, record.reasons),
    )
