"""The one way time enters the program.

A clock is any callable that returns an aware UTC `datetime`. Everything that needs "now" takes
one as a parameter, so that tests choose the time and no rule depends on the machine's.
"""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """Return the current time in UTC."""
    return datetime.now(UTC)
