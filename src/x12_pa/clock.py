"""The one way time enters the program.

A clock is any callable that returns an aware UTC `datetime`. Everything that needs "now" takes
one as a parameter, so that tests choose the time and no rule depends on the machine's.

What is stored is UTC. Which day is today, and what stands on an envelope, is that of the zone in
the configuration: `Office.now` and `Session.now` return the clock's time in it, and those who write
what they are given (envelopes, acknowledgements, the simulated payer) take either.
"""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """Return the current time in UTC."""
    return datetime.now(UTC)
