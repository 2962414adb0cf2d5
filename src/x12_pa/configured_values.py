"""The forms that values in `x12-pa.toml` may have, one reader each.

A reader takes the TOML value and the place it stands in, and returns what the program uses, or
raises `Wrong` with the expected form in words; the caller knows the file and the key.
"""

import re
from collections.abc import Callable
from datetime import time, timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from attrs import frozen

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Wrong(Exception):
    """A value does not fit; the text says what was expected."""


@frozen(kw_only=True)
class Place:
    """Where a value comes from: the file (None for built-in defaults) and its folder."""

    file: Path | None
    folder: Path


Reader = Callable[[Any, Place], Any]


def text(value: Any, place: Place) -> str:
    """Read a text that is not empty."""
    if not isinstance(value, str) or not value.strip():
        raise Wrong("a text in quotes that is not empty")
    return value


def directory(value: Any, place: Place) -> str:
    """Read a directory on the server; empty means the login directory."""
    if not isinstance(value, str) or "\x00" in value:
        raise Wrong("a directory on the server, in quotes")
    return value.rstrip("/") or ("/" if value else ".")


def path(value: Any, place: Place) -> Path:
    """Read a local path, relative to the configuration file."""
    return place.folder / Path(text(value, place)).expanduser()


def texts(value: Any, place: Place) -> tuple[str, ...]:
    """Read one text or a list of them."""
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, list) or not items or not all(isinstance(i, str) for i in items):
        raise Wrong('a text in quotes, or a list of them, e.g. ["..."]')
    return tuple(items)


def facts(value: Any, place: Place) -> dict[str, str]:
    """Read a table of texts, such as `{channel = "direct", lob = "medicaid"}`."""
    if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
        raise Wrong('a table of texts, such as { channel = "direct", lob = "medicaid" }')
    return dict(value)


def files(value: Any, place: Place) -> dict[str, Path]:
    """Read a table of local paths by name; a dotted name needs no quotes."""
    if not isinstance(value, dict):
        raise Wrong('a table of files, such as roster = "roster.csv"')
    found: dict[str, Path] = {}
    for name, item in value.items():
        if isinstance(item, dict):
            found |= {f"{name}.{rest}": file for rest, file in files(item, place).items()}
        else:
            found[name] = path(item, place)
    return found


def whole(low: int, high: int) -> Reader:
    """Make a reader of whole numbers from `low` to `high`."""

    def read(value: Any, place: Place) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise Wrong(f"a whole number from {low} to {high}")
        return value

    return read


def one_of(*allowed: str) -> Reader:
    """Make a reader of a few words."""

    def read(value: Any, place: Place) -> str:
        if value not in allowed:
            raise Wrong("one of " + ", ".join(f'"{a}"' for a in allowed))
        return str(value)

    return read


_SPAN = re.compile(r"(\d{1,5})\s*(s|m|h|d)")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def span(value: Any, place: Place) -> timedelta:
    """Read a time span."""
    match = _SPAN.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise Wrong('a time span such as "30s", "15m", "2h" or "1d"')
    span = timedelta(seconds=int(match[1]) * _UNITS[match[2]])
    if span < timedelta(seconds=10):
        raise Wrong('a time span of at least "10s"')
    return span


@frozen
class Window:
    """A daily time window in local wall time; an `end` not after `start` lies on the next day."""

    start: time
    end: time

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{self.end:%H:%M}"


_WINDOW = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|24:00)")


def windows(value: Any, place: Place) -> tuple[Window, ...]:
    """Read daily time windows."""
    found = []
    for item in texts(value, place):
        match = _WINDOW.fullmatch(item)
        if match is None:
            raise Wrong('windows such as ["22:00-23:30"], in 24-hour local time')
        start = time(int(match[1]), int(match[2]))
        end = time(int(match[3] or 0), int(match[4] or 0))
        if start == end and match[3]:
            raise Wrong(f'windows with a length; "{item}" has none')
        found.append(Window(start, end))
    return tuple(found)


def weekdays(value: Any, place: Place) -> tuple[str, ...]:
    """Read names of weekdays, never numbers."""
    days = value if isinstance(value, list) else [value]
    if any(isinstance(d, int) or (isinstance(d, str) and d.isdigit()) for d in days):
        raise Wrong(
            'names of days, ["mon", "tue", ...]; numbers are refused because programs disagree '
            "on which day is 0 or 1"
        )
    if not days or any(d not in WEEKDAYS for d in days) or len(set(days)) != len(days):
        raise Wrong("each day once, out of " + ", ".join(WEEKDAYS))
    return tuple(days)


def zone(value: Any, place: Place) -> ZoneInfo:
    """Read a time zone."""
    try:
        return ZoneInfo(text(value, place))
    except (KeyError, ValueError, OSError):
        near = get_close_matches(str(value), sorted(available_timezones()), 1, 0.8)
        hint = f'; perhaps "{near[0]}" is meant' if near else ""
        raise Wrong(f'a time zone such as "America/New_York" or "UTC"{hint}') from None


_FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}=?")


def host_keys(value: Any, place: Place) -> tuple[str, ...]:
    """Read SHA-256 fingerprints of host keys."""
    keys = texts(value, place)
    if not all(_FINGERPRINT.fullmatch(k) for k in keys):
        raise Wrong('fingerprints such as "SHA256:" and 43 characters, as `ssh-keygen -lf` prints')
    return tuple(k.rstrip("=") for k in keys)


_URL = re.compile(r"(sqlite|postgresql)(\+\w+)?://")


def url(value: Any, place: Place) -> str:
    """Read a database URL."""
    given = text(value, place)
    if not _URL.match(given):
        raise Wrong('a database URL such as "sqlite:///ledger.db" or "postgresql+psycopg://..."')
    return sqlite_url(given, place.folder)


def sqlite_url(url: str, folder: Path) -> str:
    """Return `url` with a relative SQLite path made absolute under `folder`; others unchanged."""
    scheme, _, path = url.partition(":///")
    if not scheme.startswith("sqlite") or not path or path.startswith(("/", ":memory:", "file:")):
        return url
    return f"{scheme}:///{(folder / path).resolve()}"
