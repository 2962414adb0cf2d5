"""When a mailbox is due, through every kind of day that zones have."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest

from x12_pa.configuration import MailboxSettings
from x12_pa.configured_values import Window, windows
from x12_pa.exchange.schedule import due, openings

ZONES = (
    "America/New_York",
    "America/Los_Angeles",
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Pacific/Chatham",
    "UTC",
)
WALLS = ("00:05-00:20", "01:30-01:45", "02:00-02:10", "02:30-02:45", "23:50-00:10", "12:00-13:00")
NY = ZoneInfo("America/New_York")


def box(zone: str = "America/New_York", **settings) -> MailboxSettings:
    return MailboxSettings(name="acme", zone=ZoneInfo(zone), **settings)


def window(*texts: str) -> tuple[Window, ...]:
    return windows(list(texts), None)  # type: ignore[arg-type]


def runs(mailbox, begin, end, step=timedelta(minutes=10)):
    """Tick through a span and return when the mailbox was run."""
    started, last, now = [], None, begin
    while now < end:
        if due(mailbox, now, last).now:
            started.append(now)
            last = now
        now += step
    return started


def changing_days(zone: ZoneInfo) -> list[date]:
    """Return the days of 2026 on which the clocks change, and one that has no change."""
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]

    def offset(day):
        return datetime(day.year, day.month, day.day, tzinfo=zone).utcoffset()

    found = [d for d in days if offset(d) != offset(d + timedelta(days=1))]
    return [*found, date(2026, 7, 1)]


@pytest.mark.parametrize("wall", WALLS)
@pytest.mark.parametrize("name", ZONES)
def test_a_window_runs_once_on_each_day_whatever_the_clocks_do(name, wall):
    mailbox = box(name, windows=window(wall))
    for day in changing_days(mailbox.zone):
        begin = datetime(day.year, day.month, day.day, tzinfo=mailbox.zone) - timedelta(days=1)
        found = runs(mailbox, begin.astimezone(UTC), begin.astimezone(UTC) + timedelta(hours=74))
        days = [next(b for b, _, _ in openings(mailbox, day + timedelta(days=n))) for n in range(2)]
        assert all(sum(b <= r < b + timedelta(minutes=10) for r in found) == 1 for b in days), day


@pytest.mark.long
@pytest.mark.parametrize("name", sorted(available_timezones()))
def test_every_window_of_every_zone_has_a_length_and_its_own_time_all_year(name):
    mailbox = box(name, windows=window(*WALLS))
    for number in range(365):
        found = list(openings(mailbox, date(2026, 1, 1) + timedelta(days=number)))
        assert len(found) == len(WALLS)
        assert all(begin < end for begin, end, _ in found)


def test_a_window_in_the_hour_that_spring_skips_begins_when_the_hour_is_over():
    mailbox = box(windows=window("02:30-02:45"))
    begin, end, _ = next(openings(mailbox, date(2026, 3, 8)))
    assert begin.astimezone(NY).isoformat() == "2026-03-08T03:00:00-04:00"
    assert end - begin == timedelta(minutes=15)


def test_a_window_in_the_hour_that_autumn_repeats_is_the_first():
    mailbox = box(windows=window("01:30-01:45"))
    begin, _, _ = next(openings(mailbox, date(2026, 11, 1)))
    assert begin.astimezone(NY).isoformat() == "2026-11-01T01:30:00-04:00"


def test_an_interval_runs_as_often_as_it_says():
    mailbox = box("UTC", every=timedelta(minutes=15))
    day = datetime(2026, 11, 22, tzinfo=UTC)
    assert len(runs(mailbox, day, day + timedelta(hours=2), timedelta(minutes=5))) == 8


def test_an_interval_inside_windows_stays_inside_them():
    mailbox = box("UTC", every=timedelta(minutes=15), windows=window("22:00-23:00"))
    day = datetime(2026, 11, 22, tzinfo=UTC)
    found = runs(mailbox, day, day + timedelta(days=1), timedelta(minutes=5))
    assert (found[0].hour, len(found)) == (22, 4)


def test_a_window_over_midnight_belongs_to_the_weekday_on_which_it_begins():
    mailbox = box("UTC", windows=window("23:00-01:00"), weekdays=("fri",))
    saturday = datetime(2026, 11, 28, 0, 30, tzinfo=UTC)
    assert due(mailbox, saturday, None).now
    assert not due(mailbox, saturday + timedelta(days=1), None).now


def test_a_run_that_did_not_finish_is_tried_again_in_its_window_only():
    mailbox = box("UTC", windows=window("22:00-22:30"))
    at = datetime(2026, 11, 22, 22, 0, tzinfo=UTC)
    assert due(mailbox, at + timedelta(minutes=5), at, retry=True).now
    assert not due(mailbox, at + timedelta(minutes=5), at).now
    assert not due(mailbox, at + timedelta(minutes=31), at, retry=True).now


def test_the_answer_says_when_it_is_next_due():
    mailbox = box("UTC", windows=window("22:00-23:00"), weekdays=("mon",))
    answer = due(mailbox, datetime(2026, 11, 22, 12, tzinfo=UTC), None)
    assert (answer.now, answer.next_at) == (False, datetime(2026, 11, 23, 22, tzinfo=UTC))
