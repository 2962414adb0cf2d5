"""Whether the patient is covered on a day: active, inactive, or unknown.

A statement speaks for the days of its dates. Without dates it speaks for the day of the answer
alone: the service date that the payer repeats, the day asked about, or the day the answer was made.
A statement about the service outweighs one about the plan. Statements of the same weight that
contradict each other leave "unknown", and so does an active service of a plan that is inactive.
"""

from collections.abc import Iterable, Sequence
from datetime import date

from attrs import frozen

from x12_pa.eligibility import codes
from x12_pa.eligibility.records import Ask, Coverage, Covered
from x12_pa.eligibility.rows import Patient, Row, fit_of, is_general
from x12_pa.eligibility.windows import Window, window_of
from x12_pa.models.codecs import Period
from x12_pa.models.eligibility_parts import DatedFact


@frozen(kw_only=True)
class _Vote:
    """What one statement says; `told` when it says so outright, not by its dates."""

    state: Covered
    reason: str
    told: bool
    window: Window
    row: Row


def coverage(patient: Patient, rows: Sequence[Row], ask: Ask, on: date, spoken: Period) -> Coverage:
    """Return the coverage on a day.

    Args:
        rows: the statements about the plan.
        spoken: the day or days that the answer speaks for when a statement has no dates.
    """
    dates = person_dates(patient)
    votes = [_vote(row, dates, on, spoken) for row in _deciding(rows, ask)]
    if not votes:
        return Coverage(state="unknown", notes=("no statement about coverage",))
    plan = [_vote(row, dates, on, spoken) for row in _about_the_plan(rows)]
    states = {vote.state for vote in votes if vote.told}
    gone = any(vote.told and vote.state == "inactive" for vote in plan)
    alive = any(vote.told and vote.state == "active" for vote in plan)
    if {"active", "inactive"} <= states or ("active" in states and gone and not alive):
        return _told("unknown", votes, "statements contradict each other")
    for state in ("active", "inactive", "unknown"):
        if found := [vote for vote in votes if vote.state == state]:
            return _told(state, found)
    raise AssertionError("a vote has one of three states")


def person_dates(patient: Patient) -> tuple[DatedFact, ...]:
    """Return the dates that hold for every benefit: the patient's own, else the subscriber's."""
    own = patient.dependent.person.dates if patient.dependent else ()
    return own or patient.subscriber.person.dates


def service_day(dates: Iterable[DatedFact]) -> Period | None:
    """Return the day of service that the payer says it speaks of; it need not be the one asked."""
    told = (fact.period for fact in dates if fact.type == codes.SERVICE_DATE)
    return next((period for period in told if period is not None), None)


def _deciding(rows: Sequence[Row], ask: Ask) -> list[Row]:
    """Return the statements of coverage about the service; else about the plan.

    When the plan as a whole is asked about and nothing speaks of it, coverage of any service shows
    that there is a plan in force.
    """
    said = [row for row in rows if row.benefit.information in codes.ACTIVE | codes.INACTIVE]
    for fit in ("procedure", "service type", "plan"):
        if found := [row for row in said if fit_of(row.benefit, ask) == fit]:
            return found
    return said if is_general(ask) else []


def _about_the_plan(rows: Sequence[Row]) -> list[Row]:
    said = [row for row in rows if row.benefit.information in codes.ACTIVE | codes.INACTIVE]
    general = Ask(service_type=codes.PLAN_IN_GENERAL)
    return [row for row in said if fit_of(row.benefit, general) is not None]


def _vote(row: Row, dates: Iterable[DatedFact], on: date, spoken: Period) -> _Vote:
    every = (*dates, *row.benefit.dates)
    window = window_of(every, skip=frozenset({codes.SERVICE_DATE}))
    spoken = service_day(row.benefit.dates) or spoken
    if row.benefit.information in codes.ACTIVE:
        state, reason = _active(window, on, spoken)
        told = state == "active"
    else:
        state, reason = _inactive(window, on, spoken)
        told = state == "inactive"
    return _Vote(state=state, reason=reason, told=told, window=window, row=row)


def _active(window: Window, on: date, spoken: Period) -> tuple[Covered, str]:
    if spoken.start <= on <= spoken.last and window.empty:
        return "active", ""
    if window.empty:
        return "unknown", "no dates are given; the answer speaks for another day"
    if window.after(on):
        return "inactive", "the coverage has ended"
    if window.before(on):
        if window.vague:
            return "unknown", "before the only date that is given"
        return "inactive", "the coverage has not begun"
    if window.ends is None and window.vague and on > max(spoken.last, window.begins or on):
        return "unknown", "no end is given, and the day lies after the answer"
    return "active", "" if window.ends else "no end is given"


def _inactive(window: Window, on: date, spoken: Period) -> tuple[Covered, str]:
    if window.after(on) or on >= spoken.start:
        return "inactive", ""
    if not window.empty and not window.vague and window.before(on):
        return "inactive", ""
    return "unknown", "inactive now; the answer does not speak for that day"


def _told(state: Covered, votes: Sequence[_Vote], note: str = "") -> Coverage:
    notes = [note, *(vote.reason for vote in votes)] if note else [vote.reason for vote in votes]
    windows = [vote.window for vote in votes]
    return Coverage(
        state=state,
        begins=windows[0].begins,
        ends=windows[0].ends,
        notes=tuple(dict.fromkeys(text for text in notes if text)),
        evidence=tuple(vote.row.place() for vote in votes),
    )
