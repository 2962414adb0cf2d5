"""Column types with one meaning on every database.

Times are stored as UTC text of fixed width, so that text order is time order and SQLite, PostgreSQL
and a person with a hex editor read the same thing. JSON is stored as canonical text (sorted keys,
no blanks), so that equal values have equal bytes and a hash of the text is a hash of the value.
"""

import json
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, Dialect, Integer, Text
from sqlalchemy.types import TypeDecorator

TIME_FORMAT = "%Y-%m-%dT%H:%M:%S.%fZ"

BIG = BigInteger().with_variant(Integer, "sqlite")


@lru_cache(maxsize=16)  # a transaction has one time for everything it writes
def time_text(moment: datetime) -> str:
    """Return an aware time as the text that the ledger stores."""
    if moment.tzinfo is None:
        raise TypeError("the ledger stores aware times only; this one has no time zone")
    return moment.astimezone(UTC).strftime(TIME_FORMAT)


class Canonical(str):
    """The canonical text of a JSON value, ready to be stored."""


_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False)


def canonical_json(value: Any) -> Canonical:
    """Return the one text of a JSON value: sorted keys, no blanks, plain ASCII."""
    return Canonical(_ENCODER.encode(value))


def _canonical(value: Any) -> Canonical:
    return value if isinstance(value, Canonical) else canonical_json(value)


class UtcTime(TypeDecorator[datetime]):
    """An aware UTC time as text, microseconds, with a trailing Z."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        """Turn a time into text."""
        return None if value is None else time_text(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        """Turn text into a time."""
        return None if value is None else datetime.strptime(value, TIME_FORMAT).replace(tzinfo=UTC)


class CanonicalJson(TypeDecorator[Any]):
    """A JSON value as canonical text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any | None, dialect: Dialect) -> str | None:
        """Turn a value into text, unless it is that already."""
        return None if value is None else str(_canonical(value))

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Any | None:
        """Turn text into a value."""
        return None if value is None else json.loads(value)
