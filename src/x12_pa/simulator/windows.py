"""The certified dates, in each of the ways in which payers write them.

The window begins where the requested dates begin and ends some days after they end, so that it does
not depend on the day of the run. It is written as an effective date range (007), as effective and
expiration date (007 and 036), as a plain event or service date (AAH, 472), or as admission and
discharge (435, 096): readers must know them all.
"""

from datetime import date, timedelta

from attrs import evolve

from x12_pa.models import Event, Period, Quantity, Service
from x12_pa.simulator.case import Case
from x12_pa.simulator.personality import Window


def _requested(case: Case, period: Period | None, quantity: Quantity | None) -> Period:
    """Return the days asked for: the dates given, or the admission and the days of the stay."""
    if period is None:
        return Period(case.today, case.today)
    last = period.last
    days = quantity is not None and quantity.unit == "DY" and quantity.per is None
    if days and period.end is None and quantity is not None and quantity.amount is not None:
        last = period.start + timedelta(days=int(quantity.amount))
    return Period(period.start, last)


def _range(asked: Period, window: Window) -> tuple[date, date]:
    return asked.start, asked.last + timedelta(days=window.days)


def event_window(case: Case, event: Event) -> Event:
    """Return the event with its certified dates."""
    window = case.answer.window
    asked = event.event_date or event.admission_date
    if asked is None:
        dates = [each.service_date for each in event.services if each.service_date is not None]
        asked = dates[0] if dates else None
    start, end = _range(_requested(case, asked, event.quantity), window)
    issued = case.today
    if window.form == "007":
        effective = Period(start, end)
        return evolve(event, certification_issued=issued, certification_effective=effective)
    if window.form == "007+036":
        return evolve(
            event,
            certification_issued=issued,
            certification_effective=Period(start),
            certification_expires=end,
        )
    if window.form == "435+096":
        return evolve(event, event_date=None, admission_date=Period(start), discharge_date=end)
    return evolve(event, event_date=Period(start, end), admission_date=None)


def service_window(case: Case, service: Service) -> Service:
    """Return the service with its certified dates."""
    window = case.answer.window
    asked = service.service_date or case.request.event.event_date
    start, end = _range(_requested(case, asked, None), window)
    if window.form == "472":
        return evolve(service, service_date=Period(start, end))
    if window.form == "007+036":
        return evolve(
            service,
            certification_issued=case.today,
            certification_effective=Period(start),
            certification_expires=end,
        )
    effective = Period(start, end)
    return evolve(service, certification_issued=case.today, certification_effective=effective)
