"""How the text of one element becomes a Python value and back, chosen by the field's type.

X12 writes dates as `20261122`, ranges as `20261201-20261231` behind a format qualifier (`D8`,
`RD8`), yes and no as `Y` and `N`, times as `HHMM` up to `HHMMSSDD`, decimals without an exponent.
A codec answers `None` for text it cannot read, never a guess: the reader then keeps the raw
segment. Writing what was read gives the same text again.

JSON uses ISO 8601 for the same values: `2026-11-22`, `2026-12-01/2026-12-31`, `09:31`.
"""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any, NewType

from attrs import frozen

ClockTime = NewType("ClockTime", str)
"""A time of day in ISO form, `09:31`, `09:31:05` or `09:31:05.25`, as precise as it was sent."""


@frozen(order=True)
class Period:
    """One day (`end` is None) or a range of days with both ends included."""

    start: date
    end: date | None = None

    def isoformat(self) -> str:
        """Return `2026-12-01` or `2026-12-01/2026-12-31`."""
        return self.start.isoformat() if self.end is None else f"{self.start}/{self.end}"

    @property
    def last(self) -> date:
        """Return the last day that belongs to the period."""
        return self.end or self.start

    @classmethod
    def parse(cls, text: str) -> "Period":
        """Read the ISO form.

        Raises:
            ValueError: the text is neither a date nor an interval of two dates.
        """
        start, slash, end = text.partition("/")
        return cls(iso_date(start), iso_date(end) if slash else None)


def iso_date(text: str) -> date:
    """Read `YYYY-MM-DD` and no other ISO form.

    Raises:
        ValueError: the text is not such a date.
    """
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
        raise ValueError("expected YYYY-MM-DD")
    return date.fromisoformat(text)


def read_day(text: str) -> date | None:
    """Read `CCYYMMDD`."""
    if len(text) != 8 or not (text.isascii() and text.isdigit()):
        return None
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None


def write_day(value: date) -> str:
    """Write `CCYYMMDD`."""
    return f"{value.year:04d}{value.month:02d}{value.day:02d}"


def read_period(form: str, text: str) -> Period | None:
    """Read a date behind its format qualifier, `D8` or `RD8`."""
    if form == "D8":
        day = read_day(text)
        return None if day is None else Period(day)
    first, dash, last = text.partition("-")
    start, end = read_day(first), read_day(last)
    if form != "RD8" or not dash or start is None or end is None:
        return None
    return Period(start, end)


def write_period(value: Period | date) -> tuple[str, str]:
    """Return the format qualifier and the text."""
    if isinstance(value, date):
        return "D8", write_day(value)
    if value.end is None:
        return "D8", write_day(value.start)
    return "RD8", f"{write_day(value.start)}-{write_day(value.end)}"


_DECIMAL = re.compile(r"-?(\d+\.?\d*|\.\d+)", re.ASCII).fullmatch


def _read_decimal(text: str) -> Decimal | None:
    return Decimal(text) if _DECIMAL(text) else None


def _write_decimal(value: Decimal) -> str:
    return format(value, "f")


def _read_whole(text: str) -> int | None:
    return int(text) if re.fullmatch(r"-?\d+", text, re.ASCII) else None


def _read_flag(text: str) -> bool | None:
    return {"Y": True, "N": False}.get(text)


def _write_flag(value: bool) -> str:
    return "Y" if value else "N"


_TIME = re.compile(r"([01]\d|2[0-3])([0-5]\d)(?:([0-5]\d)(\d{1,2})?)?", re.ASCII)
_ISO_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.(\d{1,2}))?)?", re.ASCII)


def read_time(text: str) -> ClockTime | None:
    """Read `HHMM`, `HHMMSS`, `HHMMSSD` or `HHMMSSDD`."""
    if not (found := _TIME.fullmatch(text)):
        return None
    hours, minutes, seconds, fraction = found.groups()
    tail = f":{seconds}" if seconds else ""
    return ClockTime(f"{hours}:{minutes}{tail}" + (f".{fraction}" if fraction else ""))


def iso_time(text: str) -> ClockTime:
    """Check the ISO form of a time of day.

    Raises:
        ValueError: the text is not `HH:MM`, `HH:MM:SS` or `HH:MM:SS.ss`.
    """
    if not _ISO_TIME.fullmatch(text):
        raise ValueError("expected HH:MM or HH:MM:SS")
    return ClockTime(text)


def _write_time(value: str) -> str:
    return value.replace(":", "").replace(".", "")


@frozen
class Codec:
    """Both directions of one Python type.

    Attributes:
        dated: it stands behind a format qualifier.
        ranged: it may be a range of days.
    """

    read: Callable[[str], Any]
    write: Callable[[Any], str]
    dated: bool = False
    ranged: bool = False


CODECS: dict[Any, Codec] = {
    str: Codec(lambda text: text, lambda value: value),
    Decimal: Codec(_read_decimal, _write_decimal),
    int: Codec(_read_whole, str),
    bool: Codec(_read_flag, _write_flag),
    date: Codec(read_day, write_day, dated=True),
    ClockTime: Codec(read_time, _write_time),
    Period: Codec(lambda text: None, lambda value: "", dated=True, ranged=True),
}
