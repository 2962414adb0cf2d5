"""Dates in a window around today: the operator, and what its expressions mean."""

import re
from collections.abc import Iterator
from datetime import date, timedelta

from attrs import frozen

from x12_pa.errors import ConfigError
from x12_pa.guides.checks import Breach, View


@frozen
class DateWindow:
    """A date lies in a window around today, and a range is not too long."""

    path: str
    not_before: str | None = None
    not_after: str | None = None
    max_span: str | None = None
    except_: tuple[str, ...] = ()
    operator: str = "date_window"

    @property
    def paths(self) -> tuple[str, ...]:
        """The path and its exceptions."""
        return (self.path, *self.except_)

    def breaches(self, view: View) -> Iterator[Breach]:
        """Yield each date that lies outside, and each range that is too long."""
        spared = {id(item) for path in self.except_ for item, _ in view.find(path)}
        for item, value in view.find(self.path):
            if id(item) in spared or (days := _days(value)) is None:
                continue
            for word in self._objections(days, view.today()):
                yield Breach(path=self.path, item=item, value=value, expected=word)

    def _objections(self, days: tuple[date, date], today: date) -> Iterator[str]:
        start, end = days
        if self.not_before and start < (low := day_of(self.not_before, today)):
            yield f"{self.path} must not be before {low} ({self.not_before})"
        if self.not_after and end > (high := day_of(self.not_after, today)):
            yield f"{self.path} must not be after {high} ({self.not_after})"
        if self.max_span and end >= add_period(start, self.max_span) + timedelta(days=1):
            yield f"{self.path} must not span more than {self.max_span}"


def _days(value: str) -> tuple[date, date] | None:
    first, _, second = value.partition("-")
    try:
        start = date(int(first[:4]), int(first[4:6]), int(first[6:8]))
        second = second or first
        return start, date(int(second[:4]), int(second[4:6]), int(second[6:8]))
    except ValueError:
        return None


_PERIOD = re.compile(r"P(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<days>\d+)D)?$")


def add_period(day: date, period: str, sign: int = 1) -> date:
    """Return a day moved by an ISO period such as `P27M`; the end of a month is kept inside.

    Raises:
        ConfigError: the period is none.
    """
    match = _PERIOD.match(period)
    if match is None or period == "P":
        raise ConfigError(f"'{period}' is not a period; write P3Y, P27M or P90D.")
    years, months, days = (int(match[name] or 0) for name in ("years", "months", "days"))
    count = day.year * 12 + day.month - 1 + sign * (years * 12 + months)
    year, month = count // 12, count % 12 + 1
    last = (date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month, min(day.day, last)) + timedelta(days=sign * days)


def day_of(text: str, today: date) -> date:
    """Return the day that `today`, `today-P27M`, `2026-01-31` or `end_of_month(…)` means.

    Raises:
        ConfigError: the expression is none of these.
    """
    inner = re.fullmatch(r"end_of_month\((.*)\)", text)
    if inner:
        day = day_of(inner[1], today)
        return add_period(day.replace(day=1), "P1M") - timedelta(days=1)
    moved = re.fullmatch(r"today(?:([+-])(P\w+))?", text)
    if moved:
        return add_period(today, moved[2], 1 if moved[1] == "+" else -1) if moved[1] else today
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ConfigError(
            f"'{text}' is not a day; write today, today-P27M, end_of_month(today+P1M) or a date."
        ) from None
