"""From when to when an authorization holds, and which segment says so.

A certification window may be spelled in several ways, and many payers send none of the two dates
made for it. The precedence, first that gives a start wins:

1. certification effective date (007) of the service, a range or a start with 036 as its end;
2. the same of the event, each field on its own;
3. the service date (472) of the *response*; a service-level AAH is off the guide but seen, and is
   taken here with a warning;
4. the event date (AAH) or admission/discharge (435/096) of the response;
5. none: unknown.

A certification expiration (036) ends every window but a complete 007 range. The issue date (102)
never starts one, the dates of the request never count, and the end is inclusive.

Source: notes on X12 278 dates, section 2.8 of the domain description.
"""

from datetime import date

from attrs import evolve, frozen

from x12_pa.authorizations.records import Note
from x12_pa.authorizations.views import DateView, LevelView

EFFECTIVE, EXPIRES, ISSUED = "007", "036", "102"
SERVICE_DATE, EVENT_DATE, ADMISSION, DISCHARGE = "472", "AAH", "435", "096"


@frozen(kw_only=True)
class Window:
    """An inclusive range of days; None at a side means that side is not stated."""

    start: date | None = None
    end: date | None = None
    source: str | None = None
    notes: tuple[Note, ...] = ()


def window(event: LevelView, service: LevelView | None = None) -> Window:
    """Return the authorised window of `service`, or of the event itself when it is None."""
    levels = (event,) if service is None else (service, event)
    certified = _certified(levels)
    if certified is not None and certified.end is not None:
        return _straightened(certified)
    return _straightened(_ended(certified or _dated(levels) or Window(), levels))


def _certified(levels: tuple[LevelView, ...]) -> Window | None:
    for level in levels:
        if day := level.date(EFFECTIVE):
            return Window(start=day.start, end=day.end, source=_source(level, day))
    return None


def _dated(levels: tuple[LevelView, ...]) -> Window | None:
    for level in levels:
        names = (SERVICE_DATE, EVENT_DATE) if level.level == "service" else (EVENT_DATE, ADMISSION)
        for name in names:
            if day := level.date(name):
                return _from_date(level, day)
    return None


def _from_date(level: LevelView, day: DateView) -> Window:
    found = Window(start=day.start, end=day.end, source=_source(level, day))
    if day.qualifier == ADMISSION:
        leaving = level.date(DISCHARGE)
        if day.end is None and leaving is not None:
            return evolve(found, end=leaving.start, source=f"{found.source}+{DISCHARGE}")
        return found
    if day.end is None:
        found = evolve(found, end=day.start)
    if level.level == "service" and day.qualifier == EVENT_DATE:
        text = "The authorised dates stand in an event date at service level: off the guide, taken."
        note = Note(code="window-off-guide", where=f"{level.loop}/DTP*{EVENT_DATE}", text=text)
        found = evolve(found, notes=(note,))
    return found


def _ended(found: Window, levels: tuple[LevelView, ...]) -> Window:
    """Let a certification expiration date end the window, wherever its start came from."""
    for level in levels:
        if day := level.date(EXPIRES):
            where = _source(level, day)
            if found.source is None:
                return evolve(found, end=day.end or day.start, source=where)
            short = EXPIRES if found.source.startswith(level.loop) else where
            return evolve(found, end=day.end or day.start, source=f"{found.source}+{short}")
    return found


def _straightened(found: Window) -> Window:
    if found.start is None or found.end is None or found.start <= found.end:
        return found
    text = "The first day of the range is after its last; they were read the other way round."
    note = Note(code="window-reversed", where=found.source or "", text=text)
    return evolve(found, start=found.end, end=found.start, notes=(*found.notes, note))


def _source(level: LevelView, day: DateView) -> str:
    return f"{level.loop}/DTP*{day.qualifier}"
