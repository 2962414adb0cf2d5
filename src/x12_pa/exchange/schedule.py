"""When is a mailbox due? A pure function of its settings, the time, and its last start.

Windows and weekdays are local wall time of the mailbox's zone, whatever the clocks there do:

* a window that begins in the hour that is skipped in spring begins when that hour is over;
* a window in the hour that comes twice in autumn is the first of the two;
* a window that ends after midnight belongs to the weekday on which it begins.

`windows` alone means one run in each window, `every` alone a run per interval, both together a run
per interval inside the windows. A run that did not finish is tried again inside its window. The
scheduler only ticks; because of this function it never needs a cron expression.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from attrs import frozen

from x12_pa.configuration import MailboxSettings
from x12_pa.configured_values import WEEKDAYS, Window

RETRY = timedelta(minutes=5)
_LOOK_AHEAD = 9


@frozen(kw_only=True)
class Due:
    """The answer: run now or not, why, and when next (None if now, or never)."""

    now: bool
    reason: str
    next_at: datetime | None = None


def due(
    box: MailboxSettings, now: datetime, last_started: datetime | None, *, retry: bool = False
) -> Due:
    """Say whether a mailbox is to be run at `now`.

    Args:
        box: its settings.
        now: the time, aware.
        last_started: when it was last begun, None if never.
        retry: its last run did not finish all that it had to do.
    """
    opening = _open_at(box, now)
    if opening is None:
        return Due(now=False, reason="outside its windows", next_at=_next_opening(box, now))
    begin, end, shown = opening
    if box.every is None and (last_started is None or last_started < begin):
        return Due(now=True, reason=f"window {shown}")
    pause = box.every if box.every is not None else RETRY
    if box.every is None and not retry:
        return Due(now=False, reason=f"done in {shown}", next_at=_next_opening(box, now))
    if last_started is None or now - last_started >= pause:
        return Due(now=True, reason="retry" if box.every is None else "interval over")
    next_at = last_started + pause
    later = next_at if next_at < end else _next_opening(box, now)
    return Due(now=False, reason="interval not over", next_at=later)


def openings(box: MailboxSettings, day: date) -> Iterator[tuple[datetime, datetime, str]]:
    """Yield (begin, end, name) in UTC of what opens on a local day; `end` is not included."""
    if WEEKDAYS[day.weekday()] not in box.weekdays:
        return
    if not box.windows:
        begin = _instant(day, time(0), box.zone)
        yield begin, _instant(day + timedelta(days=1), time(0), box.zone), "all day"
    for window in box.windows:
        begin, end = _bounds(window, day, box.zone)
        yield begin, end, str(window)


def _bounds(window: Window, day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    last = day if window.end > window.start else day + timedelta(days=1)
    begin, end = _instant(day, window.start, zone), _instant(last, window.end, zone)
    if end <= begin:
        end = begin + (datetime.combine(last, window.end) - datetime.combine(day, window.start))
    return begin, end


def _open_at(box: MailboxSettings, now: datetime) -> tuple[datetime, datetime, str] | None:
    today = now.astimezone(box.zone).date()
    found = [
        opening
        for day in (today - timedelta(days=1), today)
        for opening in openings(box, day)
        if opening[0] <= now < opening[1]
    ]
    return max(found, default=None)


def _next_opening(box: MailboxSettings, now: datetime) -> datetime | None:
    today = now.astimezone(box.zone).date()
    begins = (
        begin
        for offset in range(_LOOK_AHEAD)
        for begin, _, _ in openings(box, today + timedelta(days=offset))
        if begin > now
    )
    return min(begins, default=None)


def _instant(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """Return the UTC instant of a wall time; inside a spring gap, the end of the gap."""
    naive = datetime.combine(day, wall)
    late = naive.replace(tzinfo=zone).astimezone(UTC)
    if late.astimezone(zone).replace(tzinfo=None) == naive:
        return late
    early = naive.replace(tzinfo=zone, fold=1).astimezone(UTC)
    before = early.astimezone(zone).utcoffset()
    while late - early > timedelta(seconds=1):
        middle = early + (late - early) / 2
        if middle.astimezone(zone).utcoffset() == before:
            early = middle
        else:
            late = middle
    return (late + timedelta(milliseconds=500)).replace(microsecond=0)
